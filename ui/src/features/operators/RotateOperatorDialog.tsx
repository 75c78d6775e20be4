// Giving an operator a new token: how long the old one keeps working and when the new one ends. The new token
// opens in the reveal. Holds no rule and no plaintext.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { PinnedOutcome } from "@/app/PinnedOutcome";
import { useLeave } from "@/app/useLeave";
import { ChangeButton, WriteButton } from "@/app/writes";
import { Button } from "@/components/Button";
import { KeyHint } from "@/components/Details";
import { Dialog } from "@/components/Dialog";
import { DurationPicker, durationWire, type DurationChoice } from "@/components/ExpiryPicker";
import { Banner, ErrorCard } from "@/components/Notices";
import { toast } from "@/components/Toast";
import { useChange, type Change } from "@/data/change";
import { fieldError, formError } from "@/data/errors";
import { usePinned } from "@/data/pinned";
import { useRead } from "@/data/queries";
import { useProduction } from "@/data/startState";
import { useTypedName } from "@/features/end-key/TypedName";
import { isInUse, lastUseSentence } from "@/features/end-key/usage";
import { useRemint } from "@/features/reveal/remint";
import { openReveal, revealOf } from "@/features/reveal/reveal-state";
import { NewExpiryField } from "@/features/rotate/NewExpiryField";
import { endAfter, graceOptions, proposedExpiry, stopsNow, type NewExpiry } from "@/features/rotate/plan";
import type { KeyDetails } from "@/generated/KeyDetails";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import { usePlatform } from "@/platform/context";
import { readExpiry, type ExpiryChoice } from "@/time/expiry";
import { shortTime, spanMs } from "@/time/format";
import { useNow } from "@/time/useNow";
import { OPERATOR_SHOWN, readOperator } from "./values";

const FORM = "rotate-operator";
const FIELDS = ["grace", "expires"];

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
  const platform = usePlatform();
  const close = useLayers((layers) => layers.close);
  const change = useChange("operators.rotate");
  const pin = usePinned(opened, change.error, () => readOperator(platform, opened.key.id));
  const { key } = pin.pinned;
  const { leave, question } = useLeave({ open, change, close });
  const form = useTokenRotation(key, change, close);
  const own = useRead("operators.current", {}).data?.operator?.id === key.id;
  const unsaved = key.secrets.some(({ state }) => state === "unconfirmed");
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && leave()}
      onClosed={onClosed}
      keepOnOutsidePress
      title={t("operators.rotate_title", { name: key.name })}
      description={t("operators.rotate_about")}
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
            words={t("operators.rotate_submit")}
            busyWords={t("operators.rotate_submitting")}
            disabledReason={unsaved ? t("operators.rotate_unsaved") : undefined}
          />
        </>
      }
    >
      <p className="mt-2 flex flex-wrap items-center gap-x-3 text-meta text-fg-2">
        <KeyHint hint={key.hint} />
        <span>{lastUseSentence(key.usage, now)}</span>
      </p>
      {unsaved ? (
        <Unsaved keyShown={key} onLeave={close} />
      ) : (
        <form id={FORM} onSubmit={form.submit} inert={form.busy} className="mt-4 flex flex-col gap-4">
          {own && <Banner tone="info">{t("operators.rotate_own")}</Banner>}
          {key.old_until !== null && (
            <Banner>{t("operators.rotate_in_grace", { time: shortTime(new Date(key.old_until)) })}</Banner>
          )}
          <Fields form={form} keyShown={key} now={now} />
        </form>
      )}
      <PinnedOutcome
        title={t("operators.rotate_failed")}
        change={change}
        error={formError(change.error, FIELDS)}
        pin={pin}
        facts={OPERATOR_SHOWN}
      />
      {question}
    </Dialog>
  );
}

