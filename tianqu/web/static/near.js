/* What happens near me: the list's occasions on a map, those that lie together as one mark, and on a press of the button
   sorted by distance. Where somebody is stays in this page: it is computed with here, and goes to nobody. */

const TOGETHER_PX = 44;
const LISTED_MAX = 8;
const NEAREST_ZOOM = 16;
const EARTH_M = 6_371_009; // mean radius (IUGG)
const WAIT_MS = 15_000;

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const filled = (text, name, value) => text.replace(`{${name}}`, value);

/* Metres between two positions on a sphere (haversine): near enough for what is nearer. */
function metres(one, other) {
  const rad = (degrees) => (degrees * Math.PI) / 180;
  const [lat, lon] = [rad(other.lat - one.lat) / 2, rad(other.lon - one.lon) / 2];
  const h = Math.sin(lat) ** 2 + Math.cos(rad(one.lat)) * Math.cos(rad(other.lat)) * Math.sin(lon) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(h));
}

/* Features whose points lie within a finger's breadth of one another, in the order of the list. */
function groups(map, features) {
  const found = [];
  for (const feature of features) {
    const at = map.project(feature.geometry.coordinates);
    const near = found.find((group) => Math.hypot(group.at.x - at.x, group.at.y - at.y) < TOGETHER_PX);
    if (near) near.features.push(feature);
    else found.push({ at, features: [feature] });
  }
  return found;
}

function box(features) {
  const lons = features.map((one) => one.geometry.coordinates[0]);
  const lats = features.map((one) => one.geometry.coordinates[1]);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

function link(feature) {
  const { name, when, where, said, state, address } = feature.properties;
  const made = document.createElement("a");
  made.href = address;
  made.textContent = name;
  made.title = [name, when, where, state === "planned" ? "" : said].filter(Boolean).join(" · ");
  return made;
}

function lone(feature) {
  const made = link(feature);
  const name = document.createElement("span");
  name.textContent = made.textContent;
  made.replaceChildren(name);
  made.className = `near-mark near-one near-${feature.properties.state}`;
  made.setAttribute("aria-label", made.title);
  made.setAttribute("role", "link");
  return made;
}

/* What lies at one spot is listed; what only looks so is come nearer to. */
function many(library, map, element, features) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "near-mark near-many";
  made.textContent = String(features.length);
  made.setAttribute("aria-label", filled(element.dataset.many, "count", features.length));
  made.addEventListener("click", (event) => {
    event.stopPropagation();
    const [west, south, east, north] = box(features);
    const wide = metres({ lon: west, lat: south }, { lon: east, lat: north });
    if (wide > 30 && map.getZoom() < NEAREST_ZOOM) {
      map.fitBounds([west, south, east, north], { padding: 64, maxZoom: NEAREST_ZOOM, animate: false });
      return;
    }
    const list = document.createElement("ul");
    list.className = "near-list";
    for (const feature of features.slice(0, LISTED_MAX)) {
      const line = document.createElement("li");
      const when = document.createElement("span");
      when.className = "muted";
      when.textContent = feature.properties.when;
      line.append(link(feature), " ", when);
      list.append(line);
    }
    if (features.length > LISTED_MAX) {
      const line = document.createElement("li");
      line.textContent = filled(element.dataset.more, "count", features.length - LISTED_MAX);
      list.append(line);
    }
    new library.Popup({ closeButton: false, maxWidth: "280px" }).setLngLat(features[0].geometry.coordinates).setDOMContent(list).addTo(map);
  });
  return made;
}

/* A name that would lie on another mark or name is not written; its mark still leads there. */
function partNames(map) {
  const kept = [...map.getContainer().querySelectorAll(".near-mark")].map((mark) => [mark, mark.getBoundingClientRect()]);
  for (const name of map.getContainer().querySelectorAll(".near-one > span")) {
    const here = name.getBoundingClientRect();
    const over = ([mark, one]) => mark !== name.parentElement && here.left < one.right && one.left < here.right && here.top < one.bottom && one.top < here.bottom;
    name.hidden = kept.some(over);
    if (!name.hidden) kept.push([name.parentElement, here]);
  }
}

