/* Writing a release: placeholders go in where the cursor stands, and a fault leads to its place. Without it, one copies. */

const fields = () => [...document.querySelectorAll("textarea[data-words]")];
let last = null; // where one wrote last

document.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea[data-words]")) last = event.target;
});

function insert(words) {
  const field = last ?? fields()[0];
  if (!field) return;
  field.focus();
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function goTo(link) {
  const field = document.getElementById(link.dataset.at);
  const lines = field.value.split("\n");
  const start = lines.slice(0, Number(link.dataset.line) - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const from = start + Number(link.dataset.column) - 1;
  field.focus();
  field.setSelectionRange(from, from + Number(link.dataset.length));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const link = event.target.closest("a[data-at]");
  if (button) insert(button.dataset.insert);
  if (link) {
    event.preventDefault();
    goTo(link);
  }
});
