// Moving a key's expiry. One that has passed cannot be moved: then rotating is offered.
// Holds no rule: what the tenant allows is checked in core.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ExpiryPicker } from "@/components/ExpiryPicker";
import { toast } from "@/components/Toast";
import { fieldError, formError } from "@/data/errors";
import { useChange } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { readExpiry, type ExpiryChoice } from "@/time/expiry";
import { exactTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { ChangeFailed } from "./ChangeFailed";
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
  const { key, reload } = usePinnedKey(opened);
  const [choice, setChoice] = useState<ExpiryChoice>({ kind: "span", span: "90d" });
  const [tried, setTried] = useState(false);
  const change = useChange("keys.update");
  const reading = readExpiry(choice, now);
  const expired = key.status === "expired";
  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    setTried(true);
    if (!reading.ok || change.isPending) return;
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
    <Dialog
      open={open}
      onOpenChange={(next) => !next && !change.isPending && close()}
      onClosed={onClosed}
      keepOnOutsidePress
      width={560}
      title={t("set_expiry.title")}
      description={`${t("rotate.about", { name: key.name, tenant: key.tenant.slug })} ${expired ? "" : now_ends}`}
      footer={
        <>
          <Button onClick={close} disabled={change.isPending}>
            {t("action.cancel")}
          </Button>
          {expired ? (
            <Button kind="primary" onClick={() => openLayer({ kind: "rotate", key })}>
              {t("rotate.submit")}
            </Button>
          ) : (
            <Button kind="primary" type="submit" form={FORM} disabled={change.isPending}>
              {change.isPending ? t("set_expiry.submitting") : t("set_expiry.submit")}
            </Button>
          )}
        </>
      }
    >
      {expired ? (
        <p className="mt-4 text-body text-fg">{t("rotate.expired")}</p>
      ) : (
        <form id={FORM} onSubmit={submit} inert={change.isPending} className="mt-4">
          <ExpiryPicker
            label={t("set_expiry.expires")}
            value={choice}
            onChange={setChoice}
            error={tried && !reading.ok ? reading.error : fieldError(change.error, "expires")}
          />
        </form>
      )}
      <ChangeFailed
        className="mt-4"
        title={t("set_expiry.failed")}
        error={formError(change.error, ["expires"])}
        onReload={() => reload().then(() => change.reset())}
      />
    </Dialog>
  );
}
