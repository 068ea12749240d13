// The whole behaviour of the pages beside htmx. Every page works without it; nothing here holds state that matters.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const announce = (text) => { const place = one("#announce"); if (place) place.textContent = text; };

// --- What every request carries, and what happens when one fails -----------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = one('meta[name="csrf-token"]').content;
});

// A part that polls is quiet while nobody looks at the page, or while something in it is unfolded or, where it says so,
// reached by the keyboard.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  const busy = part.dataset.poll === "unless-focused" ? "dialog[open], details[open], :focus-visible" : "dialog[open], details[open]";
  if (part.hasAttribute("data-poll") && (document.hidden || one(busy, part))) event.preventDefault();
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

// --- Names with suggestions: a combobox whose list opens while one types. Arrows choose, Enter or a click takes the name,
// --- not the form. htmx fills the field's <datalist>, which is all there is without script. Typing is faster than lists
// --- are: until that for the typed text is there, Enter waits for it, and only what holds the text is shown of the last. ---

const suggested = new WeakMap();
const fieldOf = new WeakMap();
const onItsWay = new WeakSet();
const selects = new WeakMap();
const picked = (field) => field.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
const activeIn = (list) => list && !list.hidden && one("[aria-selected=true]", list);

const combobox = (field) => {
  const list = document.createElement("ul");
  Object.assign(list, { id: `${field.id}-listbox`, className: "combobox-list", hidden: true, role: "listbox", ariaLabel: "Suggestions" });
  field.setAttribute("aria-controls", list.id);
  Object.assign(field, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: "false" });
  field.parentElement.classList.add("combobox");
  field.after(list);
};
const suggest = (within) => {
  all("[data-picks][list]", within).forEach((field) => {
    const names = document.getElementById(field.getAttribute("list"));
    field.removeAttribute("list");
    combobox(field);
    suggested.set(field, names);
    fieldOf.set(names, field);
  });
  all("select[data-combobox]:not([tabindex])", within).forEach(pickerOf);
};

// A select becomes such a field, too: it stays, out of sight, as what the form sends. Of several, each chosen one is a chip.
const pickerOf = (select) => {
  const field = document.createElement("input");
  Object.assign(field, { id: `${select.id}-field`, className: "form-control", autocomplete: "off", placeholder: select.multiple ? "Type a name …" : one("option", select)?.textContent });
  for (const name of ["aria-invalid", "aria-describedby", "aria-label"]) if (select.hasAttribute(name)) field.setAttribute(name, select.getAttribute(name));
  field.dataset.picks = "";
  all("label", select.parentElement).forEach((label) => { if (label.htmlFor === select.id) label.htmlFor = field.id; });
  select.tabIndex = -1;
  select.ariaHidden = "true";
  select.classList.add("visually-hidden");
  select.before(field);
  selects.set(field, select);
  combobox(field);
  field.addEventListener("input", (event) => { event.stopPropagation(); field.dataset.asked = ""; openList(field); });
  select.addEventListener("change", () => showChosen(field));
  showChosen(field);
};
const showChosen = (field) => {
  const select = selects.get(field);
  const chosen = [...select.selectedOptions].filter((option) => option.value);
  field.value = select.multiple ? "" : chosen[0]?.dataset.name ?? chosen[0]?.textContent ?? "";
  if (!select.multiple) return;
  const chips = document.createElement("ul");
  Object.assign(chips, { className: "chosen", ariaLabel: "Chosen", hidden: !chosen.length });
  chips.append(...chosen.map((option) => {
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "chip-drop", ariaLabel: `Drop ${option.textContent}`, textContent: "×" });
    drop.addEventListener("click", () => { option.selected = false; changed(select); field.focus(); });
    const chip = Object.assign(document.createElement("li"), { className: "chip" });
    chip.append(Object.assign(document.createElement("span"), { textContent: option.textContent }), drop);
    return chip;
  }));
  if (field.previousElementSibling?.matches(".chosen")) field.previousElementSibling.remove();
  field.before(chips);
};
const changed = (select) => ["input", "change"].forEach((name) => select.dispatchEvent(new Event(name, { bubbles: true })));
const choose = (field, value) => {
  const select = selects.get(field);
  if (select.multiple) all("option", select).find((option) => option.value === value).selected = true;
  else select.value = value;
  changed(select);
};
const choicesOf = (field) => {
  const select = selects.get(field);
  const typed = "asked" in field.dataset ? field.value.trim().toLocaleLowerCase() : "";
  if (!select) {
    const names = all("option", suggested.get(field)).map((option) => ({ value: option.value, name: option.value, beside: option.label === option.value ? "" : option.label }));
    return onItsWay.has(field) ? names.filter((each) => each.name.toLocaleLowerCase().includes(typed)) : names;
  }
  const named = all("option", select).map((option) => ({ value: option.value, name: option.dataset.name ?? option.textContent, beside: option.dataset.why ?? "", disabled: option.disabled, selected: option.selected }));
  return named.filter((each) => each.value && !(select.multiple && each.selected) && each.name.toLocaleLowerCase().includes(typed)).slice(0, MOST_SHOWN);
};
const MOST_SHOWN = 200;

