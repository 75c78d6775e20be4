// The fake's memory: tenants, roles, keys, and how a key looks now. Behaves plausibly, decides
// nothing that a test should rely on: the rules are Rust's. Never in the production bundle.
import type { ErrorCode } from "@/generated/ErrorCode";
import type { KeyDetails } from "@/generated/KeyDetails";
import type { KeyStatus } from "@/generated/KeyStatus";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import type { RoleDetails } from "@/generated/RoleDetails";
import type { SecretDetails } from "@/generated/SecretDetails";
import type { SecurityEvent } from "@/generated/SecurityEvent";
import type { TenantDetails } from "@/generated/TenantDetails";
import type { TenantRef } from "@/generated/TenantRef";
import type { AdminError, Reveal } from "../platform";
import { FakeLine } from "./line";

export const DAY = 86_400_000;
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY };
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/** Thrown by the fake in place of what Rust would answer. */
export function fault(code: ErrorCode, message: string, field?: string): AdminError {
  return { code, message, ...(field === undefined ? {} : { field }), request_id: "req_fake" };
}

/** `24h` in milliseconds. */
export function span(text: string): number {
  const found = /^(\d+)([smhd]?)$/.exec(text);
  if (found === null) throw fault("invalid", `“${text}” is not a duration. Write 90s, 15m, 24h or 7d.`);
  return Number(found[1]) * (UNITS[found[2] === "" ? "s" : (found[2] ?? "s")] ?? 1000);
}

/** The instant an expiry names, at `now`. */
export function expiryAt(text: string | undefined, now: number): string | null {
  if (text === undefined || text === "never") return null;
  const at = /^\d+[smhd]$/.test(text)
    ? now + span(text)
    : /^\d{4}-\d\d-\d\d$/.test(text)
      ? Date.parse(`${text}T00:00:00Z`) + DAY
      : Date.parse(text);
  if (Number.isNaN(at)) throw fault("invalid", "This is no date. Write for example 2027-12-31.", "expires");
  if (at < now + 60_000)
    throw fault("invalid", "This lies in the past. Choose an expiry at least one minute ahead.", "expires");
  return new Date(at).toISOString();
}

/** Whose keys operators' tokens are. */
export const RESERVED: TenantRef = {
  id: "ten_00000000000000000000000000000000",
  slug: "latchkey",
  name: "Latchkey",
};

/** An operator as it is kept: its key as `keys` keeps one. */
export type Operator = OperatorDetails;

/** Everything the fake knows. */
export class World {
  tenants: TenantDetails[] = [];
  roles: RoleDetails[] = [];
  keys: KeyDetails[] = [];
  operators: Operator[] = [];
  /** The operator who asks; nothing where the store's own account does. */
  me: string | null = null;
  events: SecurityEvent[] = [];
  /** Whether anybody ever counted use. */
  gathered = false;
  reveals = new Map<string, { keyId: string; secretId: string; text: string }>();
  readonly line = new FakeLine(() => this.now());
  revision = 1;
  prefix = "acme";
  private ids = 0;
  private seed = 20_261_121;
  private waiting: (() => void)[] = [];
  private touched: { revision: number; noun: string; id: string }[] = [];

  constructor(readonly clock: () => number) {}

  now(): string {
    return new Date(this.clock()).toISOString();
  }

  id(prefix: string): string {
    this.ids += 1;
    return `${prefix}_019ab4f0-7c00-7000-8000-${String(this.ids).padStart(12, "0")}`;
  }

  random(length: number): string {
    let text = "";
    for (let at = 0; at < length; at += 1) {
      this.seed = (this.seed * 48_271) % 2_147_483_647;
      text += LETTERS[this.seed % LETTERS.length];
    }
    return text;
  }

  tenant(selector: string): TenantDetails {
    const found = this.tenants.find((tenant) => tenant.id === selector || tenant.slug === selector);
    if (found === undefined)
      throw fault("not_found", "This tenant does not exist, or you may not see it.", "tenant");
    return found;
  }

  role(selector: string): RoleDetails {
    const found = this.roles.find((role) => role.id === selector || String(role.number) === selector);
    if (found === undefined)
      throw fault("not_found", "This role does not exist, or you may not see it.", "role");
    return found;
  }

  key(id: string): KeyDetails {
    const found = [...this.keys, ...this.operators.map(({ key }) => key)].find((key) => key.id === id);
    if (found === undefined) throw fault("not_found", "This key does not exist, or you may not see it.");
    return found;
  }

  /** Notes a change and wakes whoever waits for one. */
  touch(noun: string, id: string): void {
    this.revision += 1;
    this.touched.push({ revision: this.revision, noun, id });
    for (const wake of this.waiting.splice(0)) wake();
  }

