// The whole behaviour of the pages beside htmx. Every page works without it; nothing here holds state that matters.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const announce = (text) => { const place = one("#announce"); if (place) place.textContent = text; };

// --- What every request carries, and what happens when one fails -----------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = one('meta[name="csrf-token"]').content;
});

// A part that polls is quiet while nobody looks at the page, or while something in it is unfolded.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (part.hasAttribute("data-poll") && (document.hidden || one("dialog[open], details[open]", part))) event.preventDefault();
});

// A form that comes back with its errors is shown like any other answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
});

const trouble = (text) => {
  const place = one("#trouble");
  if (!place) return;
  place.textContent = text + " ";
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "Load the page again";
  place.append(again);
};
document.addEventListener("htmx:sendError", () => trouble("The server cannot be reached. What you typed is still here."));
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  const reference = event.detail.xhr.getResponseHeader("X-Reference");
  const said = status === 403 ? "This was refused: your role or your session does not allow it." : status === 404 ? "This is not there any more." : "This did not work, and nothing was changed.";
  trouble(status >= 500 && reference ? `${said} Reference ${reference}.` : said);
});
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) one("#trouble")?.replaceChildren(); });
document.addEventListener("htmx:afterSwap", (event) => { one("[autofocus]", event.detail.elt)?.focus(); });

// --- Toasts, copying, theme --------------------------------------------------------------------------------------------

const TOAST_MS = 8000;
const watchToasts = (within = document) => all("[data-toast]:not([data-seen])", within).forEach((toast) => {
  toast.dataset.seen = "";
  if (!toast.classList.contains("error") && !toast.classList.contains("warning")) setTimeout(() => toast.remove(), TOAST_MS);
});
document.addEventListener("htmx:oobAfterSwap", () => watchToasts());

document.addEventListener("click", async (event) => {
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest("[data-toast]").remove();
  const copy = event.target.closest("[data-copy], [data-copies]");
  if (copy) {
    const { copies } = copy.dataset;
    await navigator.clipboard.writeText(copies ? document.getElementById(copies).textContent : copy.dataset.copy);
    announce(copies ? "Copied" : `Copied ${copy.dataset.copy}`);
    copy.title = "Copied";
    copy.classList.add("good");
    setTimeout(() => { copy.title = "Copy"; copy.classList.remove("good"); }, 1500);
  }
  all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

document.addEventListener("theme-chosen", (event) => {
  document.documentElement.dataset.theme = event.detail.theme;
  all(".menu-themes button").forEach((button) => button.setAttribute("aria-pressed", String(button.value === event.detail.theme)));
});

// --- Names with suggestions: one that is picked from the list counts at once, and Enter takes the name, not the form ------

const picked = (field) => field.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
document.addEventListener("input", (event) => {
  const fromList = event.inputType === "insertReplacementText" || event.inputType === undefined;
  if (fromList && event.target.matches("[data-picks]")) picked(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-picks]")) { event.preventDefault(); picked(event.target); }
});

// --- Times -------------------------------------------------------------------------------------------------------------

// The same words as `dashboard/templatetags/times.py`; beyond a month the server's date stays.
const UNITS = [[1, "s", 60], [60, "min", 3600], [3600, "h", 86400], [86400, "d", 2592000]];
const relative = (seconds) => {
  const distance = Math.abs(seconds);
  if (distance < 10) return seconds >= 0 ? "just now" : "now";
  const unit = UNITS.find(([, , below]) => distance < below);
  if (!unit) return null;
  const amount = `${Math.floor(distance / unit[0])} ${unit[1]}`;
  return seconds > 0 ? `${amount} ago` : `in ${amount}`;
};
const tellTimes = () => all("time[data-ago]").forEach((time) => {
  const text = relative((Date.now() - Date.parse(time.dateTime)) / 1000);
  if (text && text !== time.textContent) time.textContent = text;
});
setInterval(() => { if (!document.hidden) tellTimes(); }, 10000);

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`zone=${zone}`)) document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;

// --- Dialogs: buttons carry command and commandfor; this is for browsers that do not know them yet -----------------------

if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (dialog) { if (button.getAttribute("command") === "show-modal") dialog.showModal(); else dialog.close(); }
  });
}

// --- Keyboard ------------------------------------------------------------------------------------------------------------

let goes = false;
const inField = (target) => target.closest("input, textarea, select, [contenteditable]");
const step = (by) => {
  const rows = all("main table[data-rows] > tbody > tr").filter((row) => one("a", row));
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + by))];
  rows.forEach((row) => row.removeAttribute("aria-selected"));
  next.setAttribute("aria-selected", "true");
  one("a", next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    all("details.menu[open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    if (inField(event.target)) event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || one("dialog[open]")) return;
  if (goes) {
    goes = false;
    one(`.rail [data-key="${CSS.escape(event.key)}"]`)?.click();
    return;
  }
  const acts = {
    "/": () => one("#search")?.focus(),
    "?": () => one("#keys")?.showModal(),
    g: () => { goes = true; setTimeout(() => { goes = false; }, 1200); },
    j: () => step(1),
    k: () => step(-1),
  };
  if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
});

document.addEventListener("DOMContentLoaded", () => { watchToasts(); tellTimes(); });
