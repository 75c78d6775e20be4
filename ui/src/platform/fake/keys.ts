// What the fake answers about keys. Only shapes and the most telling refusals are right.
// Never in the production bundle.
import type { KeyDetails } from "@/generated/KeyDetails";
import type { SecretDetails } from "@/generated/SecretDetails";
import type { AnswerOf, Request } from "../platform";
import { changed, checkName, checkRanges, checkVersion, page } from "./checks";
import { expiryAt, fault, span, type World } from "./world";

const SORTS: Record<string, (a: KeyDetails, b: KeyDetails) => number> = {
  name: (a, b) => a.name.localeCompare(b.name, "en"),
  name_desc: (a, b) => b.name.localeCompare(a.name, "en"),
  created: (a, b) => b.created_at.localeCompare(a.created_at),
  created_asc: (a, b) => a.created_at.localeCompare(b.created_at),
  expires: (a, b) => (a.expires_at ?? "9").localeCompare(b.expires_at ?? "9"),
  expires_desc: (a, b) => (b.expires_at ?? "0").localeCompare(a.expires_at ?? "0"),
  last_used: (a, b) => (b.usage.last_used_at ?? "0").localeCompare(a.usage.last_used_at ?? "0"),
  last_used_asc: (a, b) => (a.usage.last_used_at ?? "9").localeCompare(b.usage.last_used_at ?? "9"),
};

export function listKeys(world: World, request: Request<"keys.list">): AnswerOf<"keys.list"> {
  const words = request.search?.toLowerCase() ?? "";
  const tenant = request.tenant === undefined ? undefined : world.tenant(request.tenant).id;
  const role = request.role === undefined ? undefined : world.role(request.role).id;
  const items = world.keys
    .map((key) => world.view(key))
    .filter((key) =>
      `${key.name} ${key.tenant.name} ${key.tenant.slug} ${key.hint}`.toLowerCase().includes(words),
    )
    .filter((key) => tenant === undefined || key.tenant.id === tenant)
    .filter((key) => role === undefined || key.role?.id === role)
    .filter((key) => request.environment === undefined || key.environment === request.environment)
    .filter((key) => !request.status?.length || request.status.includes(key.status))
    .filter(
      (key) =>
        request.expires_before === undefined ||
        (key.expires_at !== null && key.expires_at < request.expires_before),
    )
    .toSorted(SORTS[request.sort ?? "name"]);
  return page(items, request);
}

export function issue(world: World, request: Request<"keys.issue">): AnswerOf<"keys.issue"> {
  checkName(request.name);
  const tenant = world.tenant(request.tenant);
  if (
    world.keys.some(
      (key) =>
        key.tenant.id === tenant.id &&
        key.name.toLowerCase() === request.name.trim().toLowerCase() &&
        key.revocation === null,
    )
  ) {
    throw fault("name_taken", `${tenant.name} already has a key with this name.`, "name");
  }
  checkRanges(request.ip);
  const key = freshKey(world, tenant, {
    name: request.name.trim(),
    notes: request.notes ?? "",
    owner: request.owner ?? "",
    environment: request.environment ?? "live",
    role: request.role === undefined ? null : { ...world.role(request.role) },
    scopes: request.scopes ?? [],
    identity: request.identity ?? null,
    integration: request.integration ?? null,
    tags: request.tags ?? [],
    tier: request.tier ?? null,
    ip: request.ip ?? [],
    grace: request.grace ?? null,
    expires_at: expiryAt(request.expires, world.clock()),
  });
  world.keys.push(key);
  const reveal = world.mint(key);
  world.touch("key", key.id);
  return { key: world.view(key), reveal };
}

/** A key as it begins, without a secret. */
export function freshKey(
  world: World,
  { id, slug, name }: KeyDetails["tenant"],
  given: Partial<KeyDetails> & Pick<KeyDetails, "name">,
): KeyDetails {
  return {
    id: world.id("key"),
    tenant: { id, slug, name },
    notes: "",
    owner: "",
    environment: "live",
    status: "unconfirmed",
    hint: "",
    role: null,
    scopes: [],
    permissions: [],
    identity: null,
    integration: null,
    tags: [],
    tier: null,
    ip: [],
    grace: null,
    expires_at: null,
    suspended_at: null,
    tenant_suspended: false,
    revocation: null,
    reactivable: false,
    old_until: null,
    unsaved: true,
    created_at: world.now(),
    created_by: "dana",
    updated_at: world.now(),
    updated_by: "dana",
    version: 1,
    usage: { last_used_at: null, last_used_ip: null, count: 0 },
    secrets: [],
    ...given,
  };
}

export function kill(secret: SecretDetails, now: string): SecretDetails {
  return { ...secret, state: "dead", ended_at: now } as SecretDetails;
}

/** The newest secret counts as saved: the one before starts its grace. */
export function confirm(world: World, key: KeyDetails, grace: string): void {
  const now = world.clock();
  const until = new Date(now + span(grace)).toISOString();
  key.secrets = key.secrets.map((secret, at) => {
    if (at === 0) return { ...secret, state: "current", confirmed_at: world.now() } as SecretDetails;
    if (secret.state !== "current") return secret;
    return span(grace) === 0
      ? kill(secret, world.now())
      : ({ ...secret, state: "retiring", until, ended_at: until } as SecretDetails);
  });
  changed(world, "key", key);
}

export function editKey(
  world: World,
  id: string,
  version: number | undefined,
  edit: (key: KeyDetails) => void,
): KeyDetails {
  const key = world.key(id);
  checkVersion(key, version);
  edit(key);
  changed(world, "key", key);
  return world.view(key);
}

export function updateKey(
  world: World,
  { key: id, version, expires, role, ...fields }: Request<"keys.update">,
): KeyDetails {
  if (fields.name !== undefined) checkName(fields.name);
  return editKey(world, id, version, (key) => {
    Object.assign(key, fields);
    if (expires !== undefined) key.expires_at = expiryAt(expires, world.clock());
    if (role !== undefined) key.role = role === null ? null : { ...world.role(role) };
  });
}

export function rotate(world: World, request: Request<"keys.rotate">): AnswerOf<"keys.rotate"> {
  const key = world.key(request.key);
  checkVersion(key, request.version);
  if (world.view(key).old_until !== null && request.cut_old !== true) {
    throw fault(
      "rotation_in_grace",
      "This key is being rotated. End the current grace period first, or extend it.",
    );
  }
  if (request.grace !== undefined) key.grace = request.grace;
  const reveal = world.mint(key);
  changed(world, "key", key);
  return { key: world.view(key), old_until: null, reveal };
}
