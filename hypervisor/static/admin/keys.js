// API keys: made with their rights, shown once, revoked.
import { about, all, ask, badge, deed, dialog, field, idInput, input, moment, once, row, section, select, shown, sure, table, text, two } from "./kit.js";
import { inWords, rightsFields, rightsOf } from "./rights.js";

const LOOKS = { valid: "good", expired: "rest", revoked: "bad" };
const again = shown(async () => {
  const [keys, services, cameras] = await Promise.all(["/v1/keys", "/v1/services", "/v1/cameras"].map((path) => all(path)));
  const lines = keys.sort((a, b) => (b.state === "valid") - (a.state === "valid")).map((one) => [
    two(services.find((service) => service.id === one.service)?.name ?? one.service, `${one.purpose} · …${one.id.slice(-6)}`), inWords(one),
    badge(text(`key_${one.state}`), LOOKS[one.state]), one.expires_at ? moment(one.expires_at) : text("key_never"),
    one.state === "valid" && row(deed(again, "key_revoke", () => revoke(one))),
  ]);
  return [about("keys_about"), section(text("tab_keys"), [services.length > 0 && deed(again, "key_add", () => make(services, cameras), "main")],
    table(text("tab_keys"), "key rights state_now key_ends actions", lines, "key_none"))];
});

async function make(services, cameras) {
  const fields = [field(text("service"), select("service", services.map((one) => [one.id, one.name]))), idInput("key_use", "purpose", "default"),
    input("key_ends", "ends", { type: "date" }, "key_ends_help"), ...rightsFields({ scopes: ["flows:read"] }, cameras)];
  const answer = await dialog(text("key_add"), fields, (form) => {
    const expires_at = form.get("ends") ? new Date(`${form.get("ends")}T23:59:59`).toISOString() : null;
    return ask("/v1/keys", { method: "POST", body: { service: form.get("service"), purpose: form.get("purpose"), expires_at, ...rightsOf(form) } });
  });
  return answer && once(text("key_made", { name: `${answer.data.service} (${answer.data.purpose})` }), answer.data.key);
}

async function revoke(one) {
  const { version } = await ask(`/v1/keys/${one.id}`);
  return (await sure(text("key_revoke_sure", { name: `${one.service} (${one.purpose})` }), text("key_revoke"))) && ask(`/v1/keys/${one.id}`, { method: "DELETE", version });
}
