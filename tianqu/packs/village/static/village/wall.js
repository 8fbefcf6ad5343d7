/* Checks a village's poster in the reader's own browser: every hash and every sum is computed here, from the poster, its
   proof and the tiles of the public log (c2sp.org/tlog-tiles), and nothing that the page says is believed.

   checkPoster() knows no page and no network: `read` fetches a file of the log. The same steps and the same names of
   faults as in wall/checking.py; tests hold the two against each other. */

const WIDTH = 256;
const HASH = 32;
const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder().decode(bytes);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const base64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const same = (left, right) => left.length === right.length && left.every((byte, at) => byte === right[at]);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/* ---- Hashes and trees (RFC 6962) ---- */

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const leafHash = (entry) => sha256(joined(Uint8Array.of(0), entry));
const nodeHash = (left, right) => sha256(joined(Uint8Array.of(1), left, right));

async function rootOf(hashes) {
  if (!hashes.length) return sha256(new Uint8Array());
  let row = hashes;
  while (row.length > 1) {
    const next = [];
    for (let at = 0; at + 1 < row.length; at += 2) next.push(await nodeHash(row[at], row[at + 1]));
    if (row.length % 2) next.push(row[row.length - 1]);
    row = next;
  }
  return row[0];
}

const hashesIn = (tile) => Array.from({ length: tile.length / HASH }, (_, at) => tile.subarray(at * HASH, (at + 1) * HASH));

/* The largest power of two below `size`. */
function split(size) {
  let left = 1;
  while (left * 2 < size) left *= 2;
  return left;
}

/* The root of a tree of `size`, from the leaf at `index` and its siblings; null where there are too few or too many. */
async function climb(index, size, leaf, siblings) {
  const rest = [...siblings];
  const up = async (at, width) => {
    if (width === 1) return leaf;
    const left = split(width);
    const below = at < left ? await up(at, left) : await up(at - left, width - left);
    const sibling = rest.shift();
    if (!below || !sibling) return null;
    return at < left ? nodeHash(below, sibling) : nodeHash(sibling, below);
  };
  const root = index < size ? await up(index, size) : null;
  return rest.length ? null : root;
}

/* ---- Signed notes (c2sp.org/signed-note), checkpoints, proof files ---- */

export function parseNote(text) {
  const end = text.lastIndexOf("\n\n");
  if (end < 0 || !text.endsWith("\n")) throw new Fault("file_unreadable");
  const lines = text.slice(end + 2, -1).split("\n");
  const signatures = lines.map((line) => {
    const [dash, name, material] = line.split(" ");
    if (dash !== "—" || !material) throw new Fault("file_unreadable");
    const raw = base64(material);
    return { name, id: hex(raw.subarray(0, 4)), signature: raw.subarray(4) };
  });
  const [origin, size, root] = text.slice(0, end).split("\n");
  return { text: text.slice(0, end + 1), signatures, origin, size: Number(size), root: base64(root) };
}

/* true: signed by the key; false: not; null: this browser knows no Ed25519. */
async function isSigned(note, key) {
  const [name, id, ...material] = key.split("+");
  const raw = base64(material.join("+"));
  const expected = await sha256(joined(bytesOf(`${name}\n`), raw));
  if (raw[0] !== 1 || hex(expected.subarray(0, 4)) !== id) return false;
  const mine = note.signatures.filter((each) => each.name === name && each.id === id);
  if (!mine.length) return false;
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", raw.subarray(1), { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
  for (const each of mine) {
    if (!(await crypto.subtle.verify("Ed25519", imported, each.signature, bytesOf(note.text)))) return false;
  }
  return true;
}

export function parseProof(text) {
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, end).split("\n");
  if (end < 0 || lines[0] !== "c2sp.org/tlog-proof@v1" || !lines[1]?.startsWith("extra ") || !lines[2]?.startsWith("index ")) {
    throw new Fault("file_unreadable");
  }
  return {
    leaf: base64(lines[1].slice(6)), index: Number(lines[2].slice(6)), siblings: lines.slice(3).map(base64),
    note: parseNote(text.slice(end + 2)),
  };
}

/* ---- A log that is not trusted ---- */

export class Fault extends Error {
  constructor(name, facts = {}) {
    super(name);
    this.fault = name;
    this.facts = facts;
  }
}