function Unsaved({ keyShown, onLeave }: { keyShown: KeyDetails; onLeave: () => void }) {
  const { t } = useTranslation();
  const { remint, busy, error } = useRemint();
  const show = () => void remint(keyShown.id).then((failure) => failure === null && onLeave());
  return (
    <div className="mt-4">
      <p className="m-0 text-body text-fg">{t("operators.rotate_unsaved")}</p>
      <WriteButton of="operators" className="mt-3" onClick={show} disabled={busy}>
        {busy ? t("reveal.reminting") : t("operators.remint")}
      </WriteButton>
      {error !== null && <ErrorCard className="mt-3" title={t("reveal.remint_failed")} error={error} />}
    </div>
  );
}

function Fields({ form, keyShown, now }: { form: TokenRotation; keyShown: KeyDetails; now: Date }) {
  const { t } = useTranslation();
  const wire = durationWire(form.grace);
  const expired = keyShown.status === "expired";
  const end = endAfter(keyShown, form.expiry, form.chosen, now);
  return (
    <>
      {!expired && (
        <DurationPicker
          label={t("operators.rotate_grace")}
          value={form.grace}
          onChange={form.setGrace}
          options={graceOptions(null, "24h")}
          description={tokenEcho(wire, end, now)}
          error={
            form.tried && wire === undefined ? t("duration.not_a_number") : fieldError(form.error, "grace")
          }
        />
      )}
      {!expired && stopsNow(wire) && isInUse(keyShown.usage, now) && (
        <p role="status" className="m-0 rounded-control bg-warn-tint px-3 py-2 text-body text-warn">
          {t("operators.rotate_warning")}
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

  function tokenEcho(grace: string | undefined, ends: Date | null, at: Date): string {
    const span = grace === undefined ? undefined : spanMs(grace);
    if (span === undefined) return "";
    if (span === 0) return t("operators.rotate_echo_stop");
    const until = new Date(at.getTime() + span);
    if (ends !== null && ends < until) return t("operators.rotate_echo_capped", { time: shortTime(ends) });
    return t("operators.rotate_echo", { time: shortTime(until) });
  }
}

type TokenRotation = ReturnType<typeof useTokenRotation>;

/** The form's state, and the change it makes. */
function useTokenRotation(key: KeyDetails, change: Change<"operators.rotate">, close: () => void) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const now = useNow();
  const [grace, setGrace] = useState<DurationChoice>({ kind: "span", span: "24h" });
  const [picked, setExpiry] = useState<NewExpiry | null>(null);
  const expiry = picked ?? proposedExpiry(key, now);
  const [chosen, setChosen] = useState<ExpiryChoice>({ kind: "span", span: "90d" });
  const [tried, setTried] = useState(false);
  const reading = expiry === "choose" ? readExpiry(chosen, now) : null;
  const wire = durationWire(grace);
  const expired = key.status === "expired";
  const cuts = stopsNow(wire) || key.old_until !== null;
  const typedName = useTypedName(key.name, useProduction() && cuts && !expired);
  const busy = change.isPending || change.isUnknown;
  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    setTried(true);
    if (wire === undefined || reading?.ok === false || busy || !typedName.check()) return;
    change.mutate(
      {
        operator: key.id,
        grace: wire,
        expires: reading === null ? expiry : reading.wire,
        confirm: "later",
        version: key.version,
        // It is said above the fields that the older one ends.
        ...(key.old_until !== null && { cut_old: true }),
      },
      {
        onSuccess: (answer) => {
          close();
          const ends = endAfter(key, expiry, chosen, new Date())?.toISOString() ?? answer.key.expires_at;
          openReveal(
            platform,
            revealOf(answer, "rotated", expired ? null : { grace: wire, key_ends_at: ends }),
          );
        },
        onUnseen: () => {
          close();
          toast.done(t("reveal.done_rotated", { context: "token" }), { description: t("lost.unseen") });
        },
      },
    );
  };
  return {
    grace,
    setGrace,
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
