// The two questions about a running grace period: end it now, or take the rotation back. Both kill
// one of the two secrets at once, so both ask first. Holds no rule.
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/queries";
import { ChangeFailed } from "@/features/end-key/ChangeFailed";
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
  const cancel = useRef<HTMLButtonElement>(null);
  const dying = shown.secrets.find(
    (secret) => secret.state === (kind === "retire_old" ? "retiring" : "current"),
  );
  const over = dying === undefined;
  // Ended meanwhile, by its time or by somebody else: there is nothing left to ask.
  useEffect(() => {
    if (open && over && !change.isPending) onClose();
  }, [open, over, change.isPending, onClose]);
  const act = () =>
    change.mutate(
      { key: shown.id, version: shown.version },
      {
        onSuccess: () => {
          onClose();
          toast.done(t(`key_detail.${kind}_done`));
        },
      },
    );
  return (
    <AlertDialog
      open={open}
      onOpenChange={(next) => !next && !change.isPending && onClose()}
      onClosed={onClosed}
      initialFocus={cancel}
      title={t(`key_detail.${kind}_title`)}
      description={t(`key_detail.${kind}_about`, {
        hint: dying?.hint ?? "",
        used: dying === undefined ? "" : lastUseSentence(dying.usage, now),
      })}
      footer={
        <>
          <Button ref={cancel} onClick={onClose} disabled={change.isPending}>
            {t("action.cancel")}
          </Button>
          <Button kind="danger" onClick={act} disabled={change.isPending}>
            {change.isPending ? t(`key_detail.${kind}_submitting`) : t(`key_detail.${kind}_submit`)}
          </Button>
        </>
      }
    >
      <ChangeFailed
        className="mt-4"
        title={t(`key_detail.${kind}_failed`)}
        error={change.error}
        onReload={() => Promise.resolve(change.reset())}
      />
    </AlertDialog>
  );
}
