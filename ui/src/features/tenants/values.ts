// What the tenant form holds, and which fields of a tenant a conflict shows. Pure functions.
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
