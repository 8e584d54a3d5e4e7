// What every page's script begins with: its words, its data, and how it writes numbers and times.
const block = (id) => JSON.parse(document.getElementById(id).textContent);
const words = block("texts");
/** What the server tells this page: csrf, scopes, service, member, and what its route added. */
export const page = block("page");
/** The prefix under which a proxy serves this; empty without. */
export const root = document.body.dataset.root;
export const language = document.documentElement.lang;

/** Return a text, with {names} filled in. */
export function text(name, values = {}) {
  if (!(name in words)) throw new Error(`no word for ${name}`);
  return words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
export const hasText = (name) => name in words;
/** Tell whether who is signed in has a scope. */
export const may = (scope) => page.scopes.includes(scope) || page.scopes.includes("admin");

/** Return the name of a class of objects; one that has no name here is shown as it is. */
export const kind = (name) => words[`class_${name}`] ?? name;
/** Of a {fr, en} pair of the API, return what is to be read here. */
export const spoken = (both) => both?.[language] ?? both?.en ?? "";

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(language, { style: "percent" });
export const count = (n) => whole.format(n);
export const decimal = (n) => tenth.format(n);
export const percent = (part) => share.format(part);

/** Return a formatter of moments in a time zone; days other than today are written out. */
export function clock(timeZone) {
  const hour = hours(timeZone);
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone });
  return (moment) => {
    const date = new Date(moment);
    return day.format(date) === day.format(new Date()) ? hour(date) : `${day.format(date)} ${hour(date)}`;
  };
}

/** Return only hours and minutes in a time zone. */
export function hours(timeZone) {
  const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
  return (moment) => hour.format(new Date(moment));
}
