// Adding a connection and changing one (S2): test it, save it, save it and connect. A secret goes
// from its control to the program and is kept nowhere here. What may be saved is Rust's.
import { zodResolver } from "@hookform/resolvers/zod";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { FormSection, FormSheet } from "@/app/FormSheet";
import { TextField } from "@/app/TextField";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { Checkbox } from "@/components/Checkbox";
import { FieldGroup } from "@/components/Field";
import { Segmented } from "@/components/Segmented";
import { toast } from "@/components/Toast";
import { useFields, type FormPart } from "@/data/useFields";
import type { ConnectionDraft, PostgresPlace } from "@/platform/connections";
import { EnvironmentDot } from "./EnvironmentBadge";
import { PasteUrl } from "./PasteUrl";
import { EncryptionFields, LocalFields, MoreFields, PostgresFields, ServerFields } from "./PlaceFields";
import { SecretFields } from "./SecretFields";
import { SheetNotice } from "./SheetNotice";
import { useConnections } from "./useConnections";
import { missingKeychain, useKeychain, type Keychain } from "./useKeychain";
import { useSaving } from "./useSaving";
import { FIELDS, newDraft, schema, usualEncryption, valuesOf, type ConnectionValues } from "./values";

interface ConnectionSheetProps {
  /** A connection was saved; `connect`: and is to be opened. */
  onSaved: (id: string, connect: boolean) => void;
}

/** The sheet, while it is open. */
export function ConnectionSheet({ onSaved }: ConnectionSheetProps) {
  const { shown, times, open, closed } = useLingeringLayer("connection");
  if (shown === null) return null;
  return <ConnectionForm key={times} draft={shown.draft} open={open} onClosed={closed} onSaved={onSaved} />;
}

interface ConnectionFormProps extends ConnectionSheetProps {
  draft: ConnectionDraft;
  open: boolean;
  onClosed: () => void;
}

function ConnectionForm({ draft, open, onClosed, onSaved }: ConnectionFormProps) {
  const { t } = useTranslation();
  const close = useLayers((layers) => layers.close);
  const list = useConnections();
  const keychain = useKeychain(open);
  const form = useForm<ConnectionValues>({
    defaultValues: valuesOf(draft),
    resolver: zodResolver(schema),
    shouldFocusError: false,
  });
  const file = list.data?.encrypted_file ?? "absent";
  const saving = useSaving(form, draft, file);
  const { typed, changed } = useTyped(form, saving.test.forget);
  useOfferedKeep(form, draft, keychain);
  const done = (connect: boolean) => (id: string | null) => {
    if (id === null) return;
    close();
    toast.done(t("connections.saved"));
    onSaved(id, connect);
  };
  const save = (connect: boolean) => () => void saving.save().then(done(connect));
  return (
    <FormSheet
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={
        draft.id === null ? t("connections.add_title") : t("connections.edit_title", { name: draft.name })
      }
      dirty={form.formState.isDirty || typed}
      pending={saving.pending}
      submitWords={t("connections.save_connect")}
      submittingWords={t("connections.saving")}
      onSubmit={save(true)}
      others={[
        {
          words: saving.test.pending ? t("connections.testing") : t("connections.test"),
          run: () => void saving.tryOut(),
          disabled: saving.test.pending,
        },
        { words: t("action.save"), run: save(false) },
      ]}
      error={undefined}
      errorTitle=""
      notice={
        <SheetNotice
          saving={saving}
          kind={form.watch("kind")}
          keychain={keychain}
          onSaveAgain={save(false)}
        />
      }
    >
      <ConnectionFields
        form={form}
        refusal={saving.refusal}
        draft={draft}
        onUrl={(place, password) => {
          fillIn(form, place);
          if (password !== null) saving.fillSecret(password);
          changed();
        }}
        secret={
          <SecretFields
            form={form}
            saved={draft}
            inputs={saving.inputs}
            keychain={keychain}
            file={file}
            refusal={saving.secretError ?? saving.refusal}
            onTyped={changed}
          />
        }
      />
    </FormSheet>
  );
}

/** Whether a secret was typed; every change makes what a test found old. */
function useTyped(form: UseFormReturn<ConnectionValues>, forget: () => void) {
  const [typed, setTyped] = useState(false);
  const changed = useCallback(() => {
    setTyped(true);
    forget();
  }, [forget]);
  useEffect(() => form.subscribe({ formState: { values: true }, callback: forget }), [form, forget]);
  return { typed, changed };
}

/** A new connection is not offered what this computer has not got. */
function useOfferedKeep(
  form: UseFormReturn<ConnectionValues>,
  draft: ConnectionDraft,
  keychain: Keychain,
): void {
  const none = missingKeychain(keychain) !== null && draft.id === null;
  useEffect(() => {
    if (none && form.getValues("keep") === "keychain") form.setValue("keep", "session");
  }, [none, form]);
}

