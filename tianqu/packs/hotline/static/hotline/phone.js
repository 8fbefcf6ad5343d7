/* What makes the phone desk quick. Nothing here is needed: every button also works as a plain form. */

const form = document.getElementById("call");

function fill(name, value) {
  const field = document.getElementById(name);
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/* A suggestion is taken into the form without loading the page anew. */
function take(event) {
  const button = event.target.closest("button[data-fill]");
  if (!button || !form?.contains(button)) return;
  const { fill: name, value, text } = button.dataset;
  if (name === "answer") {
    fill("source", value);
    fill("answer", document.getElementById(text).textContent);
    choose("answer");
  } else {
    fill(name, value);
    if (name === "into") choose("attach");
  }
  event.preventDefault();
  document.getElementById(name === "item" ? "place_words" : name)?.focus();
}

function choose(route) {
  const radio = document.getElementById(`route-${route}`);
  if (!radio) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

/* Only the fields of what becomes of the call are shown. */
function showRoute() {
  const chosen = form.querySelector("input[name=route]:checked")?.value ?? "";
  for (const part of form.querySelectorAll("[data-route]")) part.hidden = !part.dataset.route.split(" ").includes(chosen);
}

/* Alt and a letter work alike in every browser: the first field or button with that accesskey. */
function press(event) {
  if (event.ctrlKey && event.key === "Enter" && form) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-send]"));
  } else if (event.altKey && !event.ctrlKey && !event.metaKey && /^[a-z]$/i.test(event.key)) {
    const target = document.querySelector(`[accesskey="${event.key.toLowerCase()}"]`);
    if (!target) return;
    event.preventDefault();
    target.focus();
    if (target.matches("button, a, input[type=radio]:not([name=route])")) target.click();
  } else if (event.key === "?" && !event.target.closest("input, select, textarea")) {
    const keys = document.getElementById("keys");
    if (keys) keys.open = !keys.open;
  }
}

document.addEventListener("keydown", press);
if (form) {
  form.addEventListener("click", take);
  form.addEventListener("change", (event) => event.target.name === "route" && showRoute());
  showRoute();
}
