// What the tenant form holds, what is wrong with it before it is sent, and which fields of a tenant a conflict
// shows. Pure functions.
import { z } from "zod";
import type { ShownFacts } from "@/app/PinnedOutcome";
import type { Environment } from "@/generated/Environment";
import type { Profile } from "@/generated/Profile";
import type { TenantDetails } from "@/generated/TenantDetails";
import { t } from "@/i18n";

export interface TenantValues {
  name: string;
  slug: string;
  profile: Profile;
  notes: string;
  default_grace: string;
  max_grace: string;
  max_lifetime: string;
  environments: Environment[];
  ip_required: boolean;
  ip: string[];
  allow_reactivate: boolean;
}

/** The form of a tenant, or of a new one. */
export function valuesOf(tenant: TenantDetails | null): TenantValues {
  return {
    name: tenant?.name ?? "",
    slug: tenant?.slug ?? "",
    profile: tenant?.profile ?? "latchkey",
    notes: tenant?.notes ?? "",
    default_grace: tenant?.policy.default_grace ?? "24h",
    max_grace: tenant?.policy.max_grace ?? "30d",
    max_lifetime: tenant?.policy.max_lifetime ?? "",
    environments: tenant?.policy.environments ?? ["live", "test"],
    ip_required: tenant?.policy.ip_required ?? false,
    ip: tenant?.policy.ip ?? [],
    allow_reactivate: tenant?.policy.allow_reactivate ?? false,
  };
}

/** What people set, now and later. */
const SET = [
  "name",
  "notes",
  "default_grace",
  "max_grace",
  "max_lifetime",
  "environments",
  "ip_required",
  "ip",
  "allow_reactivate",
] as const;

/** The fields of the form, for putting refusals where they belong. */
export const TENANT_FIELDS = ["slug", "profile", ...SET];

const SPAN = /^\d{1,7}[smhd]?$/;

/** What is missing or cannot be read, said at the field. */
export const tenantSchema = z.custom<TenantValues>().superRefine((values, context) => {
  const wrong = (field: keyof TenantValues, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (values.name.trim() === "") wrong("name", t("tenants.name_missing"));
  if (values.slug.trim() === "") wrong("slug", t("tenants.slug_missing"));
  for (const field of ["default_grace", "max_grace", "max_lifetime"] as const) {
    const empty = values[field].trim() === "" && field === "max_lifetime";
    if (!empty && !SPAN.test(values[field].trim())) wrong(field, t("tenants.span_malformed"));
  }
  if (values.environments.length === 0) wrong("environments", t("tenants.environments_missing"));
});

/** A tenant as a conflict shows it: what people set, and whether its keys are accepted. */
export const TENANT_SHOWN: ShownFacts<TenantDetails> = {
  fields: [...SET, "status"],
  of: (tenant) => ({
    ...valuesOf(tenant),
    status: t(`status.${tenant.suspended_at === null ? "active" : "suspended"}`),
  }),
  label: (field) => {
    const known = SET.find((one) => one === field);
    return known === undefined ? t("conflict.status") : t(`tenants.${known}`);
  },
};
