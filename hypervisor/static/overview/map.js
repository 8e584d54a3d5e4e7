// The map: Leaflet on a plain ground, or on the city's own; nothing is fetched from another host unless the city says so.
import { inTrouble, look, sign, words } from "./state.js";
import { address, ask } from "../shell/api.js";
import { byId, element } from "../shell/dom.js";
import { page, root, text } from "../shell/text.js";

const CLOSEST = 17; // zoom
let map = null;
let fitted = "";
let moved = false; // since names were last laid out
const markers = new Map(); // camera → {marker, key}

/** Show cameras where they stand; the map stays away while no camera says where it is. */
export function showMap(cameras) {
  const placed = cameras.filter((camera) => camera.location);
  byId("map-area").hidden = !placed.length;
  if (!placed.length) return;
  map ??= made();
  fit(placed);
  for (const camera of placed) place(camera);
  for (const [id, { marker }] of markers) {
    if (placed.some((camera) => camera.id === id)) continue;
    marker.remove();
    markers.delete(id);
  }
  if (moved) declutter();
  moved = false;
}

/** Hide names that would lie over others; those in trouble are heard first, and a name shows when it is pointed at. */
function declutter() {
  const pins = [...markers.values()].map(({ marker }) => marker.getElement()).sort((a, b) => b.classList.contains("trouble") - a.classList.contains("trouble"));
  const taken = pins.map((pin) => pin.querySelector(".pin-sign").getBoundingClientRect());
  for (const pin of pins) {
    const name = pin.querySelector(".pin-name").getBoundingClientRect();
    const hides = taken.some((box) => name.left < box.right && box.left < name.right && name.top < box.bottom && box.top < name.bottom);
    pin.classList.toggle("mute", hides && !pin.classList.contains("trouble"));
    if (!hides) taken.push(name);
  }
}

function fit(placed) {
  const key = JSON.stringify(placed.map((camera) => camera.location));
  if (key === fitted) return; // whoever has moved the map keeps it
  fitted = key;
  map.fitBounds(L.latLngBounds(placed.map((camera) => camera.location)).pad(0.15), { maxZoom: CLOSEST, animate: false, padding: [24, 24] });
}

function made() {
  const made = L.map("map", { scrollWheelZoom: false, zoomSnap: 0.5, zoomControl: false });
  L.control.zoom({ zoomInTitle: text("zoom_in"), zoomOutTitle: text("zoom_out") }).addTo(made);
  L.control.scale({ imperial: false }).addTo(made);
  made.attributionControl.setPrefix(false);
  made.on("zoomend resize", declutter);
  const { tiles, attribution, background } = page.map;
  const said = element("span", {}, attribution).innerHTML; // as text: Leaflet takes markup
  if (tiles) L.tileLayer(tiles.startsWith("/") ? root + tiles : tiles, { attribution: said, maxZoom: 20 }).addTo(made);
  if (background) {
    ask("/map/background.geojson").then(({ data }) => {
      const className = "ground";
      L.geoJSON(data, { interactive: false, style: (feature) => ({ className: `${className} ${feature.geometry.type.replace("Multi", "").toLowerCase()}` }),
        pointToLayer: (_, at) => L.circleMarker(at, { radius: 2, className }), attribution: tiles ? "" : said }).addTo(made);
    }, (error) => console.warn(error.message));
  }
  return made;
}

function place(camera) {
  const name = camera.name || camera.id;
  const key = JSON.stringify([name, look(camera), words(camera), camera.location]);
  const known = markers.get(camera.id);
  if (known?.key === key) return;
  const label = element("span", { class: "pin-name" }, name, element("small", {}, words(camera)));
  const html = element("span", { class: "pin-body" }, element("span", { class: "pin-sign", "aria-hidden": "true" }, sign(camera)), label);
  const icon = L.divIcon({ className: `pin ${look(camera)}${inTrouble(camera) ? " trouble" : ""}`, html, iconSize: null });
  const marker = known?.marker ?? L.marker(camera.location, { icon, keyboard: true }).addTo(map);
  marker.setLatLng(camera.location).setIcon(icon).setZIndexOffset(inTrouble(camera) ? 1000 : 0);
  marker.getElement().setAttribute("aria-label", `${name}: ${words(camera)}`);
  marker.getElement().setAttribute("role", "link");
  if (!known) marker.on("click keypress", (event) => (event.type === "click" || event.originalEvent.key === "Enter") && location.assign(address(`/cameras/${camera.id}`)));
  markers.set(camera.id, { marker, key });
  moved = true;
}
