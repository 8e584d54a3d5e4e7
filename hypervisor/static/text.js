// The page's words and how it writes numbers and times. The server chose the language.
const words = JSON.parse(document.getElementById("texts").textContent);
/** The prefix under which a proxy serves this; empty without. */
export const root = document.body.dataset.root;
const language = document.documentElement.lang;

/** Return a text, with {names} filled in. */
export function text(name, values = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** Return the name of a class of objects; one that has no name here is shown as it is. */
export const kind = (name) => words[`class_${name}`] ?? name;

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(language, { style: "percent" });
export const count = (n) => whole.format(n);
export const decimal = (n) => tenth.format(n);
export const percent = (part) => share.format(part);

/** Return a formatter of moments in a camera's time zone; other days are written out. */
export function clock(timeZone) {
  const hour = hours(timeZone);
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone });
  return (moment) => {
    const date = new Date(moment);
    return day.format(date) === day.format(new Date()) ? hour(date) : `${day.format(date)} ${hour(date)}`;
  };
}

/** Return only hours and minutes in a camera's time zone. */
export function hours(timeZone) {
  const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
  return (moment) => hour.format(new Date(moment));
}

/** Make an element: tag, attributes, children (strings become text, never markup). */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
