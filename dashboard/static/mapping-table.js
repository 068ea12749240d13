// The mapping table: cells of a spreadsheet pasted into a cell fill the cells from there on; Ctrl with an arrow moves.
// Without script there is a field to paste a whole table into.

const cellAt = (row, column) => document.getElementById(`cell-${row}-${column}`);
const placeOf = (field) => (field?.id?.match(/^cell-(\d+)-(\d+)$/) ?? []).slice(1).map(Number);

document.addEventListener("paste", (event) => {
  const [row, column] = placeOf(event.target);
  const text = event.clipboardData?.getData("text/plain").replace(/\r?\n$/, "") ?? "";
  if (row === undefined || !/[\t\n]/.test(text)) return;
  event.preventDefault();
  let beyond = 0;
  text.split(/\r?\n/).forEach((line, down) => line.split("\t").forEach((value, right) => {
    const field = cellAt(row + down, column + right);
    if (!field) { beyond += 1; return; }
    field.value = value.trim();
    field.closest("td").classList.add("edited");
  }));
  const said = document.getElementById("grid-beyond");
  said.hidden = !beyond;
  said.textContent = beyond ? `${beyond} pasted cell${beyond === 1 ? " lies" : "s lie"} beyond this page and ${beyond === 1 ? "was" : "were"} left out. To paste a whole table, use the field below: it goes by the names of the queues.` : "";
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const [row, column] = placeOf(event.target);
  if (!step || !event.ctrlKey || row === undefined) return;
  event.preventDefault();
  cellAt(row + step[0], column + step[1])?.focus();
});

document.addEventListener("input", (event) => {
  if (placeOf(event.target).length) event.target.closest("td").classList.add("edited");
});
