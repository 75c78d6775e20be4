// Creating a role, from a template or empty, and changing one, with the line that says how many
// keys change with it. What a role may grant is Rust's.
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { EditSheet } from "@/app/EditSheet";
import { TextField } from "@/app/TextField";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { Field } from "@/components/Field";
import { ScopeEditor } from "@/components/ScopeEditor";
import { permissionDiff } from "@/components/scopes";
import { Select } from "@/components/Select";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { usePinned } from "@/data/pinned";
import { perform, useRead } from "@/data/queries";
import { useFields, type FormPart } from "@/data/useFields";
import { TenantField } from "@/features/key-form/TenantField";
import type { RoleDetails } from "@/generated/RoleDetails";
import { ROLE_TEMPLATES } from "@/generated/templates";
import { t as words } from "@/i18n";
import { usePlatform } from "@/platform/context";
import { ROLE_SHOWN } from "./roleFacts";

interface RoleValues {
  tenant: string;
  name: string;
  description: string;
  permissions: string[];
}

const FIELDS = ["tenant", "name", "description", "permissions"];

const schema = z.custom<RoleValues>().superRefine((values, context) => {
  const wrong = (field: keyof RoleValues, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (values.tenant === "") wrong("tenant", words("roles.tenant_missing"));
  if (values.name.trim() === "") wrong("name", words("roles.name_missing"));
});

/** The sheet, while it is open. */
export function RoleSheet() {
  const { shown, times, open, closed } = useLingeringLayer("edit-role");
  if (shown === null) return null;
  return <RoleForm key={times} role={shown.role} tenant={shown.tenant} open={open} onClosed={closed} />;
}

function roleValues({ tenant, name, description, permissions }: RoleDetails): RoleValues {
  return { tenant: tenant.id, name, description, permissions };
}

interface RoleFormProps {
  /** Nothing: a new one. */
  role: RoleDetails | null;
  /** The tenant a new one is proposed for. */
  tenant: string | undefined;
  open: boolean;
  onClosed: () => void;
}

function RoleForm({ role, tenant, open, onClosed }: RoleFormProps) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const close = useLayers((layers) => layers.close);
  const preset = useRead(
    "tenants.get",
    { tenant: tenant ?? "" },
    { enabled: role === null && tenant !== undefined },
  );
  const values: RoleValues =
    role === null
      ? {
          tenant: tenant === undefined ? "" : (preset.data?.id ?? ""),
          name: "",
          description: "",
          permissions: [],
        }
      : roleValues(role);
  const form = useForm<RoleValues>({
    defaultValues: values,
    values,
    resetOptions: { keepDirtyValues: true },
    resolver: zodResolver(schema),
    shouldFocusError: false,
  });
  const create = useChange("roles.create");
  const update = useChange("roles.update");
  const change = role === null ? create : update;
  const done = (message: string) => () => {
    close();
    toast.done(message);
  };
  const pin = usePinned(role, change.error, () => perform(platform, "roles.get", { role: role?.id ?? "" }));
  const submit = (on: RoleDetails | null) =>
    void form.handleSubmit(({ tenant: chosen, ...rest }) => {
      if (on === null)
        create.mutate({ ...rest, tenant: chosen }, { onSuccess: done(t("roles.done_create")) });
      else
        update.mutate(
          { ...rest, role: on.id, version: on.version },
          { onSuccess: done(t("roles.done_save")) },
        );
    })();
  const mode = role === null ? "create" : "save";
  return (
    <EditSheet
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={role === null ? t("roles.create_title") : t("roles.edit_title", { name: role.name })}
      description={t("roles.empty")}
      change={change}
      submitWords={t(`roles.submit_${mode}`)}
      submittingWords={t(`roles.submitting_${mode}`)}
      form={form}
      pin={pin}
      failed={t(`roles.${mode}_failed`)}
      fields={FIELDS}
      valuesOf={roleValues}
      facts={ROLE_SHOWN}
      factsTyped={(typed) => ({ ...typed })}
      onSave={submit}
    >
      <RoleFields form={form} refusal={change.error} role={pin.pinned} />
    </EditSheet>
  );
}

interface RoleFieldsProps extends FormPart<RoleValues> {
  role: RoleDetails | null;
}

function RoleFields({ form, refusal, role }: RoleFieldsProps) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { bind } = fields;
  const chosen = form.watch("tenant");
  const tenant = useRead("tenants.get", { tenant: chosen }, { enabled: chosen !== "" });
  return (
    <>
      {role === null && (
        <>
          <TenantField existingOnly {...bind("tenant")} />
          <Templates form={form} />
        </>
      )}
      <TextField of={fields} name="name" label={t("roles.name")} required />
      <TextField of={fields} name="description" label={t("roles.description")} rows={2} />
      <ScopeEditor
        label={t("roles.scopes")}
        known={chosen === "" ? [] : (tenant.data?.catalogue ?? [])}
        {...bind("permissions")}
      />
      {role !== null && <Impact role={role} permissions={form.watch("permissions")} />}
    </>
  );
}

/** Buttons that fill the form in. */
function Templates({ form }: { form: UseFormReturn<RoleValues> }) {
  const { t } = useTranslation();
  const [name, permissions] = form.watch(["name", "permissions"]);
  const current = ROLE_TEMPLATES.find(
    (one) => one.name === name && one.permissions.toSorted().join() === permissions.toSorted().join(),
  );
  const fill = (wanted: string) => {
    const template = ROLE_TEMPLATES.find((one) => one.name === wanted);
    const options = { shouldDirty: true, shouldValidate: form.formState.isSubmitted };
    form.setValue("name", template?.name ?? "", options);
    form.setValue("description", template?.description ?? "", options);
    form.setValue("permissions", template?.permissions ?? [], options);
  };
  return (
    <Field label={t("roles.template")} description={t("roles.template_about")}>
      <Select
        value={current?.name ?? ""}
        onChange={fill}
        options={[
          { value: "", label: t("roles.template_none") },
          ...ROLE_TEMPLATES.map((one) => ({ value: one.name, label: one.name, detail: one.description })),
        ]}
      />
    </Field>
  );
}

/** What saving changes, and for how many keys. */
function Impact({ role, permissions }: { role: RoleDetails; permissions: string[] }) {
  const { t } = useTranslation();
  const { added, removed } = permissionDiff(role.permissions, permissions);
  if (added.length + removed.length === 0) return null;
  const signs = [...added.map((one) => `+${one}`), ...removed.map((one) => `-${one}`)];
  return (
    <section aria-label={t("roles.changes")} className="rounded-control bg-warn-tint px-3 py-2 text-warn">
      <p role="status" className="m-0 font-medium">
        {role.keys === 0
          ? t("roles.impact_none")
          : t("roles.impact", { count: role.keys, diff: signs.join(", ") })}
      </p>
      <ul className="secret-text m-0 mt-1 list-none p-0 text-meta">
        {added.map((one) => (
          <li key={one}>
            + {one} <span className="sr-only">{t("roles.added")}</span>
          </li>
        ))}
        {removed.map((one) => (
          <li key={one}>
            − {one} <span className="sr-only">{t("roles.removed")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
