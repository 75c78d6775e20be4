// The two questions about a running grace period: end it now, or take the rotation back. Both kill
// one of the two secrets at once, so both ask first. Holds no rule.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ChangeQuestion } from "@/app/ChangeDialog";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { useProduction } from "@/data/startState";
import { KeyOutcome } from "@/features/end-key/KeyOutcome";
import { usePinnedKey } from "@/features/end-key/pinned";
import { useTypedName } from "@/features/end-key/TypedName";
import { lastUseSentence } from "@/features/end-key/usage";
import type { KeyDetails } from "@/generated/KeyDetails";
import { useNow } from "@/time/useNow";

export type GraceEnd = "retire_old" | "undo_rotation";

interface GraceQuestionProps {
  shown: KeyDetails;
  asking: GraceEnd | null;
  onClose: () => void;
}

/** "End the grace period now?" and "Undo the rotation?" */
export function GraceQuestion({ shown, asking, onClose }: GraceQuestionProps) {
  // The question stays drawn while it fades.
  const [last, setLast] = useState(asking);
  if (asking !== null && asking !== last) setLast(asking);
  if (last === null) return null;
  const open = asking !== null;
  return (
    <Question
      key={last}
      kind={last}
      shown={shown}
      open={open}
      onClose={onClose}
      onClosed={() => setLast(null)}
    />
  );
}

interface QuestionProps {
  kind: GraceEnd;
  shown: KeyDetails;
  open: boolean;
  onClose: () => void;
  onClosed: () => void;
}

function Question({ kind, shown, open, onClose, onClosed }: QuestionProps) {
  const { t } = useTranslation();
  const now = useNow();
  const change = useChange(`keys.${kind}`);
  const pin = usePinnedKey(shown, change.error);
  const production = useProduction();
  const dying = shown.secrets.find(
    (secret) => secret.state === (kind === "retire_old" ? "retiring" : "current"),
  );
  const over = dying === undefined;
  const busy = change.isPending || change.isUnknown;
  // Ended meanwhile, by its time or by somebody else: there is nothing left to ask.
  useEffect(() => {
    if (open && over && !busy) onClose();
  }, [open, over, busy, onClose]);
  const typedName = useTypedName(shown.name, production);
  const act = () => {
    if (!typedName.check() || busy) return;
    change.mutate(
      { key: shown.id, version: pin.pinned.version },
      {
        onSuccess: () => {
          onClose();
          toast.done(t(`key_detail.${kind}_done`));
        },
      },
    );
  };
  return (
    <ChangeQuestion
      open={open}
      onClose={onClose}
      onClosed={onClosed}
      title={t(`key_detail.${kind}_title`)}
      description={t(`key_detail.${kind}_about`, {
        hint: dying?.hint ?? "",
        used: dying === undefined ? "" : lastUseSentence(dying.usage, now),
      })}
      kind="danger"
      change={change}
      words={t(`key_detail.${kind}_submit`)}
      busyWords={t(`key_detail.${kind}_submitting`)}
      send={act}
    >
      {typedName.field(act)}
      <KeyOutcome title={t(`key_detail.${kind}_failed`)} change={change} pin={pin} />
    </ChangeQuestion>
  );
}
