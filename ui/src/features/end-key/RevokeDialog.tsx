// Revoking a key: what happens, why, and the name typed where the key is in use. Undo is offered
// afterwards only where the tenant's policy lets a key be reactivated. Holds no rule.
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { Field } from "@/components/Field";
import { Select } from "@/components/Select";
import { TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import { fieldError, formError } from "@/data/errors";
import { perform, useChange, useRead } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePlatform } from "@/platform/context";
import { asAdminError } from "@/platform/platform";
import { useNow } from "@/time/useNow";
import { ChangeFailed } from "./ChangeFailed";
import { usePinnedKey } from "./pinned";
import { REASONS } from "./reasons";
import { TypedName } from "./TypedName";
import { isInUse, lastUseSentence } from "./usage";

const UNDO_MS = 8_000;
const FORM = "revoke-key";

type Reason = "none" | (typeof REASONS)[number] | "other";

interface RevokeDialogProps {
  opened: KeyDetails;
  open: boolean;
  onClosed: () => void;
}

/** "Revoke NAME?" */
export function RevokeDialog({ opened, open, onClosed }: RevokeDialogProps) {
  const { t } = useTranslation();
  const now = useNow();
  const close = useLayers((layers) => layers.close);
  const { key, reload } = usePinnedKey(opened);
  const tenant = useRead("tenants.get", { tenant: key.tenant.id });
  const mayComeBack = tenant.data?.id === key.tenant.id && tenant.data.policy.allow_reactivate;
  const [reason, setReason] = useState<Reason>("none");
  const [other, setOther] = useState("");
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const change = useChange("keys.revoke");
  const undo = useUndo();
  const cancel = useRef<HTMLButtonElement>(null);
  const inUse = isInUse(key.usage, now);
  const named = !inUse || typed.trim() === key.name;
  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    setTried(true);
    if (!named || change.isPending) return;
    const words = reason === "other" ? other.trim() : reason === "none" ? "" : reason;
    change.mutate(
      // No version: revoking wins over whatever somebody else has changed meanwhile.
      { key: key.id, ...(words === "" ? {} : { reason: words }) },
      {
        onSuccess: (revoked) => {
          close();
          const action = revoked.reactivable
            ? { label: t("revoke.undo"), run: () => undo(revoked) }
            : undefined;
          toast.done(t("revoke.done"), action === undefined ? {} : { action, stay_ms: UNDO_MS });
        },
      },
    );
  };
  return (
    <AlertDialog
      open={open}
      onOpenChange={(next) => !next && !change.isPending && close()}
      onClosed={onClosed}
      initialFocus={cancel}
      title={t("revoke.title", { name: key.name })}
      description={t("revoke.about", { used: lastUseSentence(key.usage, now) })}
      footer={
        <>
          <Button ref={cancel} onClick={close} disabled={change.isPending}>
            {t("action.cancel")}
          </Button>
          <Button kind="danger" type="submit" form={FORM} disabled={change.isPending}>
            {change.isPending ? t("revoke.submitting") : t("revoke.submit")}
          </Button>
        </>
      }
    >
      <form id={FORM} onSubmit={submit} inert={change.isPending} className="mt-4">
        <Field label={t("revoke.reason")} description={hint()}>
          <Select
            options={[
              { value: "none", label: t("revoke.reason_none") },
              ...REASONS.map((one) => ({ value: one, label: t(`revoke.reason_${one}`) })),
              { value: "other", label: t("revoke.reason_other") },
            ]}
            value={reason}
            onChange={(next) => setReason(next as Reason)}
          />
        </Field>
        {reason === "other" && (
          <Field label={t("revoke.reason_text")} error={fieldError(change.error, "reason")} className="mt-3">
            <TextInput value={other} onChange={(event) => setOther(event.currentTarget.value)} />
          </Field>
        )}
        {inUse && <TypedName name={key.name} value={typed} onChange={setTyped} wrong={tried && !named} />}
      </form>
      <ChangeFailed
        className="mt-4"
        title={t("revoke.failed")}
        error={formError(change.error, reason === "other" ? ["reason"] : [])}
        onReload={() => reload().then(() => change.reset())}
      />
    </AlertDialog>
  );

  function hint(): string | undefined {
    if (reason === "leaked") return t("revoke.leaked");
    return mayComeBack ? t("revoke.reactivable") : undefined;
  }
}

/** Takes a revocation back from its toast, when the dialog is long gone. */
function useUndo() {
  const platform = usePlatform();
  const client = useQueryClient();
  const { t } = useTranslation();
  return (revoked: KeyDetails) => {
    void perform(platform, "keys.reactivate", { key: revoked.id, version: revoked.version })
      .then(() => toast.done(t("reactivate.done")))
      .catch((thrown: unknown) =>
        toast.failed(t("reactivate.failed"), { description: asAdminError(thrown).message }),
      )
      .finally(() => void client.invalidateQueries());
  };
}
