// Suspending a tenant, with its name typed, because every one of its keys stops; and resuming it.
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { Field } from "@/components/Field";
import { ErrorCard } from "@/components/Notices";
import { TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/queries";
import type { TenantDetails } from "@/generated/TenantDetails";

/** The dialogs, while one is open. */
export function SuspendTenantDialog() {
  const { shown, times, open, closed } = useLingeringLayer("suspend-tenant", "resume-tenant");
  if (shown === null) return null;
  const props = { tenant: shown.tenant, open, onClosed: closed };
  return shown.kind === "suspend-tenant" ? (
    <Suspend key={times} {...props} />
  ) : (
    <Resume key={times} {...props} />
  );
}

interface QuestionProps {
  tenant: TenantDetails;
  open: boolean;
  onClosed: () => void;
}

function Suspend({ tenant, open, onClosed }: QuestionProps) {
  const { t } = useTranslation();
  const close = useLayers((layers) => layers.close);
  const suspend = useChange("tenants.suspend");
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const cancel = useRef<HTMLButtonElement>(null);
  const matches = typed.trim() === tenant.name;
  const submit = () => {
    setTried(true);
    if (!matches || suspend.isPending) return;
    suspend.mutate(
      { tenant: tenant.id, version: tenant.version },
      {
        onSuccess: () => {
          close();
          toast.done(t("tenants.suspended_done"));
        },
      },
    );
  };
  return (
    <AlertDialog
      open={open}
      onOpenChange={(next) => !next && close()}
      onClosed={onClosed}
      initialFocus={cancel}
      title={t("tenants.suspend_title", { name: tenant.name })}
      description={t("tenants.suspend_text", { count: tenant.keys_active })}
      footer={
        <>
          <Button ref={cancel} onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button kind="danger" onClick={submit} disabled={suspend.isPending}>
            {t("tenants.suspend")}
          </Button>
        </>
      }
    >
      <Field
        className="mt-4"
        label={t("tenants.suspend_confirm", { name: tenant.name })}
        error={tried && !matches ? t("tenants.suspend_mismatch", { name: tenant.name }) : undefined}
      >
        <TextInput
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && submit()}
        />
      </Field>
      {suspend.error !== null && (
        <ErrorCard className="mt-4" title={t("tenants.suspend_failed")} error={suspend.error} />
      )}
    </AlertDialog>
  );
}

function Resume({ tenant, open, onClosed }: QuestionProps) {
  const { t } = useTranslation();
  const close = useLayers((layers) => layers.close);
  const resume = useChange("tenants.resume");
  const submit = () =>
    resume.mutate(
      { tenant: tenant.id, version: tenant.version },
      {
        onSuccess: () => {
          close();
          toast.done(t("tenants.resumed_done"));
        },
      },
    );
  return (
    <AlertDialog
      open={open}
      onOpenChange={(next) => !next && close()}
      onClosed={onClosed}
      title={t("tenants.resume_title", { name: tenant.name })}
      description={t("tenants.resume_text")}
      footer={
        <>
          <Button onClick={close}>{t("action.cancel")}</Button>
          <Button kind="primary" onClick={submit} disabled={resume.isPending}>
            {t("tenants.resume")}
          </Button>
        </>
      }
    >
      {resume.error !== null && (
        <ErrorCard className="mt-4" title={t("tenants.resume_failed")} error={resume.error} />
      )}
    </AlertDialog>
  );
}
