// Creating a tenant and changing one: name, policy, notes. What a policy may say is Rust's.
import { zodResolver } from "@hookform/resolvers/zod";
import { useNavigate } from "@tanstack/react-router";
import { useForm, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { ChangeOutcome } from "@/app/ChangeOutcome";
import { FormConflict } from "@/app/FormConflict";
import { FormSection, FormSheet } from "@/app/FormSheet";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { CidrList } from "@/components/ChipList";
import { Checkbox } from "@/components/Checkbox";
import { Field, FieldGroup } from "@/components/Field";
import { Select } from "@/components/Select";
import { TextArea, TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import { formError } from "@/data/errors";
import { useChange } from "@/data/change";
import { usePinned, type Pinned } from "@/data/pinned";
import { perform } from "@/data/queries";
import { useFields } from "@/data/useFields";
import { slugOf } from "@/features/key-form/TenantField";
import type { Profile } from "@/generated/Profile";
import type { TenantDetails } from "@/generated/TenantDetails";
import { t as words } from "@/i18n";
import { usePlatform } from "@/platform/context";
import type { AdminError } from "@/platform/platform";
import { TENANT_SHOWN, valuesOf, type TenantValues } from "./values";

const PROFILES: readonly Profile[] = [
  "latchkey",
  "django-tenant",
  "funtime-partner",
  "ticket-003",
  "core-php",
  "chatapi",
];
const FIELDS = [
  "name",
  "slug",
  "profile",
  "notes",
  "default_grace",
  "max_grace",
  "max_lifetime",
  "environments",
  "ip_required",
  "ip",
  "allow_reactivate",
];
const SPAN = /^\d{1,7}[smhd]?$/;

/** The sheet, while it is open. */
export function TenantSheet() {
  const { shown, times, open, closed } = useLingeringLayer("edit-tenant");
  if (shown === null) return null;
  return <TenantForm key={times} tenant={shown.tenant} open={open} onClosed={closed} />;
}

const schema = z.custom<TenantValues>().superRefine((values, context) => {
  const wrong = (field: keyof TenantValues, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (values.name.trim() === "") wrong("name", words("tenants.name_missing"));
  if (values.slug.trim() === "") wrong("slug", words("tenants.slug_missing"));
  for (const field of ["default_grace", "max_grace", "max_lifetime"] as const) {
    const empty = values[field].trim() === "" && field === "max_lifetime";
    if (!empty && !SPAN.test(values[field].trim())) wrong(field, words("tenants.span_malformed"));
  }
  if (values.environments.length === 0) wrong("environments", words("tenants.environments_missing"));
});

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
    resolver: zodResolver(schema),
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
    <FormSheet
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={tenant === null ? t("tenants.create_title") : t("tenants.edit_title", { name: tenant.name })}
      description={t("tenants.about")}
      dirty={form.formState.isDirty}
      change={change}
      submitWords={t(`tenants.submit_${mode}`)}
      submittingWords={t(`tenants.submitting_${mode}`)}
      onSubmit={() => submit(pin.pinned)}
      notice={
        <ChangeOutcome
          className="mx-6 my-4"
          title={t(`tenants.${mode}_failed`)}
          change={change}
          error={formError(change.error, FIELDS)}
          conflict={
            change.error !== null &&
            tenant !== null && (
              <FormConflict
                error={change.error}
                form={form}
                pin={pin as Pinned<TenantDetails>}
                valuesOf={valuesOf}
                facts={TENANT_SHOWN}
                factsTyped={(values) => ({ ...values })}
                onTaken={change.reset}
                onSave={submit}
              />
            )
          }
        />
      }
    >
      <TenantNames form={form} refusal={change.error} fresh={tenant === null} />
      <TenantPolicyFields form={form} refusal={change.error} />
    </FormSheet>
  );
}

interface PartProps {
  form: UseFormReturn<TenantValues>;
  refusal: AdminError | null;
}

function TenantNames({ form, refusal, fresh }: PartProps & { fresh: boolean }) {
  const { t } = useTranslation();
  const { bind, bindText, errorOf } = useFields(form, refusal);
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
      <Field label={t("tenants.notes")} error={errorOf("notes")}>
        <TextArea {...bindText("notes")} />
      </Field>
    </FormSection>
  );
}

function TenantPolicyFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const { bind, bindText, errorOf } = useFields(form, refusal);
  const environments = bind("environments");
  const ip = bind("ip_required");
  const reactivate = bind("allow_reactivate");
  return (
    <FormSection title={t("tenants.policy")}>
      <div className="grid grid-cols-2 gap-4">
        <Field label={t("tenants.default_grace")} error={errorOf("default_grace")}>
          <TextInput {...bindText("default_grace")} />
        </Field>
        <Field label={t("tenants.max_grace")} error={errorOf("max_grace")}>
          <TextInput {...bindText("max_grace")} />
        </Field>
      </div>
      <p className="m-0 -mt-3 text-meta text-fg-3">{t("tenants.default_grace_about")}</p>
      <Field
        label={t("tenants.max_lifetime")}
        description={t("tenants.max_lifetime_about")}
        error={errorOf("max_lifetime")}
      >
        <TextInput {...bindText("max_lifetime")} />
      </Field>
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
