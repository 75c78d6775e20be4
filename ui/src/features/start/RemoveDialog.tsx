// Asks before a saved connection is removed. The database is never touched.
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { ErrorCard } from "@/components/Notices";
import { toast } from "@/components/Toast";
import { useCommand } from "@/features/connections/useCommand";
import { useTakeConnections } from "@/features/connections/useConnections";
import { secretContext } from "@/features/connections/values";
import type { Connection } from "@/platform/connections";
import type { AdminError } from "@/platform/platform";

interface RemoveDialogProps {
  connection: Connection;
  /** Removed; with why its secret could not be. */
  onRemoved: (secretError: AdminError | null) => void;
  onClose: () => void;
}

/** "Remove connection?" */
export function RemoveDialog({ connection, onRemoved, onClose }: RemoveDialogProps) {
  const { t } = useTranslation();
  const removing = useCommand("connection_remove");
  const take = useTakeConnections();
  const cancel = useRef<HTMLButtonElement>(null);
  const remove = async () => {
    const answer = await removing.run({ id: connection.id });
    if (answer === null) return;
    take(answer.connections);
    toast.done(t("start.removed"));
    onRemoved(answer.secret_error ?? null);
  };
  const context = secretContext(connection);
  const place = connection.kind === "server" ? "server" : undefined;
  const kept = connection.kind === "local" ? "none" : connection.keep;
  return (
    <AlertDialog
      open
      onOpenChange={(next) => !next && onClose()}
      initialFocus={cancel}
      title={t("start.remove_title", { name: connection.name })}
      description={`${t("start.remove_about", { context: place })} ${t(`start.remove_${kept}`, { context })}`}
      footer={
        <>
          <Button ref={cancel} onClick={onClose} disabled={removing.pending}>
            {t("action.cancel")}
          </Button>
          <Button kind="danger" disabled={removing.pending} onClick={() => void remove()}>
            {removing.pending ? t("start.removing") : t("start.remove_go")}
          </Button>
        </>
      }
    >
      {removing.error !== null && (
        <ErrorCard className="mt-4" title={t("start.not_removed")} error={removing.error} />
      )}
    </AlertDialog>
  );
}