/** Puts what a URL says into the fields. */
function fillIn(form: UseFormReturn<ConnectionValues>, place: PostgresPlace): void {
  const { name } = form.getValues();
  const filled = {
    host: place.host,
    port: String(place.port),
    database: place.database,
    user: place.user,
    schema: place.schema,
    encryption: place.encryption,
    ca_file: place.ca_file ?? "",
    client_certificate: place.client_certificate ?? "",
    client_key: place.client_key ?? "",
    name: name.trim() === "" ? `${place.database} (${place.host})`.slice(0, 60) : name,
  };
  for (const [field, value] of Object.entries(filled)) {
    form.setValue(field as keyof typeof filled, value, {
      shouldDirty: true,
      shouldValidate: form.formState.isSubmitted,
    });
  }
}

interface ConnectionFieldsProps extends FormPart<ConnectionValues> {
  draft: ConnectionDraft;
  onUrl: (place: PostgresPlace, password: string | null) => void;
  secret: ReactNode;
}

function ConnectionFields({ form, refusal, draft, onUrl, secret }: ConnectionFieldsProps) {
  const { t } = useTranslation();
  const kind = form.watch("kind");
  const part = { form, refusal: refusal !== null && FIELDS.includes(refusal.field ?? "") ? refusal : null };
  return (
    <>
      <FormSection title={t("connections.what")}>
        <NameFields {...part} />
        {draft.id === null && <KindField form={form} />}
      </FormSection>
      <FormSection title={t("connections.where")}>
        {kind === "local" && <LocalFields {...part} />}
        {kind === "postgres" && (
          <>
            {draft.id === null && <PasteUrl onRead={onUrl} />}
            <PostgresFields {...part} />
            <EncryptionFields {...part} />
          </>
        )}
        {kind === "server" && (
          <>
            <ServerFields {...part} />
            <MoreFields {...part} />
          </>
        )}
      </FormSection>
      {kind !== "local" && <FormSection title={t("connections.credentials")}>{secret}</FormSection>}
      <FormSection title={t("connections.safety")}>
        <SafetyFields {...part} />
      </FormSection>
    </>
  );
}

type PartProps = FormPart<ConnectionValues>;

const ENVIRONMENTS = ["none", "development", "staging", "production"] as const;

function NameFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { bind } = fields;
  const environment = bind("environment");
  return (
    <>
      <TextField
        of={fields}
        name="name"
        label={t("connections.name")}
        required
        description={t("connections.name_about")}
      />
      <FieldGroup
        label={t("connections.environment")}
        description={
          environment.value === "production" ? t("connections.environment_about_production") : undefined
        }
      >
        <Segmented
          label={t("connections.environment")}
          value={environment.value}
          onChange={environment.onChange}
          options={ENVIRONMENTS.map((value) => ({
            value,
            label: (
              <span className="inline-flex items-center gap-1.5">
                <EnvironmentDot environment={value} />
                {t(`connections.environment_${value}`)}
              </span>
            ),
          }))}
        />
      </FieldGroup>
    </>
  );
}

const KINDS = ["postgres", "local", "server"] as const;

/** What it leads to; what belongs to another kind is not carried along. */
function KindField({ form }: { form: UseFormReturn<ConnectionValues> }) {
  const { t } = useTranslation();
  const kind = form.watch("kind");
  const choose = (next: ConnectionValues["kind"]) => {
    const fresh = valuesOf(newDraft(next));
    form.setValue("kind", next, { shouldDirty: true });
    if (next !== "local" && kind === "local") form.setValue("keep", fresh.keep);
    form.setValue("encryption", usualEncryption(form.getValues("host") || "elsewhere"));
    form.clearErrors();
  };
  return (
    <FieldGroup label={t("connections.kind")}>
      <Segmented
        label={t("connections.kind")}
        value={kind}
        onChange={choose}
        options={KINDS.map((value) => ({ value, label: t(`connections.kind_${value}`) }))}
      />
    </FieldGroup>
  );
}

function SafetyFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { bind } = fields;
  const readOnly = bind("read_only");
  return (
    <>
      <Checkbox
        label={t("connections.read_only")}
        detail={t("connections.read_only_about")}
        checked={readOnly.value}
        onChange={readOnly.onChange}
      />
      <TextField
        of={fields}
        name="lock_after_minutes"
        label={t("connections.lock_after")}
        description={t("connections.lock_after_about")}

        className="max-w-60"
        inputMode="numeric"
      />
    </>
  );
}
