// Revoking a key: what happens, why, and the name typed where the key is in use. Undo is offered
// afterwards only where the tenant's policy lets a key be reactivated. Holds no rule.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ChangeQuestion } from "@/app/ChangeDialog";
import { useLayers } from "@/app/layers";
import { Field } from "@/components/Field";
import { Select } from "@/components/Select";
import { TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import { fieldError, formError } from "@/data/errors";
import { sendChange, useChange } from "@/data/change";
import { useRead } from "@/data/queries";
import { useProduction } from "@/data/startState";
import { whyNoWrites } from "@/data/writes";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePlatform } from "@/platform/context";
import { asAdminError } from "@/platform/platform";
import { useNow } from "@/time/useNow";
import { KeyOutcome } from "./KeyOutcome";
import { usePinnedKey } from "./pinned";
import { REASONS } from "./reasons";
import { useTypedName } from "./TypedName";
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
  const change = useChange("keys.revoke");
  const pin = usePinnedKey(opened, change.error);
  const key = pin.pinned;
  const tenant = useRead("tenants.get", { tenant: key.tenant.id });
  const mayComeBack = tenant.data?.id === key.tenant.id && tenant.data.policy.allow_reactivate;
  const [reason, setReason] = useState<Reason>("none");
  const [other, setOther] = useState("");
  const production = useProduction();
  const typedName = useTypedName(key.name, production || isInUse(key.usage, now));
  const undo = useUndo();
  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    if (!typedName.check() || change.isPending || change.isUnknown) return;
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
    <ChangeQuestion
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t("revoke.title", { name: key.name })}
      description={t("revoke.about", { used: lastUseSentence(key.usage, now) })}
      kind="danger"
      send={{ form: FORM }}
      change={change}
      words={t("revoke.submit")}
      busyWords={t("revoke.submitting")}
    >
      <form id={FORM} onSubmit={submit} inert={change.isPending || change.isUnknown} className="mt-4">
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
        {typedName.field()}
      </form>
      <KeyOutcome
        title={t("revoke.failed")}
        change={change}
        error={formError(change.error, reason === "other" ? ["reason"] : [])}
        pin={pin}
      />
    </ChangeQuestion>
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
    const reason = whyNoWrites();
    if (reason !== undefined) {
      toast.failed(t("reactivate.failed"), { description: reason });
      return;
    }
    const request = { key: revoked.id, version: revoked.version };
    void sendChange(platform, "keys.reactivate", request, { idempotencyKey: crypto.randomUUID() })
      .then(() => toast.done(t("reactivate.done")))
      .catch((thrown: unknown) =>
        toast.failed(t("reactivate.failed"), { description: asAdminError(thrown).message }),
      )
      .finally(() => void client.invalidateQueries());
  };
}