function tilePath(level, index, width = WIDTH) {
  let number = index;
  const groups = [String(number % 1000).padStart(3, "0")];
  while (number >= 1000) {
    number = Math.floor(number / 1000);
    groups.unshift(`x${String(number % 1000).padStart(3, "0")}`);
  }
  return `tile/${level}/${groups.join("/")}${width < WIDTH ? `.p/${width}` : ""}`;
}

/* Reads tiles and holds each against the signed checkpoint; throws a Fault that names what was altered. */
export class Log {
  constructor(read, note) {
    this.read = read;
    this.size = note.size;
    this.root = note.root;
    this.tiles = new Map();
    this.edge = new Map();
  }

  static async open(read, note) {
    const log = new Log(read, note);
    await log.checkEdge();
    return log;
  }

  widthOf(level, index) {
    return Math.min(WIDTH, Math.floor(this.size / WIDTH ** level) - index * WIDTH);
  }

  async fetched(level, index, width = this.widthOf(level, index)) {
    const path = tilePath(level, index, width);
    const data = await this.read(path);
    if (!data) throw new Fault("log_unreachable", { path });
    if (data.length !== width * HASH) throw new Fault("tile_altered", { path });
    return data;
  }

  /* The partial tiles at the right edge give the root together. */
  async checkEdge() {
    let root = null;
    for (let level = 0, count = this.size; count; level += 1, count = Math.floor(count / WIDTH)) {
      const width = count % WIDTH;
      if (!width) continue;
      const index = Math.floor(count / WIDTH);
      const data = await this.fetched(level, index, width);
      this.edge.set(tilePath(level, index, width), { level, index, width, data });
      const hashes = hashesIn(data);
      root = await rootOf(root ? [...hashes, root] : hashes);
    }
    if (!same(root ?? (await rootOf([])), this.root)) throw new Fault("tile_altered", { path: await this.alteredEdge() });
  }

  /* Which of the edge's tiles contradicts what lies below it; the highest where none does. */
  async alteredEdge() {
    let path = "checkpoint";
    for (const [at, { level, index, width, data }] of this.edge) {
      path = at;
      const below = await this.below(level, index, width);
      const hashes = hashesIn(data);
      const place = below.findIndex((hash, number) => !same(hash, hashes[number]));
      if (place < 0) continue;
      if (level === 0) return at;
      const part = index * WIDTH + place;
      const kept = same(joined(...(await this.below(level - 1, part, WIDTH))), await this.fetched(level - 1, part, WIDTH));
      return kept ? at : tilePath(level - 1, part);
    }
    return path;
  }

  /* The hashes of a tile, made anew from what lies below it. */
  async below(level, index, width) {
    if (level === 0) return Promise.all((await this.entries(index, width)).map(leafHash));
    const hashes = [];
    for (let place = 0; place < width; place += 1) {
      hashes.push(await rootOf(hashesIn(await this.fetched(level - 1, index * WIDTH + place, WIDTH))));
    }
    return hashes;
  }

