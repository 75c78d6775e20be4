// Moving a key's expiry. One that has passed cannot be moved: then rotating is offered.
// Holds no rule: what the tenant allows is checked in core.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ChangeFormDialog } from "@/app/ChangeDialog";
import { useLayers } from "@/app/layers";
import { WriteButton } from "@/app/writes";
import { ExpiryPicker } from "@/components/ExpiryPicker";
import { toast } from "@/components/Toast";
import { fieldError, formError } from "@/data/errors";
import { useChange } from "@/data/change";
import type { KeyDetails } from "@/generated/KeyDetails";
import { readExpiry, type ExpiryChoice } from "@/time/expiry";
import { exactTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { KeyOutcome } from "./KeyOutcome";
import { usePinnedKey } from "./pinned";

const FORM = "set-expiry";

interface SetExpiryDialogProps {
  opened: KeyDetails;
  open: boolean;
  onClosed: () => void;
}

/** "Set expiry". */
export function SetExpiryDialog({ opened, open, onClosed }: SetExpiryDialogProps) {
  const { t } = useTranslation();
  const now = useNow();
  const { close, open: openLayer } = useLayers();
  const change = useChange("keys.update");
  const pin = usePinnedKey(opened, change.error);
  const key = pin.pinned;
  const [choice, setChoice] = useState<ExpiryChoice>({ kind: "span", span: "90d" });
  const [tried, setTried] = useState(false);
  const reading = readExpiry(choice, now);
  const expired = key.status === "expired";
  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    setTried(true);
    if (!reading.ok || change.isPending || change.isUnknown) return;
    change.mutate(
      { key: key.id, expires: reading.wire, version: key.version },
      {
        onSuccess: () => {
          close();
          toast.done(t("set_expiry.done"));
        },
      },
    );
  };
  const now_ends =
    key.expires_at === null
      ? t("set_expiry.never")
      : t("set_expiry.now", { time: exactTime(new Date(key.expires_at)) });
  return (
    <ChangeFormDialog
      open={open}
      onClose={close}
      onClosed={onClosed}
      width={560}
      title={t("set_expiry.title")}
      description={`${t("rotate.about", { name: key.name, tenant: key.tenant.slug })} ${expired ? "" : now_ends}`}
      change={change}
      words={t("set_expiry.submit")}
      busyWords={t("set_expiry.submitting")}
      send={{ form: FORM }}
      instead={
        expired && (
          <WriteButton kind="primary" onClick={() => openLayer({ kind: "rotate", key })}>
            {t("rotate.submit")}
          </WriteButton>
        )
      }
    >
      {expired ? (
        <p className="mt-4 text-body text-fg">{t("rotate.expired")}</p>
      ) : (
        <form id={FORM} onSubmit={submit} inert={change.isPending || change.isUnknown} className="mt-4">
          <ExpiryPicker
            label={t("set_expiry.expires")}
            value={choice}
            onChange={setChoice}
            error={tried && !reading.ok ? reading.error : fieldError(change.error, "expires")}
          />
        </form>
      )}
      <KeyOutcome
        title={t("set_expiry.failed")}
        change={change}
        error={formError(change.error, ["expires"])}
        pin={pin}
      />
    </ChangeFormDialog>
  );
}
