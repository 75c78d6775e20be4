// Suspend, resume, reactivate: one question each, no field. Suspending a key that is in use says so.
// Holds no rule: who may be reactivated is decided in core.
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { ChangeFailed } from "./ChangeFailed";
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
  const { key, reload } = usePinnedKey(opened);
  const change = useChange(`keys.${kind}`);
  const cancel = useRef<HTMLButtonElement>(null);
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
    <AlertDialog
      open={open}
      onOpenChange={(next) => !next && !change.isPending && close()}
      onClosed={onClosed}
      initialFocus={cancel}
      title={t(`${kind}.title`, { name: key.name })}
      description={description()}
      footer={
        <>
          <Button ref={cancel} onClick={close} disabled={change.isPending}>
            {t("action.cancel")}
          </Button>
          <Button kind={kind === "suspend" ? "danger" : "primary"} onClick={act} disabled={change.isPending}>
            {change.isPending ? t(`${kind}.submitting`) : t(`${kind}.submit`)}
          </Button>
        </>
      }
    >
      <ChangeFailed
        className="mt-4"
        title={t(`${kind}.failed`)}
        error={change.error}
        onReload={() => reload().then(() => change.reset())}
      />
    </AlertDialog>
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
