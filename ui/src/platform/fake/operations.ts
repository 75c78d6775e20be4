// What the fake answers to each operation. Only shapes and the most telling refusals are right;
// the rules are Rust's and tested there. Never in the production bundle.
import type { KeyDetails } from "@/generated/KeyDetails";
import type { RoleDetails } from "@/generated/RoleDetails";
import type { SecretDetails } from "@/generated/SecretDetails";
import type { TenantDetails } from "@/generated/TenantDetails";
import type { AnswerOf, OperationName, Request } from "../platform";
import { expiryAt, fault, span, type World } from "./world";

type Operation<N extends OperationName> = (
  world: World,
  request: Request<N>,
) => AnswerOf<N> | Promise<AnswerOf<N>>;

const DEFAULT_POLICY: TenantDetails["policy"] = {
  default_grace: "24h",
  max_grace: "30d",
  max_lifetime: null,
  environments: ["live", "test"],
  ip_required: false,
  allow_reactivate: false,
};

const CATALOGUE = ["posts", "categories", "media", "users"].flatMap((resource) =>
  ["read", "write", "delete"].map((action) => ({
    permission: `${resource}:${action}`,
    description: `${action[0]?.toUpperCase()}${action.slice(1)} ${resource}`,
    category: resource[0]?.toUpperCase() + resource.slice(1),
  })),
);

function page<T>(items: T[], request: { limit?: number; cursor?: string }) {
  const from = Number(request.cursor ?? 0);
  const limit = request.limit ?? 50;
  const next = from + limit < items.length ? String(from + limit) : null;
  return { items: items.slice(from, from + limit), next_cursor: next, total: items.length };
}

function checkName(name: string): void {
  if (name.trim() === "") throw fault("invalid", "Enter a name.", "name");
  if (name.length > 100) throw fault("invalid", `At most 100 characters; this has ${name.length}.`, "name");
}

function checkVersion(
  thing: { version: number; updated_by: string; updated_at: string },
  version?: number,
): void {
  if (version !== undefined && version !== thing.version) {
    const { updated_by: by, updated_at: at } = thing;
    throw {
      ...fault("conflict", `${by} changed this at ${at}. Reload to see it, then try again.`),
      by,
      at,
      version: thing.version,
    };
  }
}

function changed<T extends { version: number; updated_at: string; updated_by: string; id: string }>(
  world: World,
  noun: string,
  thing: T,
): void {
  thing.version += 1;
  thing.updated_at = world.now();
  thing.updated_by = "dana";
  world.touch(noun, thing.id);
}

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

