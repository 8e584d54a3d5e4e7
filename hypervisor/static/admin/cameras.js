// The cameras, and the ways to their settings.
import { on } from "../shell/live.js";
import { all, badge, element, root, row, section, shown, small, table, text, two } from "./kit.js";

const LOOKS = { running: "good", reconnecting: "warn", paused: "warn", stalled: "bad", failed: "bad" };
const link = (path, name, look = "") => element("a", { class: `button ${look}`, href: `${root}/cameras/${path}` }, text(name));
const again = shown(async () => [section(text("tab_cameras"), [link("new", "camera_add", "main")],
  table(text("tab_cameras"), "camera state_now purpose tab_models actions", (await all("/v1/cameras")).map((one) => [
    two(element("a", { href: `${root}/cameras/${one.id}` }, one.name || one.id), one.id), [badge(text(one.state), LOOKS[one.state]), " ", small(one.error ?? "")],
    text(`purpose_${one.purpose}`), [one.model, one.device].filter(Boolean).join(" · "),
    row(link(`${one.id}/settings`, "camera_settings"), link(`${one.id}/edit`, "camera_edit"))]), "camera_none"))]);
on("camera.state", again);
