// Rotating a key (S9): how long the old secret keeps working and which expiry the key gets. What
// stands in the way (a grace period, an unsaved secret) is shown with its ways out instead.
// Holds no rule and no plaintext; the new secret opens in the reveal dialog.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { useLeave } from "@/app/useLeave";
import { ChangeButton } from "@/app/writes";
import { Button } from "@/components/Button";
import { KeyHint } from "@/components/Details";
import { Dialog } from "@/components/Dialog";
import { DurationPicker, durationWire, type DurationChoice } from "@/components/ExpiryPicker";
import { toast } from "@/components/Toast";
import { fieldError, formError } from "@/data/errors";
import { useChange, type Change } from "@/data/change";
import { useRead } from "@/data/queries";
import { useProduction } from "@/data/startState";
import { KeyOutcome } from "@/features/end-key/KeyOutcome";
import { usePinnedKey } from "@/features/end-key/pinned";
import { useTypedName } from "@/features/end-key/TypedName";
import { isInUse } from "@/features/end-key/usage";
import { openReveal, revealOf } from "@/features/reveal/reveal-state";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePlatform } from "@/platform/context";
import { readExpiry, type ExpiryChoice } from "@/time/expiry";
import { relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { Blocked, whatBlocks } from "./Blocked";
import { NewExpiryField } from "./NewExpiryField";
import {
  endAfter,
  graceEcho,
  graceOptions,
  proposedExpiry,
  sameGrace,
  stopsNow,
  type NewExpiry,
} from "./plan";

const FORM = "rotate-key";
const FIELDS = ["grace", "expires"];

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
  const { leave, question } = useLeave({ open, change, close });
  const form = useRotation(key, change, close);
  const used = key.usage.last_used_at;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && leave()}
      onClosed={onClosed}
      keepOnOutsidePress
      title={t("rotate.title")}
      description={t("rotate.about", { name: key.name, tenant: key.tenant.slug })}
      footer={
        <>
          <Button onClick={leave} disabled={change.isPending}>
            {t("action.cancel")}
          </Button>
          <ChangeButton
            kind="primary"
            type="submit"
            form={FORM}
            change={change}
            words={t("rotate.submit")}
            busyWords={t("rotate.submitting")}
            disabledReason={blocked === null ? undefined : t(`rotate.blocked_${blocked}`)}
          />
        </>
      }
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
          <Fields form={form} keyShown={key} now={now} />
        </form>
      ) : (
        <Blocked keyShown={key} why={blocked} onChanged={pin.pin} onLeave={close} />
      )}
      <KeyOutcome
        title={t("rotate.failed")}
        change={change}
        error={formError(change.error, FIELDS)}
        pin={pin}
      />
      {question}
    </Dialog>
  );
}

function Fields({ form, keyShown, now }: { form: Rotation; keyShown: KeyDetails; now: Date }) {
  const { t } = useTranslation();
  const wire = durationWire(form.grace);
  const expired = keyShown.status === "expired";
  const end = endAfter(keyShown, form.expiry, form.chosen, now);
  return (
    <>
      {expired && <p className="m-0 text-body text-fg">{t("rotate.expired")}</p>}
      {!expired && (
        <DurationPicker
          label={t("rotate.grace")}
          value={form.grace}
          onChange={form.setGrace}
          options={form.graces}
          description={graceEcho(wire, end, expired, now)}
          error={
            form.tried && wire === undefined ? t("duration.not_a_number") : fieldError(form.error, "grace")
          }
        />
      )}
      {!expired && stopsNow(wire) && isInUse(keyShown.usage, now) && (
        <p role="status" className="m-0 rounded-control bg-warn-tint px-3 py-2 text-body text-warn">
          {t("rotate.stop_warning")}
        </p>
      )}
      {form.typedName.field()}
      <NewExpiryField
        keyShown={keyShown}
        value={form.expiry}
        onChange={form.setExpiry}
        chosen={form.chosen}
        onChoose={form.setChosen}
        error={form.expiryError ?? fieldError(form.error, "expires")}
        now={now}
      />
    </>
  );
}

type Rotation = ReturnType<typeof useRotation>;

/** The form's state, and the change it makes. */
function useRotation(key: KeyDetails, change: Change<"keys.rotate">, close: () => void) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const now = useNow();
  const tenant = useRead("tenants.get", { tenant: key.tenant.id });
  const policy = tenant.data?.id === key.tenant.id ? tenant.data.policy : null;
  const standard = key.grace ?? policy?.default_grace ?? "24h";
  const graces = graceOptions(policy?.max_grace ?? null, standard);
  const [picked, setGrace] = useState<DurationChoice | null>(null);
  const grace = picked ?? { kind: "span", span: sameGrace(graces, standard) };
  const [expiryPicked, setExpiry] = useState<NewExpiry | null>(null);
  const expiry = expiryPicked ?? proposedExpiry(key, now);
  const [chosen, setChosen] = useState<ExpiryChoice>({ kind: "span", span: "90d" });
  const [tried, setTried] = useState(false);
  const reading = expiry === "choose" ? readExpiry(chosen, now) : null;
  const wire = durationWire(grace);
  const production = useProduction();
  const typedName = useTypedName(key.name, production && stopsNow(wire) && key.status !== "expired");
  const busy = change.isPending || change.isUnknown;
  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    setTried(true);
    if (wire === undefined || reading?.ok === false || busy || !typedName.check()) return;
    const expires = reading === null ? expiry : reading.wire;
    change.mutate(
      { key: key.id, grace: wire, expires, confirm: "later", version: key.version },
      {
        onSuccess: (answer) => {
          close();
          // An expired key's old secrets are dead already.
          const old = key.status === "expired" ? null : { grace: wire, key_ends_at: endOf(answer.key) };
          openReveal(platform, revealOf(answer, "rotated", old));
        },
        onUnseen: () => {
          close();
          toast.done(t("reveal.done_rotated"), { description: t("lost.unseen") });
        },
      },
    );
  };
  const endOf = (answered: KeyDetails) =>
    endAfter(key, expiry, chosen, new Date())?.toISOString() ?? answered.expires_at;
  return {
    grace,
    setGrace,
    graces,
    expiry,
    setExpiry,
    chosen,
    setChosen,
    tried,
    expiryError: tried && reading?.ok === false ? reading.error : undefined,
    submit,
    typedName,
    busy,
    error: change.error,
  };
}
