// Giving an operator a new token: how long the old one keeps working and when the new one ends. The new token
// opens in the reveal. Holds no rule and no plaintext.
import { useTranslation } from "react-i18next";
import { ChangeFormDialog } from "@/app/ChangeDialog";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { PinnedOutcome } from "@/app/PinnedOutcome";
import { KeyHint } from "@/components/Details";
import { Banner } from "@/components/Notices";
import { useChange } from "@/data/change";
import { formError } from "@/data/errors";
import { lastUseSentence } from "@/features/end-key/usage";
import { RemintAction } from "@/features/rotate/RemintAction";
import { ROTATION_FIELDS, RotationFields } from "@/features/rotate/RotationFields";
import { useRotationForm } from "@/features/rotate/useRotationForm";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import { shortTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { usePinnedOperator } from "./pinned";
import { OPERATOR_SHOWN } from "./values";

const FORM = "rotate-operator";

/** The dialog, while it is open. */
export function RotateOperatorDialog() {
  const { shown, times, open, closed } = useLingeringLayer("rotate-operator");
  if (shown === null) return null;
  return <RotateOperator key={times} opened={shown.operator} open={open} onClosed={closed} />;
}

interface RotateOperatorProps {
  opened: OperatorDetails;
  open: boolean;
  onClosed: () => void;
}

function RotateOperator({ opened, open, onClosed }: RotateOperatorProps) {
  const { t } = useTranslation();
  const now = useNow();
  const close = useLayers((layers) => layers.close);
  const change = useChange("operators.rotate");
  const { pin, own } = usePinnedOperator(opened, change.error);
  const { key } = pin.pinned;
  const form = useRotationForm({
    key,
    what: "token",
    change,
    standard: "24h",
    longest: null,
    cutsOld: key.old_until !== null,
    send: (asked, then) =>
      change.mutate(
        // It is said above the fields that the older one ends.
        { operator: key.id, ...asked, ...(key.old_until !== null && { cut_old: true }) },
        then,
      ),
    close,
  });
  const unsaved = key.secrets.some(({ state }) => state === "unconfirmed");
  const whyNot = unsaved ? t("rotate.blocked_unsaved", { context: "token" }) : undefined;
  return (
    <ChangeFormDialog
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t("operators.rotate_title", { name: key.name })}
      description={t("operators.rotate_about")}
      change={change}
      words={t("operators.rotate_submit")}
      busyWords={t("operators.rotate_submitting")}
      disabledReason={whyNot}
      send={{ form: FORM }}
    >
      <p className="mt-2 flex flex-wrap items-center gap-x-3 text-meta text-fg-2">
        <KeyHint hint={key.hint} />
        <span>{lastUseSentence(key.usage, now)}</span>
      </p>
      {unsaved ? (
        <div className="mt-4">
          <p className="m-0 text-body text-fg">{whyNot}</p>
          <RemintAction id={key.id} what="token" onLeave={close} />
        </div>
      ) : (
        <form id={FORM} onSubmit={form.submit} inert={form.busy} className="mt-4 flex flex-col gap-4">
          {own && <Banner tone="info">{t("operators.rotate_own")}</Banner>}
          {key.old_until !== null && (
            <Banner>{t("operators.rotate_in_grace", { time: shortTime(new Date(key.old_until)) })}</Banner>
          )}
          <RotationFields form={form} keyShown={key} />
        </form>
      )}
      <PinnedOutcome
        title={t("operators.rotate_failed")}
        change={change}
        error={formError(change.error, ROTATION_FIELDS)}
        pin={pin}
        facts={OPERATOR_SHOWN}
      />
    </ChangeFormDialog>
  );
}
