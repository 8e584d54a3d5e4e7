// What the API finds wrong, in the page's language. It says it in English, in clauses: "…; expected …". Clauses that have
// a row in `page.said` are said by it, what they fill in is carried over, and the others are shown as they came.
import { page } from "./text.js";

const escape = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const shape = (english) => new RegExp(`^${english.split(/\{(\w+)\}/).map((part, n) => (n % 2 ? `(?<${part}>[^;]+?)` : escape(part))).join("")}$`);
const letters = (english) => english.replace(/\{\w+\}/g, "").length;
const rows = [...(page.said ?? [])].sort((a, b) => letters(b[0]) - letters(a[0])).map(([english, here]) => [shape(english), here]);

/** Say a fault that came in English. */
export const said = (text) => whole(text) ?? text.split("; ").map((one) => whole(one) ?? one).join(rows.length ? "\u00a0; " : "; ");

/** Say a fault of the configuration that came with its place, `file:line: field: …`, which is the same in all languages. */
export const saidOf = (problem) => {
  const [place] = /^\S+(?::\d+)?: (?:[\w.[\]-]+: )?/.exec(problem) ?? [""];
  return place + said(problem.slice(place.length));
};

function whole(text) {
  for (const [pattern, here] of rows) {
    const found = pattern.exec(text);
    if (found) return here.replace(/\{(\w+)\}/g, (_, name) => found.groups[name]);
  }
  return null;
}
