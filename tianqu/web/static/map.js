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
  link.textContent = count === undefined ? name : `${name} ${count.toLocaleString("en")}`;
  new library.Marker({ element: link, anchor: "top", offset: [0, 6] }).setLngLat(at).addTo(map);
}

async function draw(element) {
  const [library, answer] = await Promise.all([import(element.dataset.library), fetch(element.dataset.source)]);
  const collection = await answer.json();
  const features = collection.features;
  if (!features.length) return;
  const most = Math.max(0, ...features.map((feature) => feature.properties.count ?? 0));
  const map = new library.Map({
    container: element,
    style: { version: 8, sources: { places: { type: "geojson", data: collection } }, layers: layers(most) },
    bounds: bounds(features),
    fitBoundsOptions: { padding: 32, maxZoom: 13 },
    attributionControl: false,
    cooperativeGestures: true,
    dragRotate: false,
  });
  map.addControl(new library.NavigationControl({ showCompass: false }));
  if (features.length <= Number(element.dataset.labels)) features.forEach((feature) => label(library, map, feature));
  const tip = new library.Popup({ closeButton: false, closeOnClick: false });
  for (const layer of ["areas", "points"]) {
    map.on("click", layer, (event) => location.assign(event.features[0].properties.address));
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
  element.hidden = false;
  draw(element).catch(() => {
    element.hidden = true;
  });
}
