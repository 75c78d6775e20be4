// What keeps a key from being rotated now, with the ways out: an old secret that still works (end
// it now, or extend it) or a new secret that nobody saved (show a new one). Holds no rule.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLeave } from "@/app/useLeave";
import { ChangeButton, WriteButton } from "@/app/writes";
import { useChange } from "@/data/change";
import { useProduction } from "@/data/startState";
import { usePinnedKey } from "@/features/end-key/pinned";
import { KeyOutcome } from "@/features/end-key/KeyOutcome";
import { useTypedName } from "@/features/end-key/TypedName";
import { toast } from "@/components/Toast";
import type { KeyDetails } from "@/generated/KeyDetails";
import { ExtendForm } from "./ExtendForm";
import { RemintAction } from "./RemintAction";

export type Block = "grace" | "unsaved" | "revoked" | "suspended";

/** What stands in the way of rotating `key`; nothing: it can be rotated. */
export function whatBlocks(key: KeyDetails): Block | null {
  if (key.status === "revoked") return "revoked";
  if (key.suspended_at !== null) return "suspended";
  if (key.status === "expired") return null;
  const has = (state: KeyDetails["secrets"][number]["state"]) =>
    key.secrets.some((secret) => secret.state === state);
  if (has("unconfirmed") || (key.unsaved && !has("current"))) return "unsaved";
  return has("retiring") ? "grace" : null;
}

interface BlockedProps {
  keyShown: KeyDetails;
  why: Block;
  onChanged: (key: KeyDetails) => void;
  onLeave: () => void;
}

/** The reason and its ways out. */
export function Blocked({ keyShown, why, onChanged, onLeave }: BlockedProps) {
  const { t } = useTranslation();
  return (
    <div className="mt-4">
      <p className="m-0 text-body text-fg">{t(`rotate.blocked_${why}`)}</p>
      {why === "grace" && <GraceActions keyShown={keyShown} onChanged={onChanged} />}
      {why === "unsaved" && <RemintAction id={keyShown.id} what={undefined} onLeave={onLeave} />}
    </div>
  );
}

function GraceActions({ keyShown, onChanged }: Pick<BlockedProps, "keyShown" | "onChanged">) {
  const { t } = useTranslation();
  const [extending, setExtending] = useState(false);
  const end = useChange("keys.retire_old");
  const own = usePinnedKey(keyShown, end.error);
  const pin = {
    ...own,
    pin: (fresh: KeyDetails) => {
      own.pin(fresh);
      onChanged(fresh);
    },
  };
  const { question } = useLeave({ open: true, change: end, close: end.reset });
  const production = useProduction();
  const typedName = useTypedName(keyShown.name, production);
  const retire = () => {
    if (!typedName.check()) return;
    end.mutate(
      { key: keyShown.id, version: pin.pinned.version },
      {
        onSuccess: (key) => {
          onChanged(key);
          toast.done(t("rotate.ended"));
        },
      },
    );
  };
  if (extending) {
    return <ExtendForm keyShown={keyShown} onCancel={() => setExtending(false)} onDone={onChanged} />;
  }
  return (
    <>
      {typedName.field(retire)}
      <div className="mt-3 flex gap-2">
        <ChangeButton
          change={end}
          words={t("rotate.end_now")}
          busyWords={t("rotate.ending")}
          onClick={retire}
        />
        <WriteButton onClick={() => setExtending(true)} disabled={end.isPending || end.isUnknown}>
          {t("rotate.extend")}
        </WriteButton>
      </div>
      <KeyOutcome title={t("rotate.end_failed")} change={end} pin={pin} />
      {question}
    </>
  );
}