/* The ground that the points lie on: the boundaries of the realm's places, where they are known. */
async function ground(addresses) {
  const parts = await Promise.all(addresses.map(async (one) => (await (await fetch(one)).json()).features).map((part) => part.catch(() => [])));
  return { type: "FeatureCollection", features: parts.flat().filter((one) => one.geometry.type.endsWith("Polygon")) };
}

async function draw(element) {
  const addresses = element.dataset.ground.split(" ").filter(Boolean);
  const [library, answer, land] = await Promise.all([import(element.dataset.library), fetch(element.dataset.source), ground(addresses)]);
  const { features } = await answer.json();
  if (!features.length) throw new Error("nothing here has a position");
  const map = new library.Map({
    container: element,
    style: {
      version: 8,
      sources: { land: { type: "geojson", data: land } },
      layers: [
        { id: "land", type: "fill", source: "land", paint: { "fill-color": token("--accent-paper") } },
        { id: "edges", type: "line", source: "land", paint: { "line-color": token("--line-2"), "line-width": 1 } },
      ],
    },
    bounds: box(features),
    fitBoundsOptions: { padding: 48, maxZoom: 13 },
    attributionControl: false,
    cooperativeGestures: true,
    locale: JSON.parse(element.dataset.words),
    dragRotate: false,
  });
  map.addControl(new library.NavigationControl({ showCompass: false }));
  let marks = [];
  const mark = () => {
    for (const one of marks) one.remove();
    marks = groups(map, features).map((group) => {
      const made = group.features.length > 1 ? many(library, map, element, group.features) : lone(group.features[0]);
      return new library.Marker({ element: made }).setLngLat(group.features[0].geometry.coordinates).addTo(map);
    });
    partNames(map);
  };
  map.on("zoomend", mark);
  mark();
  element.dataset.drawn = "yes";
}

function sorting(around) {
  const { km, metres: short, sorted, denied } = around.dataset;
  const [sort, back, status] = ["sort", "back", "status"].map((name) => around.querySelector(`[data-${name}]`));
  const [nearest, byDay] = [document.querySelector("[data-nearest]"), document.querySelector("[data-by-day]")];
  const list = nearest.querySelector("ul");
  if (!navigator.geolocation) return;
  around.hidden = false;
  const show = (near) => {
    nearest.hidden = back.hidden = !near;
    byDay.hidden = sort.hidden = near;
  };
  const order = (here) => {
    const far = (line) => (line.dataset.lon ? metres(here, { lon: Number(line.dataset.lon), lat: Number(line.dataset.lat) }) : Infinity);
    const lines = [...byDay.querySelectorAll("li")].map((line) => [far(line), line.cloneNode(true)]);
    lines.sort(([one], [other]) => (one === other ? 0 : one - other));
    for (const [distance, line] of lines) {
      if (distance === Infinity) continue;
      const said = document.createElement("span");
      said.className = "near-far";
      const wide = distance >= 1000;
      said.textContent = ` ${filled(wide ? km : short, "distance", wide ? (distance / 1000).toFixed(1) : String(Math.round(distance / 10) * 10))}`;
      line.querySelector("a").after(said);
    }
    list.replaceChildren(...lines.map(([, line]) => line));
    show(true);
    status.textContent = sorted;
  };
  sort.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => order({ lon: coords.longitude, lat: coords.latitude }),
      () => (status.textContent = denied),
      { timeout: WAIT_MS, maximumAge: 60_000 },
    );
  });
  back.addEventListener("click", () => show(false));
}

/* Without WebGL or without the data the map goes, and the list stays. */
for (const element of document.querySelectorAll("[data-near-map]")) {
  element.hidden = false;
  draw(element).catch(() => (element.hidden = true));
}
for (const around of document.querySelectorAll("[data-near]")) sorting(around);
