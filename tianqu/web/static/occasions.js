/* Checking in, and the door, with or without a line. What could not be sent is kept on this device and sent later; only
   the difference of the device's two times counts, so that a wrong clock does no harm. Without it, one types and is online. */

const BURST = 50;
const EVERY_MS = 15_000;
const LIST_EVERY_MS = 60_000;

const kept = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "[]");
  } catch {
    return [];
  }
};
const keep = (name, value) => localStorage.setItem(name, JSON.stringify(value));
const now = () => new Date().toISOString();
const token = (form) => form.querySelector("[name=csrfmiddlewaretoken]").value;

async function post(form, address, lines) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token(form) },
    body: JSON.stringify(lines),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/* No line, or a server that has too much to do for the moment: what was read is kept. */
const lineless = (error) => error instanceof TypeError || ["429", "502", "503", "504"].includes(error.message);

/* Send what is kept, a burst at a time; what was answered, also by a refusal, is kept no longer. */
async function flush(form, address, name) {
  const answers = [];
  for (let lines = kept(name).slice(0, BURST); lines.length; lines = kept(name).slice(0, BURST)) {
    const sent = lines.map((line) => ({ ...line, phone_sent_at: now() }));
    const told = await post(form, address, sent);
    const done = new Set(lines.map((line) => line.client_id));
    keep(name, kept(name).filter((line) => !done.has(line.client_id)));
    answers.push(...told);
  }
  return answers;
}

/* The camera, where the browser reads QR codes by itself. */
function scanning(form, found) {
  const button = form.querySelector("[data-scan]");
  const video = form.querySelector("[data-camera]");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.hidden = false;
    await video.play();
    let last = "";
    const look = async () => {
      if (!video.srcObject) return;
      const codes = await detector.detect(video).catch(() => []);
      const text = codes[0]?.rawValue ?? "";
      if (text && text !== last) found((last = text), video);
      requestAnimationFrame(look);
    };
    look();
  });
}

function close(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  video.hidden = true;
}

/* Check-in: the form goes as ever; without a line its words are kept. */
function checkIn(form) {
  const name = "tianqu.checks";
  const status = form.querySelector("[data-status]");
  const field = form.querySelector("[name=code]");
  const send = async () => {
    if (!kept(name).length) return;
    const answers = await flush(form, form.dataset.keep, name).catch(() => null);
    if (answers) status.textContent = [form.dataset.delivered, ...answers.map((one) => one.words ?? "")].join(" ");
  };
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    setTimeout(() => delete form.dataset.sent); // what was only kept may be sent again
    const line = {
      occasion_id: form.dataset.occasion,
      direction: event.submitter?.value ?? "in",
      code: field.value,
      client_id: crypto.randomUUID(),
      phone_at: now(),
    };
    keep(name, [...kept(name), line]);
    status.textContent = form.dataset.kept;
  });
  scanning(form, (text, video) => {
    field.value = new URL(text, location.href).searchParams.get("code") ?? text;
    close(video);
  });
  window.addEventListener("online", send);
  setInterval(send, EVERY_MS);
  send();
}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const hex = (part) => [...part].map((one) => one.toString(16).padStart(2, "0")).join("");
const uuid = (part) => hex(part).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");

/* A ticket taken apart: see tianqu/kernel/occasions/tickets.py. Null for what is none. */
function parted(text) {
  try {
    const raw = bytes(text.trim());
    const payload = raw.slice(0, -64);
    if (payload.length < 35 || payload[0] !== 1) return null;
    return {
      payload,
      signature: raw.slice(-64),
      occasion: uuid(payload.slice(1, 17)),
      booking: uuid(payload.slice(17, 33)),
      serial: payload[33] * 256 + payload[34],
      seat: new TextDecoder().decode(payload.slice(35)),
    };
  } catch {
    return null;
  }
}

/* Whether we signed it. A browser without Ed25519 goes by the list alone: nobody guesses a booking's identifier. */
async function signed(ticket, key) {
  const context = new TextEncoder().encode("tianqu-ticket-v1\n");
  const text = new Uint8Array([...context, ...ticket.payload]);
  try {
    const imported = await crypto.subtle.importKey("raw", bytes(key), { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, imported, ticket.signature, text);
  } catch (error) {
    if (error.name === "NotSupportedError") return true;
    return false;
  }
}

function door(form) {
  const { door: occasion, list, send, good, later, used, there, unknown, forged, waiting, seat, listed, outside } = form.dataset;
  const [from, until] = [form.dataset.from, form.dataset.until].map(Date.parse);
  const [known, queue, inside] = ["list", "queue", "inside"].map((name) => `tianqu.door.${occasion}.${name}`);
  const status = form.querySelector("[data-status]");
  const counts = form.querySelector("[data-counts]");
  const field = form.querySelector("[name=ticket]");
  let clock = 0; // how much later it is at the server than on this device
  const say = (text, tone) => {
    status.textContent = text;
    status.className = `lead notice tone-${tone}`;
  };
  const count = () => {
    const tickets = kept(known).tickets?.length ?? 0;
    counts.textContent = `${listed} ${tickets} · ${waiting} ${kept(queue).length}`;
  };
  const refresh = async () => {
    const answer = await fetch(list, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) {
      clock = (Date.parse(answer.headers.get("Date")) || Date.now()) - Date.now();
      keep(known, await answer.json());
    }
    count();
  };
  const deliver = async () => {
    const answers = await flush(form, send, queue).catch(() => []);
    for (const one of answers) if (one.status !== 200) say(one.words, "late");
    count();
  };
  const scan = async (text) => {
    const ticket = parted(text);
    const door = kept(known);
    if (!ticket || (door.key && !(await signed(ticket, door.key)))) return say(forged, "late");
    const line = { ticket: text.trim(), client_id: crypto.randomUUID(), door: form.elements.door.value, phone_at: now() };
    const where = ticket.seat ? ` ${seat} ${ticket.seat}` : "";
    try {
      const [told] = await post(form, send, [{ ...line, phone_sent_at: now() }]);
      if (told.status !== 200) return say(told.words, "late");
      keep(inside, [...kept(inside), ticket.booking]);
      return say(good + where, "done");
    } catch (error) {
      if (!lineless(error)) return say(String(error.message), "late");
    }
    const listedAs = (door.tickets ?? []).find((one) => one[0] === ticket.booking && one[1] === ticket.serial);
    if (ticket.occasion !== occasion || !listedAs) return say(unknown, "late");
    if (listedAs[3]) return say(`${there} ${listedAs[3]}`, "late");
    if (kept(inside).includes(ticket.booking)) return say(used, "late");
    const at = Date.now() + clock;
    if (at < from || at > until) return say(outside, "late"); // as the server decides where there is a line
    keep(inside, [...kept(inside), ticket.booking]);
    keep(queue, [...kept(queue), line]);
    count();
    return say(later + where, "waiting");
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    scan(field.value);
    field.value = "";
  });
  scanning(form, (text) => scan(text));
  window.addEventListener("online", deliver);
  setInterval(deliver, EVERY_MS);
  setInterval(refresh, LIST_EVERY_MS);
  refresh().then(deliver);
}

for (const form of document.querySelectorAll("form[data-keep]")) checkIn(form);
for (const form of document.querySelectorAll("form[data-door]")) door(form);
