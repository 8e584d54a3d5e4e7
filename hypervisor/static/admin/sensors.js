// The sensors that services registered, and what they last said.
import { all, badge, decimal, element, moment, section, shown, small, table, text, two } from "./kit.js";

const LOOKS = { reporting: "good", silent: "bad" };
const last = (one) => element("div", {}, `${one.measure}: ${decimal(one.value)} ${one.unit} `, small(moment(one.time)));
shown(async () => [section(text("tab_sensors"), [], table(text("tab_sensors"), "sensor service state_now sensor_last", (await all("/v1/sensors")).map((one) => [
  two(one.name || one.id, one.id), one.service, badge(text(`sensor_${one.state}`), LOOKS[one.state]), one.last.map(last)]), "sensor_none"))]);