  async changesSince(
    revision: number | undefined,
    waitMs: number,
  ): Promise<{ revision: number; touched: { noun: string; id: string }[] }> {
    if (revision !== undefined && revision === this.revision && waitMs > 0) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
        setTimeout(resolve, waitMs);
      });
    }
    const since = revision ?? this.revision;
    const touched = this.touched
      .filter((item) => item.revision > since)
      .map(({ noun, id }) => ({ noun, id }));
    return { revision: this.revision, touched };
  }

  /** How long an old secret works after a rotation when nobody says. */
  graceOf(key: KeyDetails): string {
    if (key.grace !== null) return key.grace;
    return key.tenant.id === RESERVED.id ? "24h" : this.tenant(key.tenant.id).policy.default_grace;
  }

  /** A key as it looks now. */
  view(key: KeyDetails): KeyDetails {
    const now = this.clock();
    const secrets = key.secrets.map((secret): SecretDetails => {
      if ("until" in secret && Date.parse(secret.until) <= now) {
        return { ...secret, state: "dead", ended_at: secret.until } as SecretDetails;
      }
      return secret;
    });
    const retiring = secrets.find((secret) => secret.state === "retiring");
    const current = secrets.find((secret) => secret.state === "current");
    const own = key.tenant.id === RESERVED.id;
    const tenant = own ? null : this.tenant(key.tenant.id);
    const role = key.role === null ? null : this.role(key.role.id);
    return {
      ...key,
      tenant: tenant === null ? RESERVED : { id: tenant.id, slug: tenant.slug, name: tenant.name },
      role: role === null ? null : { id: role.id, number: role.number, name: role.name },
      permissions: [...new Set([...(role?.permissions ?? []), ...key.scopes])].toSorted(),
      secrets,
      status: this.statusOf(key, secrets, now),
      hint: (current ?? secrets[0])?.hint ?? "",
      tenant_suspended: tenant !== null && tenant.suspended_at !== null,
      reactivable:
        key.revocation !== null &&
        key.revocation.reason !== "leaked" &&
        tenant?.policy.allow_reactivate === true,
      old_until: retiring !== undefined && "until" in retiring ? retiring.until : null,
      unsaved: key.revocation === null && secrets[0]?.confirmed_at === null && secrets[0]?.ended_at === null,
    };
  }

  private statusOf(key: KeyDetails, secrets: SecretDetails[], now: number): KeyStatus {
    const any = (state: string) => secrets.some((secret) => secret.state === state);
    const ends = key.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(key.expires_at);
    if (key.revocation !== null) return "revoked";
    if (key.suspended_at !== null) return "suspended";
    if (ends <= now) return "expired";
    if (any("retiring")) return "rotating";
    if (!any("current")) return "unconfirmed";
    return ends <= now + 30 * DAY ? "expiring" : "active";
  }

  tenantView(tenant: TenantDetails): TenantDetails {
    const keys = this.keys.filter((key) => key.tenant.id === tenant.id).map((key) => this.view(key));
    const active = keys.filter((key) => ["active", "expiring", "rotating"].includes(key.status));
    const used = keys
      .map((key) => key.usage.last_used_at ?? "")
      .toSorted()
      .at(-1);
    return {
      ...tenant,
      keys_active: active.length,
      keys_total: keys.length,
      last_used_at: used === "" ? null : (used ?? null),
    };
  }

  roleView(role: RoleDetails): RoleDetails {
    return { ...role, keys: this.keys.filter((key) => key.role?.id === role.id).length };
  }

  /** A fresh secret of `key`, unconfirmed, with its reveal slot. */
  mint(key: KeyDetails): Reveal {
    const head = key.tenant.id === RESERVED.id ? "lka_" : `${this.prefix}_${key.environment}_`;
    const publicId = this.random(6);
    const until = new Date(this.clock() + 15 * 60_000).toISOString();
    const secret: SecretDetails = {
      id: this.id("sec"),
      hint: `${head}${publicId}…`,
      state: "unconfirmed",
      until,
      created_at: this.now(),
      confirmed_at: null,
      ended_at: null,
      usage: { last_used_at: null, last_used_ip: null, count: 0 },
    };
    key.secrets = [secret, ...key.secrets];
    const handle = this.id("rev");
    this.reveals.clear();
    this.reveals.set(handle, { keyId: key.id, secretId: secret.id, text: head + publicId + this.random(26) });
    return { handle, preview: `${head}${publicId}${"•".repeat(26)}`, until };
  }
}