  async entries(index, width) {
    const data = (await this.read(tilePath("entries", index, width))) ?? new Uint8Array();
    const entries = [];
    for (let at = 0; at + 2 <= data.length; ) {
      const length = data[at] * 256 + data[at + 1];
      entries.push(data.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    return entries;
  }

  async tile(level, index) {
    const width = this.widthOf(level, index);
    const path = tilePath(level, index, width);
    const edge = this.edge.get(path);
    if (edge) return edge.data;
    if (!this.tiles.has(path)) {
      const data = await this.fetched(level, index, width);
      const parent = hashesIn(await this.tile(level + 1, Math.floor(index / WIDTH)));
      if (!same(parent[index % WIDTH], await rootOf(hashesIn(data)))) throw new Fault("tile_altered", { path });
      this.tiles.set(path, data);
    }
    return this.tiles.get(path);
  }

  async leaf(index) {
    const tile = await this.tile(0, Math.floor(index / WIDTH));
    return tile.subarray((index % WIDTH) * HASH, (index % WIDTH + 1) * HASH);
  }

  /* Where a leaf stands that ought to stand at `index`: there, or elsewhere in its tile and those beside it; else null. */
  async placeOf(hash, index) {
    if (index < this.size && same(await this.leaf(index), hash)) return index;
    const middle = Math.floor(index / WIDTH);
    for (let number = Math.max(0, middle - 1); number <= middle + 1 && number * WIDTH < this.size; number += 1) {
      const at = hashesIn(await this.tile(0, number)).findIndex((each) => same(each, hash));
      if (at >= 0) return number * WIDTH + at;
    }
    return null;
  }

  /* The root of the first `size` entries, as this log tells its own past. */
  async rootAt(size) {
    const peaks = [];
    for (let start = 0; start < size; ) {
      let height = Math.floor(Math.log2(size - start));
      while (2 ** height > size - start) height -= 1;
      while (start % 2 ** height) height -= 1;
      peaks.push(await this.complete(height, start / 2 ** height));
      start += 2 ** height;
    }
    let root = peaks.pop() ?? (await rootOf([]));
    while (peaks.length) root = await nodeHash(peaks.pop(), root);
    return root;
  }

  /* The root of the `number`-th complete subtree of 2^height entries. */
  async complete(height, number) {
    const level = Math.floor(height / 8);
    const span = 2 ** (height % 8);
    const first = number * span;
    const hashes = hashesIn(await this.tile(level, Math.floor(first / WIDTH)));
    return rootOf(hashes.slice(first % WIDTH, (first % WIDTH) + span));
  }
}

/* ---- The sums of a poster (wall/sums.py) ---- */

const SUMS = ["opening_fen", "received_fen", "paid_fen", "closing_fen"];
const PARTS = ["land", "contracts", "assets", "funds", "claims", "debts"];
const total = (rows, name) => rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);

export function linesOf(vouchers, cash) {
  const lines = new Map();
  for (const voucher of vouchers) {
    if (!voucher.legs.some(([code]) => cash.has(code))) continue;
    for (const [code, amount] of voucher.legs) {
      if (cash.has(code)) continue;
      const line = lines.get(code) ?? { received_fen: 0, paid_fen: 0 };
      line[amount < 0 ? "received_fen" : "paid_fen"] += Math.abs(amount);
      lines.set(code, line);
    }
  }
  return lines;
}

export function wrongSums(content) {
  const wrong = [];
  const compare = (path, told, computed) => {
    if (told !== computed) wrong.push({ path, told, computed });
  };
  for (const name of SUMS) compare(`money.${name}`, content.money[name], total(content.books, name));
  content.books.forEach((book, place) => sumsOfBook(`books.${place}`, book, compare));
  for (const name of PARTS) {
    const part = content[name];
    for (const [column, told] of Object.entries(part.sums)) {
      compare(`${name}.sums.${column}`, told, total(part.rows, column) + (part.rest?.[column] ?? 0));
    }
  }
  return wrong;
}

function sumsOfBook(path, book, compare) {
  const accounts = new Map(book.accounts.map((each) => [each.code, each]));
  const cash = new Set(book.accounts.filter((each) => each.cash).map((each) => each.code));
  const moved = new Map();
  for (const voucher of book.vouchers) {
    for (const [code, amount] of voucher.legs) moved.set(code, (moved.get(code) ?? 0) + amount);
  }
  const sorted = (...keys) => [...new Set(keys.flat())].sort();
  for (const code of sorted([...accounts.keys()], [...moved.keys()])) {
    const known = accounts.get(code) ?? { opening_fen: 0, closing_fen: 0 };
    compare(`${path}.accounts.${code}.closing_fen`, known.closing_fen, known.opening_fen + (moved.get(code) ?? 0));
  }
  const told = new Map(book.lines.map((line) => [line.code, line]));
  const made = linesOf(book.vouchers, cash);
  for (const code of sorted([...told.keys()], [...made.keys()])) {
    for (const name of ["received_fen", "paid_fen"]) {
      compare(`${path}.lines.${code}.${name}`, told.get(code)?.[name] ?? 0, made.get(code)?.[name] ?? 0);
    }
  }
  for (const name of ["received_fen", "paid_fen"]) compare(`${path}.${name}`, book[name], total(book.lines, name));
  const held = book.accounts.filter((each) => each.cash);
  for (const name of ["opening_fen", "closing_fen"]) compare(`${path}.${name}`, book[name], total(held, name));
  compare(`${path}.closing_fen`, book.closing_fen, book.opening_fen + book.received_fen - book.paid_fen);
  for (const name of ["opening_fen", "closing_fen"]) sheetOfBook(`${path}.sheet`, book, name, compare);
}

/* Each line is that of its accounts or of the lines above it; what both sides have of accounts that stand on either
   (`parts`) makes up what these hold; and both sides are equal. */
function sheetOfBook(path, book, name, compare) {
  const held = (codes) => codes.reduce((sum, code) => sum + (book.accounts.find((each) => each.code === code)?.[name] ?? 0), 0);
  const row = (side, code) => book.sheet.find((each) => each.side === side && each.code === code);
  const value = (side, codes) => codes.reduce((sum, code) => sum + (row(side, code)?.[name] ?? 0), 0);
  const parts = new Set();
  let left = 0;
  for (const line of book.sheet) {
    if (!line.adds) continue; /* a poster from before lines said what they are of */
    const sign = (line.side === "assets" ? 1 : -1) * (line.contra ? -1 : 1);
    const own = line.accounts.filter((code) => !line.parts.includes(code));
    const computed = line.weight === "total" ? value(line.side, line.adds) - value(line.side, line.takes) : sign * held(own);
    if (line.parts.length) {
      line.parts.forEach((code) => parts.add(code));
      left += sign * (line[name] - computed);
    } else compare(`${path}.${line.code}.${name}`, line[name], computed);
  }
  if (parts.size) compare(`${path}.${[...parts].sort().join("+")}.${name}`, left, held([...parts]));
  const [assets, claims] = [row("assets", "assets_total"), row("claims", "claims_total")];
  if (assets && claims) compare(`${path}.assets_total.${name}`, assets[name], claims[name]);
}

/* What is wrong with the numbers that a poster of a quarter tells of a book, as {fault, first, last}. */
export function numberFaults(book, quarter) {
  const told = [
    ...book.vouchers.map(({ number }) => [number, number]), ...book.others.map(({ first, last }) => [first, last]),
  ].sort((left, right) => left[0] - right[0] || left[1] - right[1]);
  const found = [];
  const note = (fault, first, last) => found.push({ fault, first, last });
  let expected = 1;
  for (const [first, last] of told) {
    if (first < 1 || last > book.last_number || last < first) {
      note("number_unknown", first, last);
      continue;
    }
    if (first > expected) note("number_unaccounted", expected, first - 1);
    if (first < expected) note("number_twice", first, Math.min(last, expected - 1));
    expected = Math.max(expected, last + 1);
  }
  if (expected <= book.last_number) note("number_unaccounted", expected, book.last_number);
  for (const { what, quarter: of, first, last } of book.others) {
    if (["posted", "settled"].includes(what) && of === quarter) note("number_left_out", first, last);
  }
  return found;
}

/* What stands at a path of a content: lists are entered by the code of a row, else by position. */
export function atPath(content, path) {
  return path.split(".").reduce((thing, part) => {
    if (!Array.isArray(thing)) return thing?.[part];
    return thing.find((row) => row?.code === part) ?? thing[Number(part)];
  }, content);
}

const separated = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/* A number as the pages write it, by the unit in which its name ends. */
export function written(path, value) {
  if (value === null) return "–";
  if (path.endsWith("_fen")) {
    const whole = Math.abs(value);
    return `${value < 0 ? "−" : ""}${separated(Math.floor(whole / 100))}.${String(whole % 100).padStart(2, "0")}`;
  }
  if (path.endsWith("_mu_4")) {
    const part = String(value % 10000).padStart(4, "0").replace(/0+$/, "");
    return `${separated(Math.floor(value / 10000))}${part ? `.${part}` : ""}`;
  }
  return separated(value);
}

/* ---- The check, step by step ---- */

const done = (step, facts = {}) => ({ step, ok: true, fault: "", facts });
const open = (step, fault, facts = {}) => ({ step, ok: null, fault, facts });
const wrong = (step, fault, facts = {}) => ({ step, ok: false, fault, facts });

/* `bundle` is the poster's proof file (poster.json), `key` the log's verifier key, `read(path)` fetches a file of the
   log as bytes or null. `shown` are numbers of a page as {path, text}; `paper` is {entry, leaf} of a printed code; with
   `whole` every number of the book is held against the log, else those of the quarter. Yields one result after another:
   {step, ok, fault, facts}; ok is null for what could not be checked. */
export async function* checkPoster(given) {
  try {
    yield* steps(given);
  } catch (error) {
    if (error instanceof Fault) throw error;
    yield wrong("file", "file_unreadable"); /* a file of another shape than ours is no poster's */
  }
}

async function* steps({ bundle, key, read, shown = [], paper = null, whole = false }) {
  let proof, content, leaf;
  try {
    proof = parseProof(bundle.proof);
    content = JSON.parse(bundle.body).after;
    leaf = JSON.parse(textOf(proof.leaf));
  } catch {
    yield wrong("file", "file_unreadable");
    return;
  }
  const signed = await isSigned(proof.note, key);
  const size = proof.note.size;
  if (signed === null) yield open("signature", "no_ed25519");
  else yield signed ? done("signature", { size, origin: proof.note.origin }) : wrong("signature", "signature_wrong");

  const hash = await leafHash(proof.leaf);
  const root = await climb(proof.index, size, hash, proof.siblings);
  if (root && same(root, proof.note.root)) yield done("inclusion", { index: proof.index, leaf: hex(hash) });
  else yield wrong("inclusion", "entry_not_included", { index: proof.index });

  const committed = hex(await sha256(joined(unhex(bundle.salt), bytesOf(bundle.body))));
  const named = leaf.act === "village.publish_wall" && leaf.book === `wall:${content.place?.code}`;
  if (committed === leaf.commitment && named) yield done("content", { index: proof.index });
  else yield wrong("content", "poster_altered", { index: proof.index });

  yield* checkContent(content);
  if (paper) {
    const fits = Number(paper.entry) === proof.index && paper.leaf === hex(hash);
    yield fits ? done("paper") : wrong("paper", "paper_differs", { index: proof.index, entry: paper.entry });
  }
  if (shown.length) yield* checkShown(content, shown);
  yield* checkLog({ bundle, key, read, proof, leaf, hash, content, whole });
}

function* checkContent(content) {
  const sums = wrongSums(content);
  for (const each of sums) yield wrong("sums", "sum_wrong", each);
  if (!sums.length) yield done("sums", { vouchers: total(content.books.map((book) => ({ count: book.vouchers.length })), "count") });
  let faults = 0;
  for (const book of content.books) {
    for (const { fault, first, last } of numberFaults(book, content.quarter)) {
      faults += 1;
      yield wrong("numbers", fault, { book: book.code, first, last });
    }
  }
  const moneyless = content.books.flatMap(({ others }) => others).filter(({ what }) => what === "moneyless");
  const count = moneyless.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (!faults) yield done("numbers", { last: Math.max(...content.books.map((book) => book.last_number)), moneyless: count });
}

function* checkShown(content, shown) {
  let differing = 0;
  for (const { path, text } of shown) {
    const value = atPath(content, path);
    const told = value === undefined ? "" : written(path, value);
    if (told === text) continue;
    differing += 1;
    yield wrong("shown", "page_differs", { path, text, told });
  }
  if (!differing) yield done("shown", { count: shown.length });
}

async function* checkLog({ bundle, key, read, proof, leaf, hash, content, whole }) {
  try {
    const data = await read("checkpoint");
    if (!data) throw new Fault("log_unreachable", { path: "checkpoint" });
    const note = parseNote(textOf(data));
    if ((await isSigned(note, key)) === false) throw new Fault("signature_wrong");
    const log = await Log.open(read, note);
    const continues = note.size >= proof.note.size && same(await log.rootAt(proof.note.size), proof.note.root);
    if (continues) yield done("log", { size: note.size });
    else yield wrong("log", "log_rewritten", { size: proof.note.size });
    const place = await log.placeOf(hash, proof.index);
    if (place === null) yield wrong("log", "poster_missing", { index: proof.index });
    else if (place !== proof.index) yield wrong("log", "poster_moved", { index: proof.index, now: place });
    yield* checkTold(bundle, content);
    for (const book of bundle.books) yield* checkBook(log, book, { content, leaf, whole });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const result = error.fault === "log_unreachable" ? open : wrong;
    yield result("log", error.fault, error.facts);
  }
}

/* The file tells of each book of the poster, and of the village's posters: else nobody would look them up. */
function* checkTold(bundle, content) {
  const told = new Set(bundle.books.map(({ book }) => book));
  for (const book of [...content.books.map(({ code }) => `book:${code}`), `wall:${content.place.code}`]) {
    if (!told.has(book)) yield wrong("book", "book_untold", { book });
  }
}

const FAULTS_MAX = 100; /* told of one book */

/* The numbers of a book from 1 to its last, each at its place in the log. The last of the village's posters is the
   highest that the file tells of, and no less than this one's own number. */
async function* checkBook(log, listed, { content, leaf, whole }) {
  const told = content.books.find((book) => `book:${book.code}` === listed.book);
  const own = leaf.book === listed.book ? leaf.book_sequence : 0;
  const last = told ? told.last_number : listed.numbers.reduce((most, number) => Math.max(most, number), own);
  const quarter = new Set(told?.vouchers.map((voucher) => voucher.number));
  const at = new Map(listed.numbers.map((number, place) => [number, place]));
  let faults = 0;
  let checked = 0;
  for (let number = 1; number <= last; number += 1) {
    const fault = await faultOf(log, listed, at.get(number), { number, look: whole || !told || quarter.has(number) });
    checked += fault !== undefined;
    if (!fault) continue;
    faults += 1;
    yield fault;
    if (faults === FAULTS_MAX) break;
  }
  if (!faults) yield done(told ? "book" : "series", { book: listed.book, last, checked });
}

/* What is wrong with a number of a book; null for nothing, undefined where it was not looked up in the log. */
async function faultOf(log, listed, place, { number, look }) {
  const { book } = listed;
  if (place === undefined) return wrong("book", "entry_missing", { book, number });
  const [index, text] = [listed.indexes[place], listed.leaves[place]];
  const leaf = JSON.parse(text);
  if (leaf.book !== book || leaf.book_sequence !== number) return wrong("book", "entry_missing", { book, number });
  if (!look) return undefined;
  const now = await log.placeOf(await leafHash(bytesOf(text)), index);
  if (now === null) return wrong("book", "entry_missing", { book, number, index });
  return now === index ? null : wrong("book", "entry_moved", { book, number, index, now });
}

/* ---- The page ---- */

const spoken = (path, words) =>
  path.split(".").map((part) => words[part] ?? part).filter(Boolean).join(" · ");

const filled = (sentence, facts, words) =>
  sentence.replace(/\{(\w+)\}/g, (_, name) => {
    const fact = facts[name] ?? "";
    if (name === "path" && !String(fact).includes("/")) return spoken(fact, words);
    if (["told", "computed"].includes(name) && typeof fact === "number") return written(facts.path ?? "", fact);
    return typeof fact === "number" ? separated(fact) : String(fact).replace(/^book:/, "");
  });

const reader = (address) => {
  const kept = new Map();
  return async (path) => {
    if (!kept.has(path)) {
      const cache = path === "checkpoint" ? "no-store" : "default";
      const answer = await fetch(`${address}/${path}`, { cache }).catch(() => null); /* no line to it */
      kept.set(path, answer?.ok ? new Uint8Array(await answer.arrayBuffer()) : null);
    }
    return kept.get(path);
  };
};

async function shownOn(address) {
  const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
  return Array.from(page.querySelectorAll("[data-sum]"), (element) => ({ path: element.dataset.sum, text: element.textContent.trim() }));
}

function start(panel) {
  const words = JSON.parse(document.getElementById("wall-words").textContent);
  const list = panel.querySelector("[data-wall-list]");
  const verdict = panel.querySelector("[data-wall-verdict]");
  const tell = (result) => {
    const line = document.createElement("li");
    line.className = result.ok === null ? "is-open" : result.ok ? "is-good" : "is-bad";
    line.dataset.fault = result.fault;
    line.textContent = filled(words[result.fault || `${result.step}_good`] ?? result.fault, result.facts, words.paths);
    list.append(line);
  };
  const run = async (whole) => {
    list.replaceChildren();
    verdict.textContent = words.checking;
    verdict.removeAttribute("data-wall-done");
    let bad = 0;
    let unsure = 0;
    try {
      if (!globalThis.crypto?.subtle) throw new Fault("no_crypto");
      const bundle = await (await fetch(panel.dataset.bundle)).json();
      const { entry, leaf } = panel.dataset;
      const results = checkPoster({
        bundle, whole, key: panel.querySelector("[data-wall-key]").value.trim(), read: reader(panel.dataset.log),
        shown: await shownOn(panel.dataset.page), paper: leaf ? { entry, leaf } : null,
      });
      for await (const result of results) {
        bad += result.ok === false;
        unsure += result.ok === null;
        tell(result);
      }
    } catch (error) {
      unsure += 1;
      tell(open("file", error instanceof Fault ? error.fault : "broken", { reason: String(error?.message ?? error) }));
    }
    verdict.textContent = bad ? words.bad : unsure ? words.unsure : words.good;
    verdict.className = `notice tone-${bad ? "late" : unsure ? "waiting" : "done"}`;
    verdict.dataset.wallDone = "";
  };
  panel.hidden = false;
  panel.querySelector("[data-wall-run]").addEventListener("click", () => run(false));
  panel.querySelector("[data-wall-whole]").addEventListener("click", () => run(true));
}

if (typeof document !== "undefined") {
  for (const panel of document.querySelectorAll("[data-wall-check]")) start(panel);
}
