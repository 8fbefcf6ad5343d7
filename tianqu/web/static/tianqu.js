/* What makes Tianqu's pages quicker by keyboard. Nothing here is needed: every page works without it. */

const editable = (element) => element.closest("input, select, textarea, button, [contenteditable]");

/* j and k move along the rows of a page's table, enter follows a row's first link, x chooses a row. */
function moveAlong(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || editable(event.target)) return;
  const rows = [...document.querySelectorAll("table[data-keys] tbody tr")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("here"));
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
    rows[at]?.classList.remove("here");
    next.classList.add("here");
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  } else if (at >= 0 && event.key === "Enter" && event.target === rows[at]) {
    rows[at].querySelector("a[href]")?.click();
  } else if (at >= 0 && event.key === "x") {
    rows[at].querySelector("input[type=checkbox]")?.click();
  } else {
    return;
  }
  event.preventDefault();
}

/* A key written on a link or button as data-key="a" presses it; "/" goes to the page's search box. */
function pressKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || editable(event.target)) return;
  const target =
    event.key === "/"
      ? document.querySelector("input[type=search]")
      : document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (event.key === "/") target.focus();
  else target.click();
}

/* A second press of a form's button does not send it again; the server makes sure of it in any case. */
function sendOnce(event) {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post") || event.submitter?.formTarget === "_blank") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
}

function chooseAll(event) {
  if (!event.target.matches("[data-choose-all]")) return;
  for (const box of event.target.closest("table").querySelectorAll("tbody .choose input")) {
    box.checked = event.target.checked;
  }
}

/* An open menu closes when the reader goes elsewhere or presses escape. */
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.drop[open]")) {
    if (event.key === "Escape" || (event.type === "click" && !menu.contains(event.target))) menu.open = false;
  }
}

/* How wide a text is, in Latin letters; a Chinese one counts two. */
const letters = (text) => [...text.trim()].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 2 : 1), 0);

/* How much of a phone's width a column needs: a third where all its cells and its name are short, half, or all. */
function share(rows, name, at) {
  const cells = rows.map((row) => row.cells[at]).filter(Boolean);
  if (cells.some((cell) => cell.querySelector("form, textarea, details.group"))) return "";
  const most = Math.max(letters(name), ...cells.map((cell) => Math.max(0, ...cell.innerText.split("\n").map(letters))));
  if (cells.some((cell) => cell.querySelector("input, select"))) return "half";
  return most <= 15 ? "third" : most <= 23 ? "half" : "";
}

/* On a phone a row of more than three columns stands as a block, so each cell must say what it is. */
function nameCells(table) {
  if (!table.tHead || !table.tBodies.length || table.tHead.rows[0].cells.length <= 3) return;
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.innerText.trim());
  const rows = [...table.tBodies[0].rows];
  const first = [...table.tHead.rows[0].cells].findIndex((cell) => !cell.classList.contains("choose"));
  const shares = names.map((name, at) => (at === first ? "" : share(rows, name, at)));
  for (const row of rows) {
    [...row.cells].forEach((cell, at) => {
      if (names[at] && at !== first && !cell.classList.contains("title")) cell.dataset.name = names[at];
      if (cell.innerText.trim() === "–") cell.classList.add("nothing");
      if (shares[at] && !cell.classList.contains("title")) cell.classList.add(shares[at]);
    });
  }
  table.classList.add("stacks");
}

/* On a phone the filters are folded away until they are wanted or used. */
function foldFilters(fold) {
  if (window.matchMedia("(max-width: 640px)").matches && !window.location.search) fold.open = false;
}

/* Other parts that would make a page long begin folded on a phone, unless the address aims into one. */
function foldPart(part) {
  const aimed = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (window.matchMedia("(max-width: 640px)").matches) part.open = Boolean(aimed && part.contains(aimed));
}

/* On a phone a block of many figures shows its name and its first ones; a tap shows the others. */
function shorten(row) {
  if (row.classList.contains("brief")) return;
  const words = row.closest("[data-brief]").dataset.brief;
  const more = Object.assign(document.createElement("button"), { type: "button", className: "more-of-row", textContent: words });
  more.setAttribute("aria-expanded", "false");
  more.addEventListener("click", () => more.setAttribute("aria-expanded", String(row.classList.toggle("whole"))));
  row.classList.add("brief");
  row.querySelector(".title")?.append(more);
}

/* Words offered beside a request go into the answer without leaving the page; what was typed stays. */
function fillIn(event) {
  if (event.defaultPrevented) return;  // the phone desk has its own way
  const link = event.target.closest("[data-fill][data-text]");
  const field = link && document.getElementById(link.dataset.fill);
  if (!field) return;
  event.preventDefault();
  field.value = field.value.trim() ? `${field.value.trimEnd()}\n${link.dataset.text}` : link.dataset.text;
  field.closest("details")?.setAttribute("open", "");
  field.focus();
}

function begin(root) {
  root.querySelectorAll("table.rows").forEach(nameCells);
  root.querySelectorAll("details.fold").forEach(foldFilters);
  root.querySelectorAll("details[data-fold]").forEach(foldPart);
  root.querySelectorAll("[data-brief] table.stacks tbody tr").forEach(shorten);
  for (const element of root.querySelectorAll("[data-choose-all], [data-script]")) element.hidden = false;
  root.querySelector("[data-focus]")?.focus();
}

document.addEventListener("keydown", moveAlong);
document.addEventListener("keydown", pressKey);
document.addEventListener("keydown", closeMenus);
document.addEventListener("click", closeMenus);
document.addEventListener("click", fillIn);
document.addEventListener("submit", sendOnce);
document.addEventListener("change", chooseAll);
document.addEventListener("htmx:load", (event) => begin(event.target));
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
begin(document);
