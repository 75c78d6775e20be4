// Creating a tenant and changing one: name, policy, notes. What a policy may say is Rust's.
import { zodResolver } from "@hookform/resolvers/zod";
import { useNavigate } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { EditSheet } from "@/app/EditSheet";
import { FormSection } from "@/app/FormSheet";
import { TextField } from "@/app/TextField";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { CidrList } from "@/components/ChipList";
import { Checkbox } from "@/components/Checkbox";
import { Field, FieldGroup } from "@/components/Field";
import { Select } from "@/components/Select";
import { TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { usePinned } from "@/data/pinned";
import { perform } from "@/data/queries";
import { useFields, type FormPart } from "@/data/useFields";
import { slugOf } from "@/features/key-form/TenantField";
import type { Profile } from "@/generated/Profile";
import type { TenantDetails } from "@/generated/TenantDetails";
import { usePlatform } from "@/platform/context";
import { TENANT_FIELDS, TENANT_SHOWN, tenantSchema, valuesOf, type TenantValues } from "./values";

const PROFILES: readonly Profile[] = [
  "latchkey",
  "django-tenant",
  "funtime-partner",
  "ticket-003",
  "core-php",
  "chatapi",
];

/** The sheet, while it is open. */
export function TenantSheet() {
  const { shown, times, open, closed } = useLingeringLayer("edit-tenant");
  if (shown === null) return null;
  return <TenantForm key={times} tenant={shown.tenant} open={open} onClosed={closed} />;
}

interface TenantFormProps {
  /** Nothing: a new one. */
  tenant: TenantDetails | null;
  open: boolean;
  onClosed: () => void;
}

function TenantForm({ tenant, open, onClosed }: TenantFormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const platform = usePlatform();
  const close = useLayers((layers) => layers.close);
  const form = useForm<TenantValues>({
    defaultValues: valuesOf(tenant),
    resolver: zodResolver(tenantSchema),
    shouldFocusError: false,
  });
  const create = useChange("tenants.create");
  const update = useChange("tenants.update");
  const change = tenant === null ? create : update;
  const pin = usePinned(tenant, change.error, () =>
    perform(platform, "tenants.get", { tenant: tenant?.id ?? "" }),
  );
  const send = (values: TenantValues, on: TenantDetails | null) => {
    const { slug, profile, ...rest } = values;
    const policy = {
      ...rest,
      default_grace: rest.default_grace.trim(),
      max_grace: rest.max_grace.trim(),
    };
    const lifetime = rest.max_lifetime.trim();
    if (on === null) {
      create.mutate(
        { ...policy, slug: slug.trim(), profile, max_lifetime: lifetime === "" ? undefined : lifetime },
        {
          onSuccess: (made) => {
            close();
            toast.done(t("tenants.done_create"));
            void navigate({ to: "/tenants/$tenantId", params: { tenantId: made.slug } });
          },
        },
      );
    } else {
      update.mutate(
        {
          ...policy,
          tenant: on.id,
          version: on.version,
          max_lifetime: lifetime === "" ? null : lifetime,
        },
        {
          onSuccess: () => {
            close();
            toast.done(t("tenants.done_save"));
          },
        },
      );
    }
  };
  const submit = (on: TenantDetails | null) => void form.handleSubmit((values) => send(values, on))();
  const mode = tenant === null ? "create" : "save";
  return (
    <EditSheet
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={tenant === null ? t("tenants.create_title") : t("tenants.edit_title", { name: tenant.name })}
      description={t("tenants.about")}
      change={change}
      submitWords={t(`tenants.submit_${mode}`)}
      submittingWords={t(`tenants.submitting_${mode}`)}
      form={form}
      pin={pin}
      failed={t(`tenants.${mode}_failed`)}
      fields={TENANT_FIELDS}
      valuesOf={valuesOf}
      facts={TENANT_SHOWN}
      factsTyped={(values) => ({ ...values })}
      onSave={submit}
    >
      <TenantNames form={form} refusal={change.error} fresh={tenant === null} />
      <TenantPolicyFields form={form} refusal={change.error} />
    </EditSheet>
  );
}

type PartProps = FormPart<TenantValues>;

function TenantNames({ form, refusal, fresh }: PartProps & { fresh: boolean }) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { bind, bindText, errorOf } = fields;
  const name = bindText("name");
  const slug = bindText("slug");
  return (
    <FormSection title={t("create.identity")}>
      <Field label={t("tenants.name")} required description={t("tenants.name_about")} error={errorOf("name")}>
        <TextInput
          {...name}
          onChange={(event) => {
            // The short name follows the name until somebody writes one.
            const follows = fresh && slug.value === slugOf(name.value);
            name.onChange(event);
            if (follows) form.setValue("slug", slugOf(event.currentTarget.value));
          }}
        />
      </Field>
      {fresh && (
        <>
          <Field
            label={t("tenants.slug")}
            required
            description={t("tenants.slug_about")}
            error={errorOf("slug")}
          >
            <TextInput {...slug} />
          </Field>
          <Field
            label={t("tenants.profile")}
            description={t("tenants.profile_about")}
            error={errorOf("profile")}
          >
            <Select
              {...bind("profile")}
              options={PROFILES.map((value) => ({ value, label: t(`tenants.profile_${value}`) }))}
            />
          </Field>
        </>
      )}
      <TextField of={fields} name="notes" label={t("tenants.notes")} rows={3} />
    </FormSection>
  );
}

function TenantPolicyFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { bind } = fields;
  const environments = bind("environments");
  const ip = bind("ip_required");
  const reactivate = bind("allow_reactivate");
  return (
    <FormSection title={t("tenants.policy")}>
      <div className="grid grid-cols-2 gap-4">
        <TextField of={fields} name="default_grace" label={t("tenants.default_grace")} />
        <TextField of={fields} name="max_grace" label={t("tenants.max_grace")} />
      </div>
      <p className="m-0 -mt-3 text-meta text-fg-3">{t("tenants.default_grace_about")}</p>
      <TextField
        of={fields}
        name="max_lifetime"
        label={t("tenants.max_lifetime")}
        description={t("tenants.max_lifetime_about")}
      />
      <FieldGroup label={t("tenants.environments")} error={environments.error}>
        <div className="flex gap-4">
          {(["live", "test"] as const).map((one) => (
            <Checkbox
              key={one}
              label={t(`environment.${one}`)}
              checked={environments.value.includes(one)}
              onChange={(on) =>
                environments.onChange(
                  on ? [...environments.value, one] : environments.value.filter((other) => other !== one),
                )
              }
            />
          ))}
        </div>
      </FieldGroup>
      <CidrList label={t("tenants.ip")} about={t("tenants.ip_about")} {...bind("ip")} />
      <div className="flex flex-col gap-1">
        <Checkbox label={t("tenants.ip_required")} checked={ip.value} onChange={ip.onChange} />
        <Checkbox
          label={t("tenants.allow_reactivate")}
          checked={reactivate.value}
          onChange={reactivate.onChange}
        />
      </div>
    </FormSection>
  );
}
