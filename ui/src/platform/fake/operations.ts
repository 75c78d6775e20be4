// What the fake answers to each operation. Only shapes and the most telling refusals are right;
// the rules are Rust's and tested there. Never in the production bundle.
import type { RoleDetails } from "@/generated/RoleDetails";
import type { SecretDetails } from "@/generated/SecretDetails";
import type { TenantDetails } from "@/generated/TenantDetails";
import type { AnswerOf, OperationName, Request } from "../platform";
import { changed, checkName, checkRanges, checkVersion, page } from "./checks";
import { confirm, editKey, issue, kill, listKeys, rotate, updateKey } from "./keys";
import {
  createOperator,
  currentOperator,
  listOperators,
  removeOperator,
  rotateOperator,
  updateOperator,
} from "./operators";
import { listEvents, usage } from "./watching";
import { fault, span, type World } from "./world";

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
  ip: [],
};

const CATALOGUE = ["posts", "categories", "media", "users"].flatMap((resource) =>
  ["read", "write", "delete"].map((action) => ({
    permission: `${resource}:${action}`,
    description: `${action[0]?.toUpperCase()}${action.slice(1)} ${resource}`,
    category: resource[0]?.toUpperCase() + resource.slice(1),
  })),
);

function saveTenant(
  world: World,
  tenant: TenantDetails,
  request: Partial<Request<"tenants.update">>,
): TenantDetails {
  const { default_grace, max_grace, max_lifetime, allow_reactivate, ip_required, environments, ip } = request;
  const policy = { default_grace, max_grace, max_lifetime, allow_reactivate, ip_required, environments, ip };
  checkRanges(ip);
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
    confirm(world, key, world.graceOf(key));
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
  "operators.list": listOperators,
  "operators.create": createOperator,
  "operators.update": updateOperator,
  "operators.remove": removeOperator,
  "operators.rotate": rotateOperator,
  "operators.current": currentOperator,
  "events.list": listEvents,
  "usage.get": usage,
  "audit.list": () => ({ items: [], next_cursor: null, total: 0 }),
  "audit.verify": () => ({ intact: true, entries: 0, first_bad: null, head: "" }),
  "changes.since": (world, request) => world.changesSince(request.revision, request.wait_ms ?? 0),
  "changes.made": (world, request) => ({ made: world.line.became(request.idempotency_key) }),
};
