// What is seen, to take away: its figures as CSV, its picture as PNG, and the open data of the same cameras and days.
import { Problem, address } from "../shell/api.js";
import { failed } from "../shell/dialog.js";
import { element } from "../shell/dom.js";
import { may, page, text } from "../shell/text.js";

function handed(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Read the tables of several queries one after the other; one header for all. */
async function csv(queries) {
  const parts = [];
  for (const query of queries) {
    let cursor = null;
    do {
      const answer = await fetch(address("/v1/series", { ...query, cursor }), { headers: { Accept: "text/csv" } });
      if (!answer.ok) throw new Problem(answer.status, await answer.json());
      const body = await answer.text();
      parts.push(parts.length ? body.slice(body.indexOf("\n") + 1) : body);
      const next = /<([^>]+)>; *rel="next"/.exec(answer.headers.get("link") ?? "");
      cursor = next && new URL(next[1], location.href).searchParams.get("cursor");
    } while (cursor);
  }
  return new Blob(parts, { type: "text/csv" });
}

/** Write title, period, coverage and source around the pictures. */
function png(pictures, title, range, source) {
  const ratio = devicePixelRatio;
  const style = getComputedStyle(document.querySelector(".plotted"));
  const wide = Math.max(...pictures.map((one) => one.canvas.width));
  const row = 20 * ratio;
  const canvas = element("canvas", { width: wide + 2 * row, height: 5 * row + pictures.reduce((sum, one) => sum + one.canvas.height + (3 + one.notes.length + one.lines.length) * row, 0) });
  const ctx = canvas.getContext("2d");
  let y = 2 * row;
  const write = (said, size, weight = 400, x = row) => {
    ctx.font = `${weight} ${size * ratio}px system-ui, sans-serif`;
    ctx.fillText(said, x, y, wide);
  };
  const down = (...how) => (write(...how), (y += row));
  ctx.fillStyle = style.backgroundColor;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.fillStyle = style.color;
  down(title, 20, 650);
  down(range, 14);
  for (const one of pictures) {
    y += row;
    down(one.title, 15, 650);
    ctx.drawImage(one.canvas, row, y - row / 2);
    y += one.canvas.height + row / 2;
    for (const note of one.notes) down(note, 12);
    for (const line of one.lines) {
      ctx.strokeStyle = getComputedStyle(line.ink).color;
      ctx.lineWidth = 2 * ratio;
      ctx.setLineDash(line.dash.map((part) => part * ratio));
      ctx.beginPath();
      ctx.moveTo(row, y - 4 * ratio);
      ctx.lineTo(row + 26 * ratio, y - 4 * ratio);
      ctx.stroke();
      down(`${line.name} · ${line.said}`, 12, 400, row + 34 * ratio);
    }
  }
  y += row / 2;
  write(source, 11);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Return the address of the same series as one Parquet file: the queries differ in camera and period only. */
function parquet(queries) {
  const periods = [...new Map(queries.map((one) => [one.from + one.to, one])).values()];
  const [first, then] = periods;
  const also = then ? { also_from: then.from, also_to: then.to } : {};
  return address("/v1/series.parquet", { ...first, ...also, camera: [...new Set(queries.map((one) => one.camera))] });
}

/** Return the buttons. about: {asked, queries, period, bucket, title, range, pictures()}. */
export function buttons({ asked, queries, period, bucket, title, range, pictures }) {
  const name = `parvis-${asked.measure}-${new Date(period.from).toISOString().slice(0, 10)}`;
  const button = (label, act) => element("button", { type: "button", onclick: () => act().catch(failed) }, label);
  const source = text("source", { site: page.site, url: location.href, time: new Date().toISOString().slice(0, 16) + "Z" });
  const rows = [element("p", { class: "tools" }, button(text("export_csv"), async () => handed(await csv(queries), `${name}.csv`)),
    element("a", { class: "button", href: parquet(queries), download: `${name}.parquet` }, text("export_series")),
    pictures && button(text("export_png"), async () => handed(await png(pictures(), title, range, source), `${name}.png`)))];
  if (asked.measure === "crossings" && !asked.place && may("exports:read")) {
    const query = { camera: asked.camera, from: new Date(period.from).toISOString(), to: new Date(period.to).toISOString(), bucket: bucket === "1m" ? "15m" : bucket };
    const file = (label, path) => element("a", { class: "button", href: address(`/v1/exports/${path}`, query), download: "" }, label);
    rows.push(element("p", { class: "soft" }, text("export_open")), element("p", { class: "tools" }, file(text("export_counts"), "counts.csv"), file(text("export_parquet"), "counts.parquet"),
      ...["site", "channel", "measure", "suppressed"].map((what) => file(text(`export_${what}`), `comptage-mobilites/${what}.csv`))));
  }
  return rows;
}
