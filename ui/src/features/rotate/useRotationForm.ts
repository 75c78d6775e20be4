// What a rotation is asked for: how long the old secret keeps working and when what is rotated ends. The same for a
// key and for an operator's token. Holds no rule, no plaintext and no control.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { durationWire, type DurationChoice } from "@/components/ExpiryPicker";
import { toast } from "@/components/Toast";
import type { Change } from "@/data/change";
import { useProduction } from "@/data/startState";
import { useTypedName } from "@/features/end-key/TypedName";
import { openReveal, revealOf } from "@/features/reveal/reveal-state";
import type { What } from "@/features/reveal/what";
import type { KeyDetails } from "@/generated/KeyDetails";
import type { KeysRotate } from "@/generated/KeysRotate";
import { usePlatform } from "@/platform/context";
import type { AnswerOf } from "@/platform/platform";
import { readExpiry, type ExpiryChoice } from "@/time/expiry";
import { useNow } from "@/time/useNow";
import { endAfter, graceOptions, proposedExpiry, sameGrace, stopsNow, type NewExpiry } from "./plan";

/** What the form asks for, whatever it is about. */
type RotationAsked = Required<Pick<KeysRotate, "grace" | "expires" | "confirm" | "version">>;

type Answer = AnswerOf<"keys.rotate" | "operators.rotate">;

/** What follows: the reveal, or the word that it was made although its answer was lost. */
interface RotationThen {
  onSuccess: (answer: Answer) => void;
  onUnseen: () => void;
}

interface RotationOptions {
  /** The key, or the key that is an operator's token. */
  key: KeyDetails;
  what: What;
  change: Pick<Change<"keys.rotate" | "operators.rotate">, "isPending" | "isUnknown" | "error">;
  /** How long is proposed, until somebody chooses, and the longest there is; nothing: no limit. */
  standard: string;
  longest: string | null;
  /** Whether an older secret ends at once, whatever is chosen. */
  cutsOld?: boolean;
  send: (asked: RotationAsked, then: RotationThen) => void;
  close: () => void;
}

/** The form's state, and the change it makes. */
export type RotationForm = ReturnType<typeof useRotationForm>;

/** One form; `submit` sends it once all of it can be read. */
export function useRotationForm(options: RotationOptions) {
  const { key, what, change, standard, send, close } = options;
  const { t } = useTranslation();
  const platform = usePlatform();
  const now = useNow();
  const [gracePicked, setGrace] = useState<DurationChoice | null>(null);
  const graces = graceOptions(options.longest, standard);
  const grace = gracePicked ?? { kind: "span", span: sameGrace(graces, standard) };
  const [expiryPicked, setExpiry] = useState<NewExpiry | null>(null);
  const expiry = expiryPicked ?? proposedExpiry(key, now);
  const [chosen, setChosen] = useState<ExpiryChoice>({ kind: "span", span: "90d" });
  const [tried, setTried] = useState(false);
  const reading = expiry === "choose" ? readExpiry(chosen, now) : null;
  const wire = durationWire(grace);
  const expired = key.status === "expired";
  const cuts = stopsNow(wire) || options.cutsOld === true;
  const typedName = useTypedName(key.name, useProduction() && cuts && !expired);
  const busy = change.isPending || change.isUnknown;
  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    setTried(true);
    if (wire === undefined || reading?.ok === false || busy || !typedName.check()) return;
    const expires = reading === null ? expiry : reading.wire;
    send(
      { grace: wire, expires, confirm: "later", version: key.version },
      {
        onSuccess: (answer) => {
          close();
          const ends = endAfter(key, expiry, chosen, new Date())?.toISOString() ?? answer.key.expires_at;
          // What has expired has no old secret that still works.
          openReveal(
            platform,
            revealOf(answer, "rotated", expired ? null : { grace: wire, key_ends_at: ends }),
          );
        },
        onUnseen: () => {
          close();
          toast.done(t("reveal.done_rotated", { context: what }), { description: t("lost.unseen") });
        },
      },
    );
  };
  return {
    what,
    wire,
    expired,
    grace,
    setGrace,
    graces,
    expiry,
    setExpiry,
    chosen,
    setChosen,
    end: endAfter(key, expiry, chosen, now),
    graceError: tried && wire === undefined ? t("duration.not_a_number") : undefined,
    expiryError: tried && reading?.ok === false ? reading.error : undefined,
    submit,
    typedName,
    busy,
    error: change.error,
  };
}
