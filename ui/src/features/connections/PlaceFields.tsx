// Where a connection leads: a file, a PostgreSQL database, a server. Holds no secret's field.
import { ChevronRight } from "lucide-react";
import { useEffect, useState } from "react";
import type { UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { cx } from "@/components/classes";
import { Field, FieldGroup } from "@/components/Field";
import { Banner } from "@/components/Notices";
import { Segmented } from "@/components/Segmented";
import { TextInput } from "@/components/TextInput";
import { useFields } from "@/data/useFields";
import { usePlatform } from "@/platform/context";
import type { AdminError, DesktopCommands } from "@/platform/platform";
import { usualEncryption, weakness, type ConnectionValues } from "./values";

interface PartProps {
  form: UseFormReturn<ConnectionValues>;
  refusal: AdminError | null;
}

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
  const { bindText, errorOf } = useFields(form, refusal);
  return (
    <Field
      label={t("connections.url")}
      required
      description={t("connections.url_about")}
      error={errorOf("url")}
    >
      <TextInput {...bindText("url")} placeholder="https://keys.example.com" />
    </Field>
  );
}

/** A PostgreSQL database. */
export function PostgresFields({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const { bindText, errorOf } = useFields(form, refusal);
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
        <Field label={t("connections.port")} required error={errorOf("port")}>
          <TextInput {...bindText("port")} inputMode="numeric" />
        </Field>
      </div>
      <div className="grid grid-cols-2 gap-4">
        <Field label={t("connections.database")} required error={errorOf("database")}>
          <TextInput {...bindText("database")} />
        </Field>
        <Field label={t("connections.user")} required error={errorOf("user")}>
          <TextInput {...bindText("user")} />
        </Field>
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
  const { bindText, errorOf } = useFields(form, refusal);
  const values = form.watch(["ca_file", "client_certificate", "client_key"]);
  const [asked, setAsked] = useState(() => values.some((value) => value !== ""));
  const server = form.watch("kind") === "server";
  const fields = ["ca_file", "client_certificate", "client_key"] as const;
  const wrong = [...fields, "schema" as const].some((field) => errorOf(field) !== undefined);
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
              <Field
                label={t("connections.schema")}
                description={t("connections.schema_about")}
                error={errorOf("schema")}
              >
                <TextInput {...bindText("schema")} />
              </Field>
            </>
          )}
        </>
      )}
    </div>
  );
}
