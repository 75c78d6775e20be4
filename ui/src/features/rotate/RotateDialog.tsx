// Rotating a key (S9): how long the old secret keeps working and which expiry the key gets. What
// stands in the way (a grace period, an unsaved secret) is shown with its ways out instead.
// Holds no rule and no plaintext; the new secret opens in the reveal dialog.
import { useTranslation } from "react-i18next";
import { ChangeFormDialog } from "@/app/ChangeDialog";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { KeyHint } from "@/components/Details";
import { formError } from "@/data/errors";
import { useChange } from "@/data/change";
import { useRead } from "@/data/queries";
import { KeyOutcome } from "@/features/end-key/KeyOutcome";
import { usePinnedKey } from "@/features/end-key/pinned";
import { isInUse } from "@/features/end-key/usage";
import type { KeyDetails } from "@/generated/KeyDetails";
import { relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { Blocked, whatBlocks } from "./Blocked";
import { ROTATION_FIELDS, RotationFields } from "./RotationFields";
import { useRotationForm } from "./useRotationForm";

const FORM = "rotate-key";

/** The rotate dialog; shows itself when its layer is open. */
export function RotateDialog() {
  const { shown, times, open, closed } = useLingeringLayer("rotate");
  return shown === null ? null : <Rotate key={times} opened={shown.key} open={open} onClosed={closed} />;
}

interface RotateProps {
  opened: KeyDetails;
  open: boolean;
  onClosed: () => void;
}

function Rotate({ opened, open, onClosed }: RotateProps) {
  const { t } = useTranslation();
  const now = useNow();
  const close = useLayers((layers) => layers.close);
  const change = useChange("keys.rotate");
  const pin = usePinnedKey(opened, change.error);
  const key = pin.pinned;
  const blocked = whatBlocks(key);
  const tenant = useRead("tenants.get", { tenant: key.tenant.id });
  const policy = tenant.data?.id === key.tenant.id ? tenant.data.policy : null;
  const form = useRotationForm({
    key,
    what: undefined,
    change,
    standard: key.grace ?? policy?.default_grace ?? "24h",
    longest: policy?.max_grace ?? null,
    send: (asked, then) => change.mutate({ key: key.id, ...asked }, then),
    close,
  });
  const used = key.usage.last_used_at;
  return (
    <ChangeFormDialog
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t("rotate.title")}
      description={t("rotate.about", { name: key.name, tenant: key.tenant.slug })}
      change={change}
      words={t("rotate.submit")}
      busyWords={t("rotate.submitting")}
      disabledReason={blocked === null ? undefined : t(`rotate.blocked_${blocked}`)}
      send={{ form: FORM }}
    >
      <p className="mt-2 flex flex-wrap items-center gap-x-3 text-meta text-fg-2">
        <KeyHint hint={key.hint} />
        <span>
          {used === null
            ? t("rotate.never_used")
            : isInUse(key.usage, now)
              ? t("rotate.used_recently", { when: relativeTime(new Date(used), now) })
              : t("rotate.used", { when: relativeTime(new Date(used), now) })}
        </span>
      </p>
      {blocked === null ? (
        <form id={FORM} onSubmit={form.submit} inert={form.busy} className="mt-4 flex flex-col gap-4">
          {form.expired && <p className="m-0 text-body text-fg">{t("rotate.expired")}</p>}
          <RotationFields form={form} keyShown={key} />
        </form>
      ) : (
        <Blocked keyShown={key} why={blocked} onChanged={pin.pin} onLeave={close} />
      )}
      <KeyOutcome
        title={t("rotate.failed")}
        change={change}
        error={formError(change.error, ROTATION_FIELDS)}
        pin={pin}
      />
    </ChangeFormDialog>
  );
}
