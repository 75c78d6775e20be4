// The fields of a key: for creating one and for changing one. Holds no submission.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TextField } from "@/app/TextField";
import { FormSection } from "@/app/FormSheet";
import { CidrList, ChipList } from "@/components/ChipList";
import { Combobox } from "@/components/Combobox";
import { ExpiryPicker } from "@/components/ExpiryPicker";
import { Field, FieldGroup } from "@/components/Field";
import { ScopeEditor } from "@/components/ScopeEditor";
import { Segmented } from "@/components/Segmented";
import { Select } from "@/components/Select";
import { useRead } from "@/data/queries";
import { useFields, type FormPart } from "@/data/useFields";
import type { TenantDetails } from "@/generated/TenantDetails";
import { spanWords } from "@/time/format";
import { TenantField } from "./TenantField";
import type { KeyValues } from "./values";

interface KeyFieldsProps extends FormPart<KeyValues> {
  /** The key exists: what it is for cannot be changed, its end is changed elsewhere. */
  existing?: boolean;
}

/** Identity, access, lifetime and limits. */
export function KeyFields({ form, refusal, existing = false }: KeyFieldsProps) {
  const chosen = form.watch("tenant");
  const tenant = useRead("tenants.get", { tenant: chosen }, { enabled: chosen !== "" });
  const known = chosen === "" ? undefined : tenant.data;
  return (
    <>
      <Identity form={form} refusal={refusal} existing={existing} />
      <Access form={form} refusal={refusal} tenant={known} />
      <Lifetime form={form} refusal={refusal} existing={existing} tenant={known} />
    </>
  );
}

function Identity({ form, refusal, existing }: Required<KeyFieldsProps>) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { bind, errorOf } = fields;
  const environment = form.watch("environment");
  const beginning = useBeginning(form.watch("tenant"), environment);
  return (
    <FormSection title={t("create.identity")}>
      {!existing && (
        <TenantField
          {...bind("tenant")}
          onChange={(tenant) => {
            bind("tenant").onChange(tenant);
            form.setValue("role", "");
          }}
        />
      )}
      <TextField
        of={fields}
        name="name"
        label={t("create.name")}
        required
        description={t("create.name_about")}
      />
      {!existing && (
        <FieldGroup
          label={t("create.environment")}
          description={
            beginning === undefined
              ? t(`create.environment_${environment}_about`)
              : t(`create.environment_${environment}`, { beginning })
          }
          error={errorOf("environment")}
        >
          <Segmented
            label={t("create.environment")}
            {...bind("environment")}
            options={(["live", "test"] as const).map((value) => ({
              value,
              label: t(`environment.${value}`),
            }))}
          />
        </FieldGroup>
      )}
      <TextField of={fields} name="owner" label={t("create.owner")} />
      <TextField of={fields} name="notes" label={t("create.notes")} rows={3} />
      <ChipList label={t("create.tags")} placeholder={t("create.tags_placeholder")} {...bind("tags")} />
      <MoreIdentity form={form} refusal={refusal} />
    </FormSection>
  );
}

/** How a tenant's keys begin, as its keys show; nothing while it has none for that environment. */
function useBeginning(tenant: string, environment: "live" | "test"): string | undefined {
  const keys = useRead("keys.list", { tenant, environment, limit: 1 }, { enabled: tenant !== "" });
  const hint = tenant === "" || keys.isPlaceholderData ? undefined : keys.data?.items[0]?.hint;
  return hint?.slice(0, hint.lastIndexOf("_") + 1);
}

/** What few keys need; open when one of them has it. */
function MoreIdentity({ form, refusal }: Pick<KeyFieldsProps, "form" | "refusal">) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const [open] = useState(form.getValues("integration") !== "" || form.getValues("identity") !== "");
  return (
    <details open={open} className="group">
      <summary className="w-fit rounded-tag text-body text-accent-text">{t("create.more")}</summary>
      <div className="mt-3 flex flex-col gap-4">
        <TextField
          of={fields}
          name="integration"
          label={t("create.integration")}
          description={t("create.integration_about")}
        />
        <TextField
          of={fields}
          name="identity"
          label={t("create.user")}
          description={t("create.user_about")}
        />
      </div>
    </details>
  );
}

interface SectionProps extends FormPart<KeyValues> {
  tenant: TenantDetails | undefined;
}

function Access({ form, refusal, tenant }: SectionProps) {
  const { t } = useTranslation();
  const { bind } = useFields(form, refusal);
  const roles = useRead("roles.list", { limit: 500, tenant: tenant?.id }, { enabled: tenant !== undefined });
  const options = (tenant === undefined ? [] : (roles.data?.items ?? [])).map((role) => ({
    value: role.id,
    label: role.name,
    detail: role.description || undefined,
  }));
  const role = bind("role");
  const description = options.find((option) => option.value === role.value)?.detail;
  return (
    <FormSection title={t("create.access")}>
      <FieldGroup label={t("create.grants")}>
        <Segmented
          label={t("create.grants")}
          {...bind("grants")}
          options={(["role", "custom"] as const).map((value) => ({
            value,
            label: t(`create.grants_${value}`),
          }))}
        />
      </FieldGroup>
      {form.watch("grants") === "role" ? (
        <Field label={t("create.role")} required error={role.error} description={description}>
          <Combobox
            options={options}
            value={role.value}
            onChange={role.onChange}
            placeholder={t("create.role_placeholder")}
            nothing={t("create.role_nothing")}
            openLabel={t("create.role_open")}
          />
        </Field>
      ) : (
        <ScopeEditor label={t("create.scopes")} known={tenant?.catalogue ?? []} {...bind("scopes")} />
      )}
      <CidrList label={t("create.ip")} {...bind("ip")} />
    </FormSection>
  );
}

const TIERS = ["", "free", "pro", "business", "enterprise"] as const;
const GRACES = ["1h", "24h", "7d", "30d"] as const;

function Lifetime({ form, refusal, tenant, existing }: SectionProps & { existing: boolean }) {
  const { t } = useTranslation();
  const { bind, errorOf } = useFields(form, refusal);
  const grace = bind("grace");
  const own = tenant?.policy.default_grace;
  const graces: string[] = [...GRACES];
  if (grace.value !== "" && grace.value !== "0s" && !graces.includes(grace.value)) graces.push(grace.value);
  return (
    <FormSection title={t("create.lifetime")}>
      {!existing && (
        <ExpiryPicker
          label={t("create.expires")}
          {...bind("expires")}
          without={tenant?.policy.max_lifetime ? ["never"] : []}
        />
      )}
      <Field label={t("create.tier")} error={errorOf("tier")}>
        <Select
          {...bind("tier")}
          options={TIERS.map((tier) => ({
            value: tier as string,
            label: t(`create.tier_${tier || "none"}`),
          }))}
        />
      </Field>
      <Field label={t("create.grace")} error={grace.error}>
        <Select
          value={grace.value}
          onChange={grace.onChange}
          options={[
            {
              value: "",
              label:
                own === undefined
                  ? t("create.grace_tenant_unknown")
                  : t("create.grace_tenant", { span: spanWords(own) }),
            },
            { value: "0s", label: t("create.grace_now") },
            ...graces.map((span) => ({ value: span, label: spanWords(span) })),
          ]}
        />
      </Field>
    </FormSection>
  );
}
