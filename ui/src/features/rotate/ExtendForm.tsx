// Making the grace period of a rotation longer. Used inside the rotate dialog and in a dialog of
// its own from the key's page. Holds no rule: the tenant's longest grace is checked in core.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLeave } from "@/app/useLeave";
import { whenFree } from "@/app/closeGuards";
import { ChangeButton } from "@/app/writes";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { DurationPicker, durationWire, type DurationChoice } from "@/components/ExpiryPicker";
import { toast } from "@/components/Toast";
import { fieldError, formError } from "@/data/errors";
import { useChange } from "@/data/change";
import { usePinnedKey } from "@/features/end-key/pinned";
import { KeyOutcome } from "@/features/end-key/KeyOutcome";
import type { KeyDetails } from "@/generated/KeyDetails";
import { shortTime, spanMs, spanWords } from "@/time/format";

const SPANS = ["1h", "24h", "7d"] as const;

interface ExtendFormProps {
  keyShown: KeyDetails;
  onCancel: () => void;
  onDone: (key: KeyDetails) => void;
}

/** By how much, until when that is, and the buttons. */
export function ExtendForm({ keyShown, onCancel, onDone }: ExtendFormProps) {
  const { t } = useTranslation();
  const change = useChange("keys.extend_grace");
  const pin = usePinnedKey(keyShown, change.error);
  const { leave, question } = useLeave({ open: true, change, close: onCancel });
  const [choice, setChoice] = useState<DurationChoice>({ kind: "span", span: "24h" });
  const [tried, setTried] = useState(false);
  const by = durationWire(choice);
  const until =
    keyShown.old_until === null || by === undefined
      ? null
      : Date.parse(keyShown.old_until) + (spanMs(by) ?? 0);
  const ends = keyShown.expires_at === null ? Infinity : Date.parse(keyShown.expires_at);
  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    setTried(true);
    if (by === undefined || change.isPending || change.isUnknown) return;
    change.mutate(
      { key: keyShown.id, by, version: pin.pinned.version },
      {
        onSuccess: (key) => {
          toast.done(t("rotate.extended"));
          onDone(key);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="mt-3 flex flex-col gap-3">
      <DurationPicker
        label={t("rotate.extend_by")}
        value={choice}
        onChange={setChoice}
        options={SPANS.map((span) => ({
          value: span,
          label: span === "24h" ? t("time.span_hours", { count: 24 }) : spanWords(span),
        }))}
        description={
          until === null
            ? undefined
            : t("rotate.extend_echo", { time: shortTime(new Date(Math.min(until, ends))) })
        }
        error={tried && by === undefined ? t("duration.not_a_number") : fieldError(change.error, "by")}
      />
      <KeyOutcome
        title={t("rotate.extend_failed")}
        change={change}
        error={formError(change.error, ["by"])}
        pin={pin}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={leave} disabled={change.isPending}>
          {t("action.cancel")}
        </Button>
        <ChangeButton
          kind="primary"
          type="submit"
          change={change}
          words={t("rotate.extend_submit")}
          busyWords={t("rotate.extending")}
        />
      </div>
      {question}
    </form>
  );
}

interface ExtendDialogProps {
  keyShown: KeyDetails;
  open: boolean;
  onClose: () => void;
}

/** The same form as a dialog. */
export function ExtendDialog({ keyShown, open, onClose }: ExtendDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && whenFree(onClose)}
      keepOnOutsidePress
      title={t("rotate.extend_title")}
      description={t("rotate.about", { name: keyShown.name, tenant: keyShown.tenant.slug })}
    >
      <ExtendForm keyShown={keyShown} onCancel={onClose} onDone={onClose} />
    </Dialog>
  );
}
