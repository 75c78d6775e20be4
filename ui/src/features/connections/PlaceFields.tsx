// Where a connection leads: a file, a PostgreSQL database, a server. Holds no secret's field.
import { ChevronRight } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { TextField } from "@/app/TextField";
import { Button } from "@/components/Button";
import { cx } from "@/components/classes";
import { Field, FieldGroup } from "@/components/Field";
import { Banner } from "@/components/Notices";
import { Segmented } from "@/components/Segmented";
import { TextInput } from "@/components/TextInput";
import { useFields, type FormPart } from "@/data/useFields";
import { usePlatform } from "@/platform/context";
import type { DesktopCommands } from "@/platform/platform";
import { usualEncryption, weakness, type ConnectionValues } from "./values";

type PartProps = FormPart<ConnectionValues>;

type FileField = "path" | "ca_file" | "client_certificate" | "client_key";

/** A file's path, typed or chosen. */
function FilePath({ form, refusal, field, what }: PartProps & { field: FileField; what: FileWhat }) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const { bindText, errorOf } = useFields(form, refusal);
  const choose = async (kind: FileWhat) => {
    const { path } = await platform.command("choose_file", { what: kind });
    if (path !== null)
      form.setValue(field, path, { shouldDirty: true, shouldValidate: form.formState.isSubmitted });
  };
  return (
    <Field
      label={t(`connections.${field}`)}
      required={field === "path"}
      description={t(`connections.${field}_about`)}
      error={errorOf(field)}
    >
      <div className="flex gap-2">
        <TextInput {...bindText(field)} />
        <Button
          aria-label={t("connections.choose_named", { what: t(`connections.${field}`) })}
          onClick={() => void choose(what).catch(() => undefined)}
        >
          {t("connections.choose")}
        </Button>
        {field === "path" && (
          <Button onClick={() => void choose("new_store").catch(() => undefined)}>
            {t("connections.create_new")}
          </Button>
        )}
      </div>
    </Field>
  );
}

type FileWhat = DesktopCommands["choose_file"]["request"]["what"];

/** A SQLite file. */
export function LocalFields(props: PartProps) {
  return <FilePath {...props} field="path" what="store" />;
}

/** A Latchkey server's address. */
export function ServerFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  return (
    <TextField
      of={fields}
      name="url"
      label={t("connections.url")}
      required
      description={t("connections.url_about")}
      placeholder="https://keys.example.com"
    />
  );
}

/** A PostgreSQL database. */
export function PostgresFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { bindText, errorOf } = fields;
  const host = bindText("host");
  const { dirtyFields, defaultValues } = form.formState;
  return (
    <>
      <div className="grid grid-cols-[minmax(0,1fr)_6rem] gap-4">
        <Field label={t("connections.host")} required error={errorOf("host")}>
          <TextInput
            {...host}
            placeholder="db.example.com"
            onChange={(event) => {
              host.onChange(event);
              // Until somebody chooses, the line is as strong as the host allows.
              if (dirtyFields.encryption !== true && defaultValues?.host === "")
                form.setValue("encryption", usualEncryption(event.currentTarget.value));
            }}
          />
        </Field>
        <TextField of={fields} name="port" label={t("connections.port")} required inputMode="numeric" />
      </div>
      <div className="grid grid-cols-2 gap-4">
        <TextField of={fields} name="database" label={t("connections.database")} required />
        <TextField of={fields} name="user" label={t("connections.user")} required />
      </div>
    </>
  );
}

/** How the line to a PostgreSQL database is protected. */
export function EncryptionFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const { bind, errorOf } = useFields(form, refusal);
  const encryption = bind("encryption");
  const [kind, host, environment] = form.watch(["kind", "host", "environment"]);
  const weak = weakness({ kind, host, environment, encryption: encryption.value });
  return (
    <>
      <FieldGroup
        label={t("connections.encryption")}
        error={errorOf("encryption")}
        description={t(`connections.encryption_about_${encryption.value}`)}
      >
        <Segmented
          label={t("connections.encryption")}
          value={encryption.value}
          onChange={encryption.onChange}
          options={(["verify_full", "require", "off"] as const).map((value) => ({
            value,
            label: t(`connections.encryption_${value}`),
          }))}
        />
      </FieldGroup>
      {weak !== null && <Banner>{weak}</Banner>}
      <MoreFields form={form} refusal={refusal} />
    </>
  );
}

/** What few need: the schema, files of certificates. Folded, unless something in it is filled in or wrong. */
export function MoreFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { errorOf } = fields;
  const values = form.watch(["ca_file", "client_certificate", "client_key"]);
  const [asked, setAsked] = useState(() => values.some((value) => value !== ""));
  const server = form.watch("kind") === "server";
  const wrong = (["ca_file", "client_certificate", "client_key", "schema"] as const).some(
    (field) => errorOf(field) !== undefined,
  );
  const open = asked || wrong;
  useEffect(() => {
    // What was opened by a refusal stays open when it is mended.
    if (wrong) setAsked(true);
  }, [wrong]);
  return (
    <div className="flex flex-col gap-4">
      <Button
        kind="quiet"
        size="compact"
        className="-ml-2.5 self-start"
        aria-expanded={open}
        onClick={() => setAsked(!open)}
      >
        <ChevronRight aria-hidden="true" className={cx("size-4", open && "rotate-90")} />
        {t(server ? "connections.more_server" : "connections.more_postgres")}
      </Button>
      {open && (
        <>
          <FilePath form={form} refusal={refusal} field="ca_file" what="ca" />
          {!server && (
            <>
              <FilePath form={form} refusal={refusal} field="client_certificate" what="certificate" />
              <FilePath form={form} refusal={refusal} field="client_key" what="key" />
              <TextField
                of={fields}
                name="schema"
                label={t("connections.schema")}
                description={t("connections.schema_about")}
              />
            </>
          )}
        </>
      )}
    </div>
  );
}