const closeList = (field) => {
  delete field.dataset.asked;
  delete field.dataset.taking;
  field.ariaExpanded = "false";
  field.removeAttribute("aria-activedescendant");
  listOf(field).hidden = true;
};
const openList = (field) => {
  const list = listOf(field);
  list.replaceChildren(...choicesOf(field).map(({ value, name, beside, disabled }, place) => {
    const item = document.createElement("li");
    Object.assign(item, { id: `${list.id}-${place}`, role: "option", textContent: name });
    item.dataset.value = value;
    if (disabled) item.ariaDisabled = "true";
    if (beside) item.append(Object.assign(document.createElement("small"), { textContent: beside }));
    return item;
  }));
  list.hidden = !list.children.length;
  field.ariaExpanded = String(!list.hidden);
  Object.assign(list.style, { top: `${field.offsetTop + field.offsetHeight}px`, left: `${field.offsetLeft}px`, width: `${field.offsetWidth}px` });
  const usable = [...list.children].filter((item) => !item.ariaDisabled);
  const meant = usable.find((item) => item.dataset.value.toLocaleLowerCase() === field.value.trim().toLocaleLowerCase()) ?? usable[0];
  activate(field, Math.max(0, [...list.children].indexOf(meant)));
};
const activate = (field, place) => {
  const items = [...listOf(field).children];
  const next = items[(place + items.length) % items.length];
  items.forEach((item) => { item.ariaSelected = String(item === next); });
  if (next) { field.setAttribute("aria-activedescendant", next.id); next.scrollIntoView({ block: "nearest" }); }
};
const take = (field, item) => {
  if (item.ariaDisabled) return;
  if (selects.has(field)) choose(field, item.dataset.value);
  else { field.value = item.dataset.value; picked(field); }
  closeList(field);
};

const takeActive = (field) => {
  const active = activeIn(listOf(field));
  if (active) take(field, active); else if (!selects.has(field)) { closeList(field); picked(field); }
};

document.addEventListener("htmx:afterRequest", (event) => {
  const field = fieldOf.get(event.detail.elt);
  if (!field || document.activeElement !== field || !("asked" in field.dataset)) return;
  const awaited = onItsWay.has(field);
  if (event.detail.requestConfig.parameters.get(field.name) === field.value) onItsWay.delete(field);
  if (awaited || listOf(field).hidden) openList(field);
  if ("taking" in field.dataset && !onItsWay.has(field)) takeActive(field);
});
document.addEventListener("htmx:load", (event) => suggest(event.detail.elt.parentElement || document));
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-picks]") || selects.has(event.target)) return;
  event.target.dataset.asked = "";
  delete event.target.dataset.taking;
  if (suggested.has(event.target)) { onItsWay.add(event.target); if (!listOf(event.target).hidden) openList(event.target); }
  const fromList = event.inputType === "insertReplacementText" || event.inputType === undefined;
  if (fromList) picked(event.target);
});
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-picks]")) return;
  const list = listOf(field);
  if (event.key === "Enter") event.preventDefault();
  if (!list) { if (event.key === "Enter") picked(field); return; }
  if (event.key === "Enter") { if (onItsWay.has(field)) field.dataset.taking = ""; else takeActive(field); }
  if (event.key === "Escape" && !list.hidden) { event.stopImmediatePropagation(); closeList(field); }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) {
      field.dataset.asked = "";
      openList(field);
      if (suggested.get(field)?.children.length === 0) field.dispatchEvent(new FocusEvent("focus"));
      return;
    }
    onItsWay.delete(field);
    activate(field, [...list.children].indexOf(activeIn(list)) + (event.key === "ArrowDown" ? 1 : -1));
  }
});
document.addEventListener("mousedown", (event) => { if (event.target.closest(".combobox-list")) event.preventDefault(); });
document.addEventListener("click", (event) => {
  const item = event.target.closest(".combobox-list > li");
  if (item) take(one(`[aria-controls="${item.parentElement.id}"]`), item);
});
document.addEventListener("focusout", (event) => { if (!event.target.matches("[data-picks][aria-controls]")) return;
  closeList(event.target);
  const select = selects.get(event.target);
  if (select?.multiple) event.target.value = "";
  else if (select) showChosen(event.target);
});
document.addEventListener("click", (event) => { if (selects.has(event.target) && listOf(event.target).hidden) openList(event.target); });

