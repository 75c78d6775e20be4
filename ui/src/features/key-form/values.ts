// What the key form holds, what is wrong with it before anybody is asked, and what of it travels.
// Pure. What a key may be is decided in Rust; here only what is plainly missing is said.
import { z } from "zod";
import type { Facts } from "@/data/differences";
import type { KeyDetails } from "@/generated/KeyDetails";
import { t } from "@/i18n";
import type { Request } from "@/platform/platform";
import { readExpiry, type ExpiryChoice } from "@/time/expiry";

export interface KeyValues {
  tenant: string;
  name: string;
  environment: "live" | "test";
  owner: string;
  notes: string;
  tags: string[];
  integration: string;
  identity: string;
  grants: "role" | "custom";
  role: string;
  scopes: string[];
  ip: string[];
  expires: ExpiryChoice;
  tier: string;
  grace: string;
}

/** A new key's form. */
export function emptyValues(tenant = ""): KeyValues {
  return {
    tenant,
    name: "",
    environment: "live",
    owner: "",
    notes: "",
    tags: [],
    integration: "",
    identity: "",
    grants: "role",
    role: "",
    scopes: [],
    ip: [],
    expires: { kind: "span", span: "90d" },
    tier: "",
    grace: "",
  };
}

/** The form of a key that exists. Its expiry is changed elsewhere. */
export function valuesOf(key: KeyDetails): KeyValues {
  return {
    tenant: key.tenant.id,
    name: key.name,
    environment: key.environment,
    owner: key.owner,
    notes: key.notes,
    tags: key.tags,
    integration: key.integration ?? "",
    identity: key.identity ?? "",
    grants: key.role === null && key.scopes.length > 0 ? "custom" : "role",
    role: key.role?.id ?? "",
    scopes: key.scopes,
    ip: key.ip,
    expires: { kind: "never" },
    tier: key.tier ?? "",
    grace: key.grace ?? "",
  };
}

/** What is missing, said at the field. `now` is asked for when it is needed. */
export function keySchema(now: () => Date) {
  return z.custom<KeyValues>().superRefine((values, context) => {
    const wrong = (field: keyof KeyValues, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    if (values.tenant === "") wrong("tenant", t("create.tenant_missing"));
    if (values.name.trim() === "") wrong("name", t("create.name_missing"));
    if (values.grants === "role" && values.role === "") wrong("role", t("create.role_missing"));
    if (values.grants === "custom" && values.scopes.length === 0) wrong("scopes", t("create.scopes_missing"));
    const expiry = readExpiry(values.expires, now());
    if (!expiry.ok) wrong("expires", expiry.error);
  });
}

/** The request that issues this key; the window confirms it when it is saved. */
export function issueRequest(values: KeyValues, now: Date): Request<"keys.issue"> {
  const expiry = readExpiry(values.expires, now);
  return {
    tenant: values.tenant,
    name: values.name,
    environment: values.environment,
    ...given({
      owner: values.owner,
      notes: values.notes,
      integration: values.integration,
      identity: values.identity,
      tier: values.tier,
      grace: values.grace,
    }),
    ...(values.grants === "role" ? { role: values.role } : { scopes: values.scopes }),
    ip: values.ip,
    tags: values.tags,
    expires: expiry.ok ? expiry.wire : undefined,
    confirm: "later",
  };
}

/** The request that makes `key` what the form says. */
export function updateRequest(key: KeyDetails, values: KeyValues): Request<"keys.update"> {
  const custom = values.grants === "custom";
  return {
    key: key.id,
    version: key.version,
    name: values.name,
    owner: values.owner,
    notes: values.notes,
    tags: values.tags,
    ip: values.ip,
    role: custom || values.role === "" ? null : values.role,
    // A role beside direct scopes stays as it is, unless custom scopes were chosen instead.
    scopes: values.scopes,
    integration: orNull(values.integration),
    identity: orNull(values.identity),
    tier: orNull(values.tier),
    grace: orNull(values.grace),
  };
}

/** What is typed, under the names by which a key shows it; `roles` are those that can be chosen. */
export function typedFacts(values: KeyValues, roles: readonly { id: string; name: string }[]): Facts {
  const { name, notes, owner, scopes, ip, tags, tier, integration, identity, grace } = values;
  const role = values.grants === "custom" ? "" : (roles.find((one) => one.id === values.role)?.name ?? "");
  return { name, notes, owner, role, scopes, ip, tags, tier, integration, identity, grace };
}

/** The form's fields under the names the server uses, for putting refusals where they belong. */
export const KEY_FIELDS: readonly string[] = Object.keys(emptyValues()).filter((field) => field !== "grants");

function given(texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ""));
}

function orNull(text: string): string | null {
  return text.trim() === "" ? null : text;
}