function listKeys(world: World, request: Request<"keys.list">): AnswerOf<"keys.list"> {
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

function issue(world: World, request: Request<"keys.issue">): AnswerOf<"keys.issue"> {
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
  const bad = request.ip?.find((range) => !/^[0-9a-f.:]+(\/\d{1,3})?$/i.test(range));
  if (bad !== undefined)
    throw fault("invalid", `“${bad}” is not an address range. Write 10.0.0.0/8 or 2001:db8::/32.`, "ip");
  const key: KeyDetails = {
    id: world.id("key"),
    tenant: { id: tenant.id, slug: tenant.slug, name: tenant.name },
    name: request.name.trim(),
    notes: request.notes ?? "",
    owner: request.owner ?? "",
    environment: request.environment ?? "live",
    status: "unconfirmed",
    hint: "",
    role: request.role === undefined ? null : { ...world.role(request.role) },
    scopes: request.scopes ?? [],
    permissions: [],
    identity: request.identity ?? null,
    integration: request.integration ?? null,
    tags: request.tags ?? [],
    tier: request.tier ?? null,
    ip: request.ip ?? [],
    grace: request.grace ?? null,
    expires_at: expiryAt(request.expires, world.clock()),
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
  };
  world.keys.push(key);
  const reveal = world.mint(key);
  world.touch("key", key.id);
  return { key: world.view(key), reveal };
}

function kill(secret: SecretDetails, now: string): SecretDetails {
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

function editKey(
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

function updateKey(
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

function rotate(world: World, request: Request<"keys.rotate">): AnswerOf<"keys.rotate"> {
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

function saveTenant(
  world: World,
  tenant: TenantDetails,
  request: Partial<Request<"tenants.update">>,
): TenantDetails {
  const { default_grace, max_grace, max_lifetime, allow_reactivate, ip_required, environments } = request;
  const policy = { default_grace, max_grace, max_lifetime, allow_reactivate, ip_required, environments };
  for (const [field, text] of Object.entries({ default_grace, max_grace })) {
    if (text !== undefined && !/^\d+[smhd]$/.test(text))
      throw fault("invalid", "Write a duration such as 24h, 90d or 15m.", field);
  }
  Object.assign(
    tenant.policy,
    Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined)),
  );
  tenant.name = request.name ?? tenant.name;
  tenant.notes = request.notes ?? tenant.notes;
  changed(world, "tenant", tenant);
  return world.tenantView(tenant);
}

function createTenant(world: World, request: Request<"tenants.create">): TenantDetails {
  checkName(request.name);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(request.slug)) {
    throw fault("invalid", "Use small letters, digits and single hyphens, for example acme.", "slug");
  }
  if (world.tenants.some((tenant) => tenant.slug === request.slug)) {
    throw fault("name_taken", "Another tenant has this short name.", "slug");
  }
  const tenant: TenantDetails = {
    id: world.id("ten"),
    slug: request.slug,
    name: request.name.trim(),
    notes: "",
    profile: request.profile ?? "latchkey",
    policy: { ...DEFAULT_POLICY },
    suspended_at: null,
    created_at: world.now(),
    updated_at: world.now(),
    updated_by: "dana",
    version: 0,
    keys_active: 0,
    keys_total: 0,
    last_used_at: null,
    catalogue: CATALOGUE,
  };
  world.tenants.push(tenant);
  return saveTenant(world, tenant, request);
}

function createRole(world: World, request: Request<"roles.create">): RoleDetails {
  checkName(request.name);
  const tenant = world.tenant(request.tenant);
  if (
    world.roles.some(
      (role) => role.tenant_id === tenant.id && role.name.toLowerCase() === request.name.trim().toLowerCase(),
    )
  ) {
    throw fault("name_taken", `${tenant.name} already has a role with this name.`, "name");
  }
  const role: RoleDetails = {
    id: world.id("rol"),
    number: world.roles.length + 1,
    tenant_id: tenant.id,
    tenant: { id: tenant.id, slug: tenant.slug, name: tenant.name },
    name: request.name.trim(),
    description: request.description ?? "",
    permissions: (request.permissions ?? []).toSorted(),
    keys: 0,
    created_at: world.now(),
    updated_at: world.now(),
    updated_by: "dana",
    version: 0,
  };
  world.roles.push(role);
  changed(world, "role", role);
  return role;
}

function includes(words: string | undefined, ...texts: string[]): boolean {
  return texts
    .join(" ")
    .toLowerCase()
    .includes(words?.toLowerCase() ?? "");
}

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name, "en");

/** Every operation. */
export const OPERATIONS: { [N in OperationName]: Operation<N> } = {
  "tenants.create": createTenant,
  "tenants.list": (world, request) =>
    page(
      world.tenants
        .filter(({ name, slug }) => includes(request.search, name, slug))
        .toSorted(byName)
        .map((tenant) => world.tenantView(tenant)),
      request,
    ),
  "tenants.get": (world, request) => world.tenantView(world.tenant(request.tenant)),
  "tenants.update": (world, request) => {
    const tenant = world.tenant(request.tenant);
    checkVersion(tenant, request.version);
    return saveTenant(world, tenant, request);
  },
  "tenants.suspend": (world, request) => {
    const tenant = world.tenant(request.tenant);
    tenant.suspended_at ??= world.now();
    changed(world, "tenant", tenant);
    return world.tenantView(tenant);
  },
  "tenants.resume": (world, request) => {
    const tenant = world.tenant(request.tenant);
    tenant.suspended_at = null;
    changed(world, "tenant", tenant);
    return world.tenantView(tenant);
  },
  "roles.create": createRole,
  "roles.list": (world, request) => {
    const tenant = request.tenant === undefined ? undefined : world.tenant(request.tenant).id;
    const roles = world.roles.filter(
      (role) => (tenant === undefined || role.tenant_id === tenant) && includes(request.search, role.name),
    );
    return page(
      roles.toSorted(byName).map((role) => world.roleView(role)),
      request,
    );
  },
  "roles.get": (world, request) => world.roleView(world.role(request.role)),
  "roles.update": (world, request) => {
    const role = world.role(request.role);
    checkVersion(role, request.version);
    if (request.name !== undefined) checkName(request.name);
    Object.assign(role, {
      name: request.name ?? role.name,
      description: request.description ?? role.description,
      permissions: request.permissions ?? role.permissions,
    });
    changed(world, "role", role);
    return world.roleView(role);
  },
  "roles.delete": (world, request) => {
    const role = world.roleView(world.role(request.role));
    if (role.keys > 0) throw fault("role_in_use", `This role is used by ${role.keys} keys.`);
    world.roles = world.roles.filter((other) => other.id !== role.id);
    world.touch("role", role.id);
    return role;
  },
  "keys.issue": issue,
  "keys.list": listKeys,
  "keys.get": (world, request) => world.view(world.key(request.key)),
  "keys.update": updateKey,
  "keys.rotate": rotate,
  "keys.confirm": (world, request) => {
    const key = world.key(request.key);
    confirm(world, key, key.grace ?? world.tenant(key.tenant.id).policy.default_grace);
    return world.view(key);
  },
  "keys.remint": (world, request) => {
    const key = world.key(request.key);
    key.secrets = key.secrets.map((secret, at) => (at === 0 ? kill(secret, world.now()) : secret));
    const reveal = world.mint(key);
    changed(world, "key", key);
    return { key: world.view(key), reveal };
  },
  "keys.retire_old": (world, request) =>
    editKey(world, request.key, request.version, (key) => {
      key.secrets = key.secrets.map((secret) =>
        secret.state === "retiring" ? kill(secret, world.now()) : secret,
      );
    }),
  "keys.extend_grace": (world, request) =>
    editKey(world, request.key, request.version, (key) => {
      key.secrets = key.secrets.map((secret) => {
        if (secret.state !== "retiring") return secret;
        const until =
          request.until ?? new Date(Date.parse(secret.until) + span(request.by ?? "24h")).toISOString();
        return { ...secret, until, ended_at: until };
      });
    }),
  "keys.undo_rotation": (world, request) =>
    editKey(world, request.key, request.version, (key) => {
      key.secrets = key.secrets.map((secret) => {
        if (secret.state === "current") return kill(secret, world.now());
        return secret.state === "retiring"
          ? ({ ...secret, state: "current", ended_at: null } as SecretDetails)
          : secret;
      });
    }),
  "keys.revoke": (world, request) =>
    editKey(world, request.key, request.version, (key) => {
      key.revocation ??= { at: world.now(), by: "dana", reason: request.reason ?? "" };
    }),
  "keys.suspend": (world, request) =>
    editKey(world, request.key, request.version, (key) => (key.suspended_at ??= world.now())),
  "keys.resume": (world, request) =>
    editKey(world, request.key, request.version, (key) => (key.suspended_at = null)),
  "keys.reactivate": (world, request) =>
    editKey(world, request.key, request.version, (key) => (key.revocation = null)),
  "keys.find": (world, request) => ({
    items: request.candidates.flatMap((candidate, at) => {
      const key = world.keys.find(({ secrets }) =>
        secrets.some((secret) => candidate.startsWith(secret.hint.slice(0, -1))),
      );
      return key === undefined
        ? []
        : [{ candidate: at, secret_id: key.secrets[0]?.id ?? "", key: world.view(key) }];
    }),
  }),
  "keys.verify": () => {
    throw fault("internal", "The fake verifies nothing.");
  },
  "audit.list": () => ({ items: [], next_cursor: null, total: 0 }),
  "audit.verify": () => ({ intact: true, entries: 0, first_bad: null, head: "" }),
  "changes.since": (world, request) => world.changesSince(request.revision, request.wait_ms ?? 0),
};
