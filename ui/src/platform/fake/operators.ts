// What the fake answers about operators, and the ones it makes up. Only shapes and the most telling refusals are
// right; the rules are Rust's. Never in the production bundle.
import type { KeyDetails } from "@/generated/KeyDetails";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import type { OperatorRole } from "@/generated/OperatorRole";
import type { AnswerOf, Request } from "../platform";
import { changed, checkName, checkVersion, page } from "./checks";
import { confirm, freshKey, kill } from "./keys";
import { DAY, expiryAt, fault, RESERVED, type Operator, type World } from "./world";

const OWN: Record<OperatorRole, string[]> = {
  viewer: ["latchkey:read"],
  issuer: ["latchkey:keys", "latchkey:read"],
  admin: ["latchkey:*"],
};

function operator(world: World, id: string): Operator {
  const found = world.operators.find(({ key }) => key.id === id);
  if (found === undefined)
    throw fault("not_found", "This operator does not exist, or you may not see it.", "operator");
  return found;
}

function view(world: World, { role, grants, key }: Operator): OperatorDetails {
  return { role, grants, key: world.view(key) };
}

function active(world: World, role: OperatorRole): Operator[] {
  return world.operators.filter((one) => one.role === role && world.view(one.key).status !== "revoked");
}

function checkTaken(world: World, name: string, but?: KeyDetails): void {
  const same = (key: KeyDetails) =>
    key !== but && key.revocation === null && key.name.toLowerCase() === name.trim().toLowerCase();
  if (world.operators.some(({ key }) => same(key)))
    throw fault("name_taken", "There is an operator with this name already.", "name");
}

/** Keeps at least one admin. */
function checkAdmins(world: World, changing: Operator): void {
  if (changing.role === "admin" && active(world, "admin").length === 1)
    throw fault("last_admin", "This is the last admin. Make another operator an admin first.");
}

export function listOperators(world: World, request: Request<"operators.list">): AnswerOf<"operators.list"> {
  const gone = ({ key }: OperatorDetails) => Number(key.status === "revoked");
  const items = world.operators
    .map((one) => view(world, one))
    .toSorted((a, b) => gone(a) - gone(b) || a.key.name.localeCompare(b.key.name, "en"));
  return page(items, request);
}

export function createOperator(
  world: World,
  request: Request<"operators.create">,
): AnswerOf<"operators.create"> {
  checkName(request.name);
  checkTaken(world, request.name);
  const grants = request.grants ?? ["*"];
  const key = freshKey(world, RESERVED, {
    name: request.name.trim(),
    scopes: [...OWN[request.role], ...grants],
    expires_at: expiryAt(request.expires, world.clock()),
  });
  world.operators.push({ role: request.role, grants, key });
  const reveal = world.mint(key);
  world.touch("key", key.id);
  return { key: world.view(key), reveal };
}

export function updateOperator(
  world: World,
  request: Request<"operators.update">,
): AnswerOf<"operators.update"> {
  const found = operator(world, request.operator);
  checkVersion(found.key, request.version);
  if (request.name !== undefined) {
    checkName(request.name);
    checkTaken(world, request.name, found.key);
    found.key.name = request.name.trim();
  }
  if (request.role !== undefined && request.role !== found.role) {
    checkAdmins(world, found);
    found.role = request.role;
  }
  found.grants = request.grants ?? found.grants;
  found.key.scopes = [...OWN[found.role], ...found.grants];
  if (request.expires !== undefined) found.key.expires_at = expiryAt(request.expires, world.clock());
  changed(world, "key", found.key);
  return view(world, found);
}

export function removeOperator(
  world: World,
  request: Request<"operators.remove">,
): AnswerOf<"operators.remove"> {
  const found = operator(world, request.operator);
  checkVersion(found.key, request.version);
  checkAdmins(world, found);
  found.key.revocation ??= { at: world.now(), by: "dana", reason: "" };
  changed(world, "key", found.key);
  return view(world, found);
}

export function rotateOperator(
  world: World,
  request: Request<"operators.rotate">,
): AnswerOf<"operators.rotate"> {
  const { key } = operator(world, request.operator);
  checkVersion(key, request.version);
  if (world.view(key).old_until !== null) {
    if (request.cut_old !== true) throw fault("rotation_in_grace", "An older token still works.");
    key.secrets = key.secrets.map((secret) =>
      secret.state === "retiring" ? kill(secret, world.now()) : secret,
    );
  }
  if (request.grace !== undefined) key.grace = request.grace;
  const reveal = world.mint(key);
  changed(world, "key", key);
  return { key: world.view(key), old_until: null, reveal };
}

export function currentOperator(world: World): AnswerOf<"operators.current"> {
  const me = world.operators.find(({ key }) => key.id === world.me);
  if (me === undefined) return { actor: "dana", permissions: ["*", "latchkey:*"], operator: null };
  const { id, name, expires_at } = me.key;
  return {
    actor: name,
    permissions: [...OWN[me.role], ...me.grants],
    operator: { id, name, role: me.role, expires_at },
  };
}

interface MadeUp {
  name: string;
  role: OperatorRole;
  grants: string[];
  expires: number | null;
  used: number | null;
  removed?: true;
}

const PEOPLE: MadeUp[] = [
  { name: "Dana Okafor", role: "admin", grants: ["*"], expires: 200 * DAY, used: DAY / 1440 },
  { name: "Release pipeline", role: "issuer", grants: ["posts:*"], expires: 20 * DAY, used: DAY / 8 },
  { name: "Mira Lindqvist", role: "admin", grants: ["*"], expires: null, used: 2 * DAY },
  { name: "Auditor", role: "viewer", grants: [], expires: 60 * DAY, used: null },
  { name: "Sam Whitfield", role: "issuer", grants: ["*"], expires: null, used: 40 * DAY, removed: true },
];

/** Makes operators up; `signedInAs` says in which role the first of them asks. */
export function fillWithOperators(world: World, signedInAs: OperatorRole | null): void {
  const ago = (ms: number) => new Date(world.clock() - ms).toISOString();
  for (const [at, made] of PEOPLE.entries()) {
    const role = at === 0 && signedInAs !== null ? signedInAs : made.role;
    createOperator(world, { name: made.name, role, grants: made.grants });
    const key = world.operators.at(-1)?.key;
    if (key === undefined) continue;
    confirm(world, key, "0s");
    key.created_at = ago(165 * DAY);
    key.expires_at = made.expires === null ? null : ago(-made.expires);
    const last_used_at = made.used === null ? null : ago(made.used);
    const last_used_ip = made.used === null ? null : "10.0.7.31";
    key.usage = { last_used_at, last_used_ip, count: made.used === null ? 0 : 318 };
    if (made.removed === true) key.revocation = { at: ago(39 * DAY), by: "Mira Lindqvist", reason: "" };
    if (at === 0 && signedInAs !== null) world.me = key.id;
  }
  world.reveals.clear();
}
