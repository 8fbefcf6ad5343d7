/* A map of plain GeoJSON, without tiles: each feature leads to its page. The table beside it says the same. */

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function bounds(features) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (coordinates) => {
    if (typeof coordinates[0] === "number") {
      box[0] = Math.min(box[0], coordinates[0]);
      box[1] = Math.min(box[1], coordinates[1]);
      box[2] = Math.max(box[2], coordinates[0]);
      box[3] = Math.max(box[3], coordinates[1]);
    } else {
      coordinates.forEach(visit);
    }
  };
  features.forEach((feature) => visit(feature.geometry.coordinates));
  return box;
}

/* Circles grow with the square root of a feature's count, so that their areas can be compared. */
function layers(most) {
  const size = ["*", ["sqrt", ["/", ["coalesce", ["get", "count"], 0], Math.max(most, 1)]], 22];
  const radius = most ? ["max", 4, size] : 6;
  /* A feature's `step` (0 to 5) is its share of the largest: the legend beside has the same five colours. */
  const colour = ["match", ["get", "tone"], "late", token("--late"), "waiting", token("--waiting"), "done", token("--done"), token("--accent")];
  return [
    { id: "areas", type: "fill", source: "places", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": ["case", ["has", "step"], token("--accent"), token("--accent-paper")], "fill-opacity": ["case", ["has", "step"], ["+", 0.04, ["*", 0.16, ["get", "step"]]], 1] } },
    { id: "edges", type: "line", source: "places", filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": token("--line-2"), "line-width": 1 } },
    { id: "points", type: "circle", source: "places", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": radius, "circle-color": colour, "circle-opacity": 0.75, "circle-stroke-color": token("--paper"), "circle-stroke-width": 1 } },
  ];
}

function label(library, map, feature) {
  const { name, address, lon, lat, count } = feature.properties;
  const at = lon === undefined ? feature.geometry.coordinates : [lon, lat];
  if (typeof at[0] !== "number") return;
  const link = document.createElement("a");
  link.className = "map-label";
  link.href = address;
  link.tabIndex = -1;
  if (map.getContainer().closest("[data-pick]")) link.removeAttribute("href");
  link.textContent = count === undefined ? name : `${name} ${count.toLocaleString("en")}`;
  new library.Marker({ element: link, anchor: "top", offset: [0, 6] }).setLngLat(at).addTo(map);
}

/* A label that would lie on an earlier one goes above or beside its place, else away until the map is nearer. */
function partLabels(map) {
  const kept = [];
  for (const link of map.getContainer().querySelectorAll(".map-label")) {
    link.style.visibility = "hidden";
    for (const shift of ["0 0", "0 -32px", "60% -16px", "-60% -16px"]) {
      link.style.translate = shift;
      const box = link.getBoundingClientRect();
      if (kept.some((one) => box.left < one.right && one.left < box.right && box.top < one.bottom && one.top < box.bottom)) continue;
      link.style.visibility = "";
      kept.push(box);
      break;
    }
  }
}

/* A tap puts a mark where it is, comes nearer, and asks the server for the place of ours that lies there. */
function choosePlace(library, map, element, collection) {
  const form = element.closest("form");
  const hidden = form.querySelector("input[data-place]");
  const said = form.querySelector("[data-picked]");
  const [lon, lat] = ["lon", "lat"].map((name) => form.querySelector(`input[name=${name}]`));
  const mark = new library.Marker({ color: token("--late") });
  const shown = new Set([element.dataset.source]);
  if (lon.value && lat.value) mark.setLngLat([Number(lon.value), Number(lat.value)]).addTo(map);

  async function comeNearer(feature, at) {
    const below = feature?.properties.below;
    map.easeTo({ center: at, zoom: Math.min(map.getZoom() + 2, 14), animate: false });
    if (!below || shown.has(below)) return;
    shown.add(below);
    const found = await (await fetch(below)).json();
    collection.features.push(...found.features);
    map.getSource("places").setData(collection);
    if (found.features.length <= Number(element.dataset.labels)) found.features.forEach((each) => label(library, map, each));
    partLabels(map);
  }

  async function take(at) {
    const answer = await fetch(`${element.dataset.near}?lon=${at.lng.toFixed(6)}&lat=${at.lat.toFixed(6)}`);
    const place = await answer.json();
    said.textContent = place.name ?? "";
    hidden.disabled = !place.id;
    hidden.value = place.id ?? "";
    lon.value = place.id ? at.lng.toFixed(6) : "";
    lat.value = place.id ? at.lat.toFixed(6) : "";
    for (const radio of form.querySelectorAll("input[type=radio][name=place]")) radio.checked = false;
    element.dataset.chosen = place.id ?? "";
  }

  map.on("click", (event) => {
    const [feature] = map.queryRenderedFeatures(event.point, { layers: ["points", "areas"] });
    mark.setLngLat(event.lngLat).addTo(map);
    take(event.lngLat).catch(() => (said.textContent = ""));
    comeNearer(feature, event.lngLat).catch(() => undefined);
  });
  /* A place chosen by its name takes the place of the point. */
  form.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=radio][name=place]")) return;
    hidden.disabled = true;
    lon.value = lat.value = "";
    said.textContent = "";
    mark.remove();
  });
}

async function draw(element) {
  const [library, answer] = await Promise.all([import(element.dataset.library), fetch(element.dataset.source)]);
  const collection = await answer.json();
  const features = collection.features;
  if (!features.length) throw new Error("no place here has a position");
  const most = Math.max(0, ...features.map((feature) => feature.properties.count ?? 0));
  const map = new library.Map({
    container: element,
    style: { version: 8, sources: { places: { type: "geojson", data: collection } }, layers: layers(most) },
    bounds: bounds(features),
    /* Points are shown with what is around them; the land of a parcel as large as it can be. */
    fitBoundsOptions: { padding: 32, maxZoom: features.every((one) => one.geometry.type.endsWith("Polygon")) ? 18 : 13 },
    attributionControl: false,
    cooperativeGestures: true,
    locale: JSON.parse(element.dataset.words),
    dragRotate: false,
  });
  map.addControl(new library.NavigationControl({ showCompass: false }));
  if (features.length <= Number(element.dataset.labels)) features.forEach((feature) => label(library, map, feature));
  if (element.closest("[data-pick]")) choosePlace(library, map, element, collection);
  map.on("moveend", () => partLabels(map));
  partLabels(map);
  const tip = new library.Popup({ closeButton: false, closeOnClick: false });
  for (const layer of ["areas", "points"]) {
    if (!element.closest("[data-pick]")) map.on("click", layer, (event) => location.assign(event.features[0].properties.address));
    map.on("mousemove", layer, (event) => {
      const { name, count } = event.features[0].properties;
      map.getCanvas().style.cursor = "pointer";
      tip.setLngLat(event.lngLat).setText(count === undefined ? name : `${name} ${count}`).addTo(map);
    });
    map.on("mouseleave", layer, () => {
      map.getCanvas().style.cursor = "";
      tip.remove();
    });
  }
  element.dataset.drawn = "yes";
}

/* Without WebGL or without the data the map goes, and its table stays. */
for (const element of document.querySelectorAll("[data-map]")) {
  const around = element.closest("[data-pick]") ?? element;
  around.hidden = element.hidden = false;
  draw(element).catch(() => {
    around.hidden = element.hidden = true;
  });
}
