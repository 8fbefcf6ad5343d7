/* A voucher of several accounts: lines come and go without the page, and the difference runs along. Without this
   script the same buttons ask the server, which shows the form again. */

/* An amount in yuan as whole fen, 0 for nothing typed, null for what is none; read as the server reads it. */
function fen(text) {
  const plain = text.normalize("NFKC").replace(/[\s元圆块¥]|CNY|RMB|yuan/gi, "");
  if (!plain) return 0n;
  const found = /^(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,2}))?$/.exec(plain);
  return found ? BigInt(found[1].replaceAll(",", "")) * 100n + BigInt((found[2] ?? "").padEnd(2, "0")) : null;
}

function yuan(amount) {
  return `${(amount / 100n).toLocaleString("en")}.${String(amount % 100n).padStart(2, "0")}`;
}

function begin(form) {
  const all = form.querySelector("[data-all]");
  const words = JSON.parse(form.dataset.said);
  const said = form.querySelector("[data-difference]");
  const lines = () => [...all.querySelectorAll("[data-line]")];
  const say = (name, values) => words[name].replace(/\{(\w+)\}/g, (_whole, key) => values[key]);

  function difference() {
    const sides = ["debit", "credit"].map((side) => [...all.querySelectorAll(`input[name^=${side}_]`)].map((field) => fen(field.value)));
    if (sides.flat().includes(null)) {
      said.textContent = words.unread;
      return;
    }
    const [debits, credits] = sides.map((amounts) => amounts.reduce((sum, one) => sum + one, 0n));
    if (debits === credits) said.textContent = say("even", { amount: yuan(debits) });
    else if (debits > credits) said.textContent = say("lacking_credit", { amount: yuan(debits - credits) });
    else said.textContent = say("lacking_debit", { amount: yuan(credits - debits) });
  }

  /* Each line is called by where it stands. */
  function count() {
    for (const [at, line] of lines().entries()) {
      const n = at + 1;
      for (const field of line.querySelectorAll("input, select")) {
        const part = field.name.split("_")[0];
        const label = line.querySelector(`label[for="${field.id}"]`);
        field.name = field.id = `${part}_${n}`;
        if (label) {
          label.htmlFor = field.id;
          label.textContent = say(part, { n });
        }
      }
      const remove = line.querySelector("[data-remove]");
      remove.value = `remove_${n}`;
      remove.setAttribute("aria-label", say("remove", { n }));
    }
    form.querySelector("[data-add]").disabled = lines().length >= Number(form.dataset.most);
    difference();
  }

  function add() {
    const line = lines().at(-1).cloneNode(true);
    for (const fault of line.querySelectorAll(".error")) fault.remove();
    for (const field of line.querySelectorAll(".field-error")) field.classList.remove("field-error");
    for (const field of line.querySelectorAll("input, select")) {
      field.value = "";
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-describedby");
      field.removeAttribute("aria-invalid");
    }
    all.append(line);
    count();
    line.querySelector("select").focus();
  }

  form.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove]");
    if (remove && lines().length > 1) {
      event.preventDefault();
      remove.closest("[data-line]").remove();
      count();
    } else if (event.target.closest("[data-add]")) {
      event.preventDefault();
      add();
    }
  });
  all.addEventListener("input", difference);
  difference();
}

for (const form of document.querySelectorAll("form[data-lines]")) begin(form);
