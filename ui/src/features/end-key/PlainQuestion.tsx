// Suspend, resume, reactivate: one question each, no field. Suspending a key that is in use says so.
// Holds no rule: who may be reactivated is decided in core.
import { useTranslation } from "react-i18next";
import { ChangeQuestion } from "@/app/ChangeDialog";
import { useLayers } from "@/app/layers";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import type { KeyDetails } from "@/generated/KeyDetails";
import { relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { KeyOutcome } from "./KeyOutcome";
import { usePinnedKey } from "./pinned";
import { reasonWords } from "./reasons";
import { lastUseSentence } from "./usage";

interface PlainQuestionProps {
  kind: "suspend" | "resume" | "reactivate";
  opened: KeyDetails;
  open: boolean;
  onClosed: () => void;
}

/** "Suspend NAME?" and its like. */
export function PlainQuestion({ kind, opened, open, onClosed }: PlainQuestionProps) {
  const { t } = useTranslation();
  const now = useNow();
  const close = useLayers((layers) => layers.close);
  const change = useChange(`keys.${kind}`);
  const pin = usePinnedKey(opened, change.error);
  const key = pin.pinned;
  const act = () =>
    change.mutate(
      { key: key.id, version: key.version },
      {
        onSuccess: () => {
          close();
          toast.done(t(`${kind}.done`));
        },
      },
    );
  return (
    <ChangeQuestion
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t(`${kind}.title`, { name: key.name })}
      description={description()}
      kind={kind === "suspend" ? "danger" : "primary"}
      change={change}
      words={t(`${kind}.submit`)}
      busyWords={t(`${kind}.submitting`)}
      send={act}
    >
      <KeyOutcome title={t(`${kind}.failed`)} change={change} pin={pin} />
    </ChangeQuestion>
  );

  function description(): string {
    if (kind === "suspend") return t("suspend.about", { used: lastUseSentence(key.usage, now) });
    if (kind === "resume") return t("resume.about");
    const { revocation } = key;
    if (revocation === null) return t("reactivate.about");
    return t("reactivate.about_revoked", {
      who: revocation.by,
      when: relativeTime(new Date(revocation.at), now),
      reason: reasonWords(revocation.reason),
    });
  }
}
