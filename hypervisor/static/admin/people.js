// Services and their members.
import { all, ask, badge, deed, dialog, element, field, idInput, input, once, row, section, select, shown, small, sure, table, text, two } from "./kit.js";
import { inWords, rightsFields, rightsOf, WORKING } from "./rights.js";

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"; // none that look alike
let services, cameras;
const again = shown(async () => {
  let members;
  [services, members, cameras] = await Promise.all(["/v1/services", "/v1/members", "/v1/cameras"].map((path) => all(path)));
  return [
    section(text("services"), [deed(again, "service_add", () => editService(), "main")], table(text("services"), "service contact actions", services.map((one) => [
      two(one.name, one.id), one.contact, row(deed(again, "edit", () => editService(one)), deed(again, "delete", () => removeService(one)))]), "service_none")),
    services.length > 0 && section(text("members"), [deed(again, "member_add", addMember, "main")],
      table(text("members"), "name service rights state_now actions", members.map(line), "member_none")),
  ];
});

const line = (one) => [
  two(one.name, one.id), services.find((service) => service.id === one.service)?.name ?? one.service, inWords(one),
  one.active ? badge(text(one.signs_in === "provider" ? "member_provider" : "member_active"), "good") : badge(text("member_inactive"), "bad"),
  row(deed(again, "edit", () => editMember(one)), one.signs_in === "password" && deed(again, "password_make", () => newPassword(one)),
    deed(again, one.active ? "member_off" : "member_on", () => changed(one, { active: !one.active }))),
];
const nameInput = (value = "") => input("name", "name", { required: true, maxlength: 200, value });
const serviceSelect = (chosen) => field(text("service"), select("service", services.map((one) => [one.id, one.name]), chosen));
const fieldsOf = (form) => ({ name: form.get("name"), service: form.get("service"), ...rightsOf(form) });

async function editService(one) {
  const path = one && `/v1/services/${one.id}`;
  const kept = one && (await ask(path));
  const fields = [!one && idInput("id"), nameInput(one?.name), input("contact", "contact", { maxlength: 200, value: one?.contact ?? "" }, "contact_help")];
  return dialog(one ? text("edit_of", one) : text("service_add"), fields.filter(Boolean), (form) => {
    const body = Object.fromEntries(form);
    return one ? ask(path, { method: "PUT", version: kept.version, body }) : ask("/v1/services", { method: "POST", body });
  });
}

async function removeService(one) {
  const { version } = await ask(`/v1/services/${one.id}`);
  return (await sure(text("service_delete", one))) && ask(`/v1/services/${one.id}`, { method: "DELETE", version });
}

async function addMember() {
  const password = made();
  const fields = [idInput("sign_in_name"), nameInput(), serviceSelect(), ...rightsFields({ scopes: WORKING }, cameras)];
  const answer = await dialog(text("member_add"), fields, (form) => ask("/v1/members", { method: "POST", body: { id: form.get("id"), password, ...fieldsOf(form) } }));
  return answer && once(text("password_for", answer.data), password);
}

/** Change a member as it is kept, by what is given or what a dialog says. */
async function changed(one, changes) {
  const path = `/v1/members/${one.id}`;
  const { data, version } = await ask(path);
  const { name, service, scopes, cameras: only, kinds, active } = data;
  const put = (more) => ask(path, { method: "PUT", version, body: { name, service, scopes, cameras: only, kinds, active, ...more } });
  if (changes) return put(changes);
  const fields = [nameInput(name), serviceSelect(service), ...rightsFields(data, cameras), small(text("member_sessions"))];
  return dialog(text("edit_of", data), fields, (form) => put(fieldsOf(form)));
}
const editMember = (one) => changed(one);

async function newPassword(one) {
  const password = made();
  return (await sure(text("password_sure", one), text("password_make"))) && (await changed(one, { password })) && once(text("password_for", one), password);
}

/** 20 letters in groups of five: about 99 bits. */
function made() {
  const letters = [];
  while (letters.length < 20) letters.push(...[...crypto.getRandomValues(new Uint8Array(32))].filter((byte) => byte < 248).map((byte) => LETTERS[byte % 31]));
  return letters.slice(0, 20).join("").replace(/.{5}(?=.)/g, "$&-");
}
