// Made-up tenants, roles and keys for the mock bundle and for tests: one key in every status.
// Never in the production bundle.
import type { SecretDetails } from "@/generated/SecretDetails";
import { confirm } from "./keys";
import { OPERATIONS } from "./operations";
import { fillWithOperators } from "./operators";
import { fillWithEvents } from "./watching";
import { DAY, type World } from "./world";
import type { OperatorRole } from "@/generated/OperatorRole";

const ROLES: [string, string[]][] = [
  ["Read only", ["posts:read", "categories:read", "media:read"]],
  ["Integration", ["posts:read", "posts:write", "media:*"]],
  ["Billing", ["users:read"]],
  ["Full access", ["*"]],
];

const HOUR = DAY / 24;

interface Made {
  name: string;
  tenant: string;
  role: string;
  expires: number | null;
  used: number | null;
  fate?: "revoked" | "suspended" | "rotating" | "unconfirmed";
  test?: boolean;
}

const KEYS: Made[] = [
  { name: "n8n production", tenant: "acme", role: "Integration", expires: 212 * DAY, used: DAY / 720 },
  { name: "Mobile app", tenant: "acme", role: "Read only", expires: 5 * DAY, used: HOUR / 4 },
  { name: "Billing webhook", tenant: "globex", role: "Billing", expires: null, used: 1.2 * HOUR },
  {
    name: "CI deploy",
    tenant: "acme",
    role: "Integration",
    expires: 90 * DAY,
    used: 3 * HOUR,
    fate: "rotating",
  },
  { name: "Partner sync", tenant: "initech", role: "Read only", expires: 41 * DAY, used: 30 * HOUR },
  { name: "Load test", tenant: "globex", role: "Full access", expires: 12 * HOUR, used: null, test: true },
  { name: "Legacy export", tenant: "initech", role: "Read only", expires: -70 * DAY, used: 94 * DAY },
  {
    name: "Contractor laptop",
    tenant: "acme",
    role: "Integration",
    expires: null,
    used: 6 * DAY,
    fate: "revoked",
  },
  { name: "Search indexer", tenant: "umbrella", role: "Read only", expires: 301 * DAY, used: 8000 },
  { name: "Status page", tenant: "umbrella", role: "Read only", expires: null, used: 31_000 },
  {
    name: "Staging crawler",
    tenant: "umbrella",
    role: "Read only",
    expires: 60 * DAY,
    used: 2 * DAY,
    fate: "suspended",
  },
  {
    name: "Data warehouse",
    tenant: "globex",
    role: "Read only",
    expires: 90 * DAY,
    used: null,
    fate: "unconfirmed",
  },
];

/** Fills the world. `more` adds as many plain keys, for long lists; `signedInAs` makes it a server's. */
export function fillWithSamples(world: World, more = 0, signedInAs: OperatorRole | null = null): void {
  for (const [slug, name] of [
    ["acme", "ACME Corp"],
    ["globex", "Globex"],
    ["initech", "Initech"],
    ["umbrella", "Umbrella Labs"],
  ] as const) {
    void OPERATIONS["tenants.create"](world, { slug, name, allow_reactivate: slug === "acme" });
    for (const [role, permissions] of ROLES) {
      void OPERATIONS["roles.create"](world, { tenant: slug, name: role, permissions, description: "" });
    }
  }
  const extra = Array.from({ length: more }, (_, at): Made => ({
    name: `Worker ${String(at + 1).padStart(4, "0")}`,
    tenant: ["acme", "globex", "initech", "umbrella"][at % 4] ?? "acme",
    role: "Read only",
    expires: (40 + at) * DAY,
    used: at * HOUR,
  }));
  for (const made of [...KEYS, ...extra]) make(world, made);
  fillWithOperators(world, signedInAs);
  fillWithEvents(world);
  world.gathered = true;
  world.reveals.clear();
}

function make(world: World, made: Made): void {
  const tenant = world.tenant(made.tenant);
  const role = world.roles.find((one) => one.tenant_id === tenant.id && one.name === made.role);
  void OPERATIONS["keys.issue"](world, {
    tenant: tenant.id,
    name: made.name,
    role: role?.id,
    environment: made.test ? "test" : "live",
  });
  const key = world.keys.at(-1);
  if (key === undefined) return;
  const ago = (ms: number) => new Date(world.clock() - ms).toISOString();
  key.expires_at = made.expires === null ? null : ago(-made.expires);
  key.created_at = ago(120 * DAY);
  const used = made.used === null ? null : ago(made.used);
  key.usage = {
    last_used_at: used,
    last_used_ip: used === null ? null : "10.0.4.12",
    count: used === null ? 0 : 4211,
  };
  if (made.fate === "unconfirmed") return;
  confirm(world, key, "0s");
  key.secrets = key.secrets.map((secret) => ({ ...secret, created_at: key.created_at, usage: key.usage }));
  if (made.fate === "rotating") {
    world.mint(key);
    confirm(world, key, "22h");
    // The new one was taken over in part: the old one is still used, from elsewhere.
    const seen = { ...key.usage, last_used_ip: "10.0.4.40", count: 1893 };
    key.secrets = key.secrets.map((secret, at): SecretDetails => ({
      ...secret,
      created_at: at === 0 ? ago(8 * HOUR) : key.created_at,
      confirmed_at: at === 0 ? ago(8 * HOUR) : key.created_at,
      usage: at === 0 ? key.usage : seen,
    }));
  }
  if (made.fate === "revoked") key.revocation = { at: ago(5 * DAY), by: "dana", reason: "owner left" };
  if (made.fate === "suspended") key.suspended_at = ago(DAY);
}
