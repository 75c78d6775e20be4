// The question before an operator is removed: its token is refused from then on. That the last admin stays is
// decided in Rust and said here, in place.
import { useTranslation } from "react-i18next";
import { ChangeQuestion } from "@/app/ChangeDialog";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { PinnedOutcome } from "@/app/PinnedOutcome";
import { Banner } from "@/components/Notices";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { useProduction } from "@/data/startState";
import { useTypedName } from "@/features/end-key/TypedName";
import { isInUse, lastUseSentence } from "@/features/end-key/usage";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import { useNow } from "@/time/useNow";
import { usePinnedOperator } from "./pinned";
import { OPERATOR_SHOWN } from "./values";

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
  const close = useLayers((layers) => layers.close);
  const remove = useChange("operators.remove");
  const { pin, own } = usePinnedOperator(opened, remove.error);
  const { key } = pin.pinned;
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
  return (
    <ChangeQuestion
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t("operators.remove_title", { name: key.name })}
      description={t("operators.remove_about", { used: lastUseSentence(key.usage, now) })}
      kind="danger"
      change={remove}
      words={t("operators.remove_submit")}
      busyWords={t("operators.remove_submitting")}
      send={submit}
    >
      {own && <Banner className="mt-4">{t("operators.remove_own")}</Banner>}
      {typedName.field(submit)}
      <PinnedOutcome title={t("operators.remove_failed")} change={remove} pin={pin} facts={OPERATOR_SHOWN} />
    </ChangeQuestion>
  );
}
