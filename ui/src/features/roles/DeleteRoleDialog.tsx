// The question before a role that no key uses is taken away.
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { ErrorCard } from "@/components/Notices";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/queries";

/** The dialog, while it is open. */
export function DeleteRoleDialog() {
  const { t } = useTranslation();
  const { shown, open, closed } = useLingeringLayer("delete-role");
  const close = useLayers((layers) => layers.close);
  const remove = useChange("roles.delete");
  const cancel = useRef<HTMLButtonElement>(null);
  if (shown === null) return null;
  const { role } = shown;
  const submit = () =>
    remove.mutate(
      { role: role.id, version: role.version },
      {
        onSuccess: () => {
          close();
          toast.done(t("roles.deleted_done"));
        },
      },
    );
  return (
    <AlertDialog
      open={open}
      onOpenChange={(next) => !next && close()}
      onClosed={() => {
        remove.reset();
        closed();
      }}
      initialFocus={cancel}
      title={t("roles.delete_title", { name: role.name })}
      description={t("roles.delete_text")}
      footer={
        <>
          <Button ref={cancel} onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button kind="danger" onClick={submit} disabled={remove.isPending}>
            {t("roles.delete")}
          </Button>
        </>
      }
    >
      {remove.error !== null && (
        <ErrorCard className="mt-4" title={t("roles.delete_failed")} error={remove.error} />
      )}
    </AlertDialog>
  );
}
