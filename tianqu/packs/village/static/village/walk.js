/* Walking around a parcel: corners from where the telephone is, from taps on the map, or typed. The text area holds
   them all, so that the form says the same without this script; the server measures anew what is sent. */

const AXIS = 6378137; // metres; the ellipsoid of WGS 84
const ECCENTRICITY = 0.00669437999014; // its first eccentricity squared
const SQUARE_METRES_OF_MU = 2000 / 3;
const GOOD = 5; // metres: nothing better is waited for
const COARSE = 15; // metres: worse than this is said aloud
const WAIT = 12000; // milliseconds for the satellites
const LINE = /^\s*(-?\d{1,3}(?:\.\d{1,12})?)[\s,;]+(-?\d{1,2}(?:\.\d{1,12})?)(?:[\s,;]*±\s*(\d{1,5}(?:\.\d{1,4})?)\s*m?)?\s*$/;

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const radians = (degrees) => (degrees * Math.PI) / 180;

/* The corners in a text, each {lon, lat, accuracy}; `wrong` is the number of the first line that is none. */
function read(text) {
  const corners = [];
  const lines = text.normalize("NFKC").replaceAll("、", ",").split("\n");
  for (const [at, line] of lines.entries()) {
    if (!line.trim()) continue;
    const found = LINE.exec(line);
    if (!found) return { corners, wrong: at + 1 };
    corners.push({ lon: Number(found[1]), lat: Number(found[2]), accuracy: found[3] === undefined ? null : Number(found[3]) });
  }
  return { corners, wrong: 0 };
}

/* Corners in metres on a plane that touches the ellipsoid among them: good to a hundred-millionth over a kilometre. */
function flat(corners) {
  const lat0 = corners.reduce((sum, one) => sum + one.lat, 0) / corners.length;
  const lon0 = corners[0].lon;
  return corners.map(({ lon, lat }) => {
    const phi = radians(lat);
    const middle = radians((lat + lat0) / 2);
    const across = AXIS / Math.sqrt(1 - ECCENTRICITY * Math.sin(phi) ** 2);
    const along = (AXIS * (1 - ECCENTRICITY)) / (1 - ECCENTRICITY * Math.sin(middle) ** 2) ** 1.5;
    const east = radians(lon - lon0);
    const bend = (across * Math.sin(phi) * Math.cos(phi) * east ** 2) / 2;
    return [across * Math.cos(phi) * east, along * radians(lat - lat0) + bend];
  });
}

/* The area in mu and how well it is known at 95 in 100; null where a corner has no accuracy. */
function measure(corners) {
  const points = flat(corners);
  let double = 0;
  let variance = 0;
  points.forEach((point, at) => {
    const after = points[(at + 1) % points.length];
    const before = points.at(at - 1);
    double += point[0] * after[1] - after[0] * point[1];
    const deviation = corners[at].accuracy === null ? NaN : corners[at].accuracy / Math.sqrt(-2 * Math.log(0.05));
    variance += ((Math.hypot(after[0] - before[0], after[1] - before[1]) / 2) * deviation) ** 2;
  });
  const accuracy = (1.959964 * Math.sqrt(variance)) / SQUARE_METRES_OF_MU;
  return { area: Math.abs(double) / 2 / SQUARE_METRES_OF_MU, accuracy: Number.isNaN(accuracy) ? null : accuracy, points };
}

const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

function crosses(points) {
  const count = points.length;
  const edge = (at) => [points[at], points[(at + 1) % count]];
  for (let first = 0; first < count; first++) {
    for (let second = first + 2; second < count - (first === 0 ? 1 : 0); second++) {
      const [[a, b], [c, d]] = [edge(first), edge(second)];
      if (turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0) return true;
    }
  }
  return false;
}

/* The best position within some seconds; `tell` hears of each that comes. */
function position(tell) {
  return new Promise((resolve, reject) => {
    let best = null;
    const end = (error) => {
      clearTimeout(clock);
      navigator.geolocation.clearWatch(watch);
      if (best) resolve(best);
      else reject(error ?? new Error("no position in time"));
    };
    const clock = setTimeout(end, WAIT);
    const watch = navigator.geolocation.watchPosition(
      ({ coords }) => {
        if (!best || coords.accuracy < best.accuracy) best = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
        tell(best);
        if (best.accuracy <= GOOD) end();
      },
      (error) => {
        if (error.code === error.PERMISSION_DENIED) end(error);
      },
      { enableHighAccuracy: true, maximumAge: 0, timeout: WAIT },
    );
  });
}