// --- Lists: ticking several rows (Shift ticks those between) -------------------------------------------------------------

let ticked = null;
const countTicked = () => {
  const place = one("[data-count]");
  const count = all("[data-select]:checked").length;
  if (place) place.textContent = count ? `${count} selected` : place.dataset.count;
};
document.addEventListener("click", (event) => {
  const box = event.target;
  if (box.matches?.("[data-select-all]")) all("[data-select]").forEach((each) => { each.checked = box.checked; });
  if (box.matches?.("[data-select]")) {
    const boxes = all("[data-select]");
    const [from, to] = [boxes.indexOf(ticked), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) boxes.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
    ticked = box;
  }
  if (box.matches?.("[data-select], [data-select-all]")) countTicked();
});

// Whoever ticks a box of a choice's own means that choice: `data-chooses` names the select, `data-choice` its value.
document.addEventListener("change", (event) => {
  const boxes = event.target.closest("[data-chooses]");
  if (boxes) document.getElementById(boxes.dataset.chooses).value = boxes.dataset.choice;
});

// --- Forms: the first field that is wrong has the focus, a button may fill a field, and what is typed is not left unasked ---

const focusWrong = () => all("main [aria-invalid=true]").find((field) => field.checkVisibility())?.focus();
document.addEventListener("click", (event) => {
  const filling = event.target.closest("[data-fills]");
  if (filling) {
    const field = document.getElementById(filling.dataset.fills);
    field.value = filling.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
  if (event.target.closest("[data-unasked]")) all("form[data-unsaved]").forEach(saved);
});
const saved = (form) => { delete form.dataset.unsaved; };
const unsaved = (form) => { if (form?.hasAttribute("data-guarded")) form.dataset.unsaved = ""; };
document.addEventListener("input", (event) => unsaved(event.target.form));
document.addEventListener("htmx:beforeRequest", (event) => unsaved(event.detail.elt.form));
document.addEventListener("submit", (event) => saved(event.target));
window.addEventListener("beforeunload", (event) => { if (one("form[data-unsaved]")) event.preventDefault(); });

// --- Rules: moving one by its handle: dragged, or with the arrow keys ------------------------------------------------------

let moving = false;
const moveTo = async (handle, line) => {
  if (moving || line < 1) return;
  moving = true;
  await htmx.ajax("POST", handle.dataset.move, { source: handle, target: "#rules", swap: "outerHTML", values: { to_line: line } });
  moving = false;
  if (!one("#move-asked")) announce(`Now at line ${document.getElementById(handle.id)?.closest("tr").dataset.line ?? line}`);
};
document.addEventListener("click", (event) => {
  const leave = event.target.closest("[data-leave]");
  if (!leave) return;
  event.preventDefault();
  leave.closest("[role=alert]").remove();
  document.getElementById(leave.dataset.leave)?.focus();
});
document.addEventListener("keydown", (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const handle = by && event.target.closest?.(".drag-handle");
  if (handle) { event.preventDefault(); moveTo(handle, Number(handle.closest("tr").dataset.line) + by); }
});

let dragged = null;
const unmark = () => all(".drop-above, .drop-below").forEach((row) => row.classList.remove("drop-above", "drop-below"));
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".drag-handle");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  event.dataTransfer.setDragImage(dragged.closest("tr"), 10, 10);
  dragged.closest("tr").classList.add("dragged");
});
document.addEventListener("dragover", (event) => {
  const row = dragged && event.target.closest("tbody[data-moves] > tr");
  if (!row) return;
  event.preventDefault();
  const { top, height } = row.getBoundingClientRect();
  unmark();
  row.classList.add(event.clientY < top + height / 2 ? "drop-above" : "drop-below");
});
document.addEventListener("drop", (event) => {
  const row = dragged && event.target.closest("tbody[data-moves] > tr");
  if (!row) return;
  event.preventDefault();
  const from = Number(dragged.closest("tr").dataset.line);
  const to = Number(row.dataset.line) + (row.classList.contains("drop-below") ? 1 : 0);
  const line = from < to ? to - 1 : to;
  if (line !== from) moveTo(dragged, line);
});
document.addEventListener("dragend", () => { dragged?.closest("tr")?.classList.remove("dragged"); dragged = null; unmark(); });

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
    x: () => one('main tr[aria-selected="true"] [data-select]')?.click(),
  };
  if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
});

document.addEventListener("htmx:load", countTicked);
document.addEventListener("DOMContentLoaded", () => { watchToasts(); countTicked(); tellTimes(); suggest(document); focusWrong(); });
