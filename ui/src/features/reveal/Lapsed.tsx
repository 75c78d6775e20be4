// What the reveal dialog says when its secret cannot be shown: the time to save it has passed, or
// the answer was a replay. Offers to mint the secret anew. Holds no plaintext.
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { WriteButton } from "@/app/writes";
import { Button } from "@/components/Button";
import { ErrorCard } from "@/components/Notices";
import { usePlatform } from "@/platform/context";
import { closeReveal, type OpenReveal } from "./reveal-state";
import { useRemint } from "./remint";

/** The words and the two ways on. */
export function Lapsed({ shown }: { shown: OpenReveal }) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const { remint, busy, error } = useRemint();
  // The button that had focus went away with the secret.
  const again = useRef<HTMLButtonElement>(null);
  useEffect(() => again.current?.focus(), []);
  return (
    <div className="mt-3">
      {error !== null && <ErrorCard title={t("reveal.remint_failed")} error={error} />}
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={() => closeReveal(platform)}>{t("action.close")}</Button>
        <WriteButton ref={again} kind="primary" disabled={busy} onClick={() => void remint(shown.key_id)}>
          {busy ? t("reveal.reminting") : t("reveal.remint")}
        </WriteButton>
      </div>
    </div>
  );
}
