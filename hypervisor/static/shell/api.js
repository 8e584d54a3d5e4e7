// The one door to the API: JSON in and out, problems as errors, the session's token on every change.
import { said } from "./said.js";
import { page, root, text } from "./text.js";

/** An RFC 9457 answer: status, slug, detail, errors [{in, name, detail}]. Its message is fit to be shown. */
export class Problem extends Error {
  constructor(status, body) {
    super((page.said?.length && body.errors?.map((one) => one.name + text("colon") + said(one.detail)).join("\n")) || (body.detail ?? body.title ?? `HTTP ${status}`));
    this.status = status;
    this.slug = (body.type ?? "").split(":").at(-1);
    this.errors = body.errors ?? [];
  }
}

/** Nobody answers: the service or the network is gone. */
export class Away extends Error {}

/**
 * Ask the API. Returns {data, version, headers}; version is what the next change sends back.
 * how: {method, query: {name: value | [values]}, body, version, signal}
 */
export async function ask(path, { method = "GET", query = {}, body, version, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = page.csrf;
  if (method === "POST") headers["Idempotency-Key"] = once();
  if (version !== undefined) headers["If-Match"] = version;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(address(path, query), { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away(error.message);
  }
  if (answer.status === 401) location.assign(`${root}/sign-in?next=${encodeURIComponent(location.pathname.slice(root.length) + location.search)}`);
  const isJson = answer.status !== 204 && (answer.headers.get("content-type") ?? "").includes("json");
  const data = isJson ? await answer.json() : null;
  if (!answer.ok) throw new Problem(answer.status, data ?? {});
  return { data, version: answer.headers.get("etag") ?? undefined, headers: answer.headers };
}

/** Read all pages of a list, up to a bound. */
export async function all(path, query = {}, most = 1000) {
  const items = [];
  let cursor = null;
  do {
    const { data } = await ask(path, { query: cursor ? { ...query, cursor } : query });
    items.push(...data.items);
    cursor = data.next ?? null;
  } while (cursor && items.length < most);
  return items;
}

/** Return the address of a path of ours, with a query; values that are null are left out. */
export function address(path, query = {}) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") asked.append(name, one);
  const rest = asked.toString();
  return `${root}${path}${rest ? `?${rest}` : ""}`;
}

function once() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
