// The query bar: a combobox whose suggestions follow the caret. Arrows choose, Enter or a click takes, Escape closes;
// Enter without a choice searches. Without script the bar is a field that is sent by Enter.
const bar = () => document.getElementById("query");
const suggestions = () => document.getElementById("query-suggestions");
const chosen = () => suggestions().querySelector("[aria-selected=true]");

const equip = () => {
  const field = bar();
  if (!field || field.role === "combobox") return;
  field.setAttribute("aria-controls", "query-suggestions");
  Object.assign(field, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: "false" });
};
const fold = () => {
  if (!bar() || !suggestions()) return;
  suggestions().hidden = true;
  bar().ariaExpanded = "false";
  bar().removeAttribute("aria-activedescendant");
};
const unfold = () => {
  const count = suggestions().children.length;
  suggestions().hidden = !count;
  bar().ariaExpanded = String(Boolean(count));
  bar().removeAttribute("aria-activedescendant");
  announce(count ? `${count} suggestions` : "");
};
const choose = (by) => {
  const items = [...suggestions().children];
  const now = items.indexOf(chosen());
  const next = items[now < 0 && by < 0 ? items.length - 1 : (now + by + items.length) % items.length];
  items.forEach((item) => { item.ariaSelected = String(item === next); });
  if (next) { bar().setAttribute("aria-activedescendant", next.id); next.scrollIntoView({ block: "nearest" }); }
};
const complete = (item) => {
  const { query, caret, goesOn } = item.dataset;
  bar().value = query;
  bar().focus();
  bar().setSelectionRange(Number(caret), Number(caret));
  fold();
  if (goesOn !== undefined) htmx.trigger(bar(), "suggest");
};

// The word that is wrong is where one goes on typing.
const showWrong = () => {
  const field = bar();
  if (!field?.dataset.wrong) return;
  const [start, end] = field.dataset.wrong.split(" ").map(Number);
  field.focus();
  field.setSelectionRange(start, end);
};

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt === bar()) event.detail.parameters.set("caret", bar().selectionStart);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === suggestions() && document.activeElement === bar()) unfold();
});
document.addEventListener("htmx:afterSettle", (event) => {
  equip();
  if (event.detail.elt.querySelector?.("#query")) showWrong();
});
document.addEventListener("keydown", (event) => {
  if (event.target !== bar()) return;
  const open = !suggestions().hidden;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (open) choose(event.key === "ArrowDown" ? 1 : -1); else htmx.trigger(bar(), "suggest");
  }
  if (event.key === "Enter" && open && chosen()) { event.preventDefault(); complete(chosen()); }
  if (event.key === "Enter" && !event.defaultPrevented) { htmx.trigger(bar(), "htmx:abort"); fold(); }
  if (event.key === "Escape" && open) { event.stopImmediatePropagation(); event.preventDefault(); fold(); }
}, true);
document.addEventListener("mousedown", (event) => { if (event.target.closest("#query-suggestions")) event.preventDefault(); });
document.addEventListener("click", (event) => {
  const item = event.target.closest("#query-suggestions > li");
  if (item) complete(item);
});
document.addEventListener("focusout", (event) => { if (event.target === bar()) fold(); });
document.addEventListener("DOMContentLoaded", () => { equip(); showWrong(); });
