// The question before an operator is removed: its token is refused from then on. That the last admin stays is
// decided in Rust and said here, in place.
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { PinnedOutcome } from "@/app/PinnedOutcome";
import { useLeave } from "@/app/useLeave";
import { ChangeButton } from "@/app/writes";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { Banner } from "@/components/Notices";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { usePinned } from "@/data/pinned";
import { useRead } from "@/data/queries";
import { useProduction } from "@/data/startState";
import { useTypedName } from "@/features/end-key/TypedName";
import { isInUse, lastUseSentence } from "@/features/end-key/usage";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import { usePlatform } from "@/platform/context";
import { useNow } from "@/time/useNow";
import { OPERATOR_SHOWN, readOperator } from "./values";

/** The dialog, while it is open. */
export function RemoveOperatorDialog() {
  const { shown, times, open, closed } = useLingeringLayer("remove-operator");
  if (shown === null) return null;
  return <RemoveOperator key={times} opened={shown.operator} open={open} onClosed={closed} />;
}

interface RemoveOperatorProps {
  opened: OperatorDetails;
  open: boolean;
  onClosed: () => void;
}

function RemoveOperator({ opened, open, onClosed }: RemoveOperatorProps) {
  const { t } = useTranslation();
  const now = useNow();
  const platform = usePlatform();
  const close = useLayers((layers) => layers.close);
  const remove = useChange("operators.remove");
  const pin = usePinned(opened, remove.error, () => readOperator(platform, opened.key.id));
  const { key } = pin.pinned;
  const own = useRead("operators.current", {}).data?.operator?.id === key.id;
  const { leave, question } = useLeave({ open, change: remove, close });
  const cancel = useRef<HTMLButtonElement>(null);
  const production = useProduction();
  const typedName = useTypedName(key.name, production || isInUse(key.usage, now));
  const done = () => {
    close();
    toast.done(t("operators.remove_done"));
  };
  const submit = () => {
    if (!typedName.check() || remove.isPending || remove.isUnknown) return;
    remove.mutate({ operator: key.id, version: key.version }, { onSuccess: done, onUnseen: done });
  };
  const last = remove.error?.code === "last_admin";
  return (
    <AlertDialog
      open={open}
      onOpenChange={(next) => !next && leave()}
      onClosed={onClosed}
      initialFocus={cancel}
      title={t("operators.remove_title", { name: key.name })}
      description={t("operators.remove_about", { used: lastUseSentence(key.usage, now) })}
      footer={
        <>
          <Button ref={cancel} onClick={leave} disabled={remove.isPending}>
            {t("action.cancel")}
          </Button>
          <ChangeButton
            kind="danger"
            change={remove}
            words={t("operators.remove_submit")}
            busyWords={t("operators.remove_submitting")}
            onClick={submit}
          />
        </>
      }
    >
      {own && <Banner className="mt-4">{t("operators.remove_own")}</Banner>}
      {typedName.field(submit)}
      <PinnedOutcome title={t("operators.remove_failed")} change={remove} pin={pin} facts={OPERATOR_SHOWN} />
      {last && <p className="mt-2 text-body text-fg-2">{t("operators.remove_last")}</p>}
      {question}
    </AlertDialog>
  );
}