function shape(corners) {
  const ring = corners.map(({ lon, lat }) => [lon, lat]);
  const features = ring.map((at) => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: {} }));
  if (ring.length > 1) features.push({ type: "Feature", geometry: { type: "LineString", coordinates: [...ring, ring[0]] }, properties: {} });
  if (ring.length > 2) features.push({ type: "Feature", geometry: { type: "Polygon", coordinates: [[...ring, ring[0]]] }, properties: {} });
  return { type: "FeatureCollection", features };
}

/* The outline in the box of the page's drawing, as the server draws it: north above, a number at each corner, a scale.
   It stands where no map can be drawn: in an old browser, or without a graphics card. */
function sketch(svg, corners) {
  const svgNode = (name, attributes, words = "") => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = words;
    return node;
  };
  svg.replaceChildren();
  svg.toggleAttribute("hidden", corners.length < 2 || !("mapless" in svg.dataset));
  if (corners.length < 2) return;
  const [width, height, margin] = [400, 300, 32];
  const points = flat(corners);
  const [east, north] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [wide, high] = [Math.max(...east) - Math.min(...east), Math.max(...north) - Math.min(...north)];
  if (Math.max(wide, high) <= 0) return;
  const scale = Math.min((width - 2 * margin) / Math.max(wide, 1e-9), (height - 3 * margin) / Math.max(high, 1e-9));
  const [left, top] = [(width - wide * scale) / 2, (height - margin - high * scale) / 2];
  const at = points.map(([x, y]) => [left + (x - Math.min(...east)) * scale, top + (Math.max(...north) - y) * scale]);
  svg.append(svgNode("polygon", { class: "outline-area", points: at.map((one) => one.map((x) => x.toFixed(1)).join(",")).join(" ") }));
  const middle = [0, 1].map((axis) => at.reduce((sum, one) => sum + one[axis], 0) / at.length);
  at.forEach(([x, y], number) => {
    const away = Math.hypot(x - middle[0], y - middle[1]) || 1;
    const label = { x: x + ((x - middle[0]) / away) * 14, y: y + ((y - middle[1]) / away) * 14, "text-anchor": "middle", "dominant-baseline": "central" };
    svg.append(svgNode("circle", { class: "outline-corner", cx: x, cy: y, r: 4 }), svgNode("text", label, `${number + 1}`));
  });
  const most = Math.max(1, (width * 0.35) / scale);
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = Math.max(...[1, 2, 5].map((step) => step * power).filter((length) => length <= most));
  svg.append(
    svgNode("path", { class: "outline-line", d: `M12 ${height - 18} v6 h${metres * scale} v-6` }), svgNode("text", { x: 12, y: height - 24 }, `${metres} m`),
    svgNode("path", { class: "outline-line", d: `M${width - 18} 42 V14 M${width - 23} 22 L${width - 18} 12 L${width - 13} 22` }), svgNode("text", { x: width - 18, y: 58, "text-anchor": "middle" }, svg.dataset.north),
  );
}

