// Why a change of a key was not done: who was first and when, with a way to see it, or the error
// card. Stands above a form's footer; what belongs at a field is shown there. Holds no form.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ErrorCard } from "@/components/Notices";
import { asAdminError, type AdminError } from "@/platform/platform";
import { exactTime, relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";

interface ChangeFailedProps {
  title: string;
  error: AdminError | null | undefined;
  /** Reads the key again; typed text stays. */
  onReload: () => Promise<unknown>;
  className?: string;
}

/** A conflict with Reload, or the error card; nothing without an error. */
export function ChangeFailed({ title, error, onReload, className }: ChangeFailedProps) {
  const { t } = useTranslation();
  const now = useNow();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<AdminError | null>(null);
  const shown = failed ?? error;
  if (shown === null || shown === undefined) return null;
  if (shown.code !== "conflict") return <ErrorCard className={className} title={title} error={shown} />;
  const at = shown.at === undefined ? null : new Date(shown.at);
  const reload = () => {
    setBusy(true);
    setFailed(null);
    void onReload()
      .catch((thrown: unknown) => setFailed(asAdminError(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <div
      role="alert"
      className={`rounded-table border border-warn bg-warn-tint p-4 text-body ${className ?? ""}`}
    >
      <p className="font-semibold text-warn">
        {at === null
          ? t("change_key.conflict", { who: shown.by ?? t("change_key.somebody") })
          : t("change_key.conflict_at", {
              who: shown.by ?? t("change_key.somebody"),
              when: relativeTime(at, now),
            })}
      </p>
      <p className="mt-0.5 text-fg">
        {t("change_key.conflict_about")}
        {at !== null && <span className="block text-meta text-fg-2">{exactTime(at)}</span>}
      </p>
      <Button size="compact" className="mt-3" disabled={busy} onClick={reload}>
        {t("action.reload")}
      </Button>
    </div>
  );
}