function layers() {
  return [
    { id: "around", type: "fill", source: "around", paint: { "fill-color": token("--accent-paper"), "fill-outline-color": token("--line-2") } },
    { id: "area", type: "fill", source: "walked", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": token("--accent"), "fill-opacity": 0.25 } },
    { id: "edges", type: "line", source: "walked", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": token("--accent"), "line-width": 2 } },
    { id: "corners", type: "circle", source: "walked", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 6, "circle-color": token("--accent"), "circle-stroke-color": token("--paper"), "circle-stroke-width": 2 } },
  ];
}

function near(map, positions) {
  const lons = positions.map((at) => at[0]);
  const lats = positions.map((at) => at[1]);
  const box = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  map.fitBounds(box, { padding: 40, maxZoom: 18, animate: false });
}

async function drawn(root, element, tapped) {
  const empty = { type: "FeatureCollection", features: [] };
  const around = root.dataset.around ? await (await fetch(root.dataset.around)).json() : empty;
  const library = await import(root.dataset.library);
  const centre = root.dataset.centre ? root.dataset.centre.split(",").map(Number) : null;
  const map = new library.Map({
    container: element,
    style: { version: 8, sources: { around: { type: "geojson", data: around }, walked: { type: "geojson", data: empty } }, layers: layers() },
    center: centre ?? [105, 35],
    zoom: centre ? 14 : 3,
    attributionControl: false,
    cooperativeGestures: true,
    locale: JSON.parse(root.dataset.words),
    dragRotate: false,
  });
  map.addControl(new library.NavigationControl({ showCompass: false }));
  map.addControl(new library.ScaleControl({ unit: "metric" }));
  map.on("click", (event) => tapped({ lon: event.lngLat.lng, lat: event.lngLat.lat, accuracy: null }));
  await new Promise((ready) => map.once("load", ready));
  const beside = around.features.flatMap((one) => one.geometry.coordinates.flat(one.geometry.type === "Polygon" ? 1 : 2));
  if (beside.length) near(map, beside);
  element.dataset.drawn = "yes";
  return map;
}

function walk(root) {
  const form = root.closest("form");
  const typed = form.querySelector("textarea[name=corners]");
  const drawing = root.querySelector("[data-sketch]");
  const [status, said] = [root.querySelector("[data-status]"), root.querySelector("[data-area]")];
  const words = JSON.parse(root.dataset.said);
  const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_whole, key) => values[key]);
  const mu = (area) => area.toLocaleString("en", { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  let map = null;

  function show({ follow = false } = {}) {
    const { corners, wrong } = read(typed.value);
    const told = corners.length > 2 ? measure(corners) : null;
    if (wrong) said.textContent = say("wrong", { number: wrong });
    else if (!told) said.textContent = corners.length ? say("few", { corners: corners.length }) : "";
    else if (crosses(told.points)) said.textContent = say("crossing");
    else {
      const accuracy = told.accuracy === null ? "" : ` (${say("accuracy", { area: mu(told.accuracy) })})`;
      said.textContent = say("area", { area: mu(told.area), corners: corners.length }) + accuracy;
    }
    root.dataset.corners = corners.length;
    map?.getSource("walked").setData(shape(corners));
    sketch(drawing, corners);
    if (map && follow && corners.length) near(map, corners.map(({ lon, lat }) => [lon, lat]));
  }

  function add({ lon, lat, accuracy }, { follow }) {
    const line = `${lon.toFixed(7)}, ${lat.toFixed(7)}${accuracy === null ? "" : ` ±${(Math.ceil(accuracy * 10) / 10).toFixed(1)}`}`;
    typed.value = [...typed.value.split("\n").filter((one) => one.trim()), line].join("\n");
    show({ follow });
    const number = read(typed.value).corners.length;
    if (accuracy === null) status.textContent = say("tapped", { number });
    else status.textContent = say(accuracy > COARSE ? "coarse" : "added", { number, metres: accuracy.toFixed(1) });
  }

  root.querySelector("[data-here]").addEventListener("click", async (event) => {
    event.target.disabled = true;
    status.textContent = say("looking");
    try {
      if (!navigator.geolocation) throw new Error("no geolocation here");
      add(await position(({ accuracy }) => (status.textContent = say("found", { metres: accuracy.toFixed(0) }))), { follow: true });
    } catch (error) {
      status.textContent = say(error.code === 1 || !navigator.geolocation ? "denied" : "failed");
    }
    event.target.disabled = false;
  });
  root.querySelector("[data-back]").addEventListener("click", () => {
    typed.value = typed.value.split("\n").filter((one) => one.trim()).slice(0, -1).join("\n");
    show();
    status.textContent = say("removed");
  });
  typed.addEventListener("input", () => show({ follow: true }));
  root.hidden = false;
  show();
  const element = root.querySelector("[data-walk-map]");
  drawn(root, element, (at) => add(at, { follow: false })).then(
    (made) => {
      map = made;
      show({ follow: true });
    },
    () => {
      element.hidden = true; /* without WebGL the outline alone is drawn */
      drawing.dataset.mapless = "";
      show();
    },
  );
}

for (const root of document.querySelectorAll("[data-walk]")) walk(root);
