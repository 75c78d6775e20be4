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
import { useWhat } from "./what";

/** The words and the two ways on. */
export function Lapsed({ shown }: { shown: OpenReveal }) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const { remint, busy, error } = useRemint();
  const context = useWhat();
  // The button that had focus went away with the secret.
  const again = useRef<HTMLButtonElement>(null);
  useEffect(() => again.current?.focus(), []);
  return (
    <div className="mt-3">
      {error !== null && <ErrorCard title={t("reveal.remint_failed", { context })} error={error} />}
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={() => closeReveal(platform)}>{t("action.close")}</Button>
        <WriteButton
          ref={again}
          of={context === "token" ? "operators" : "keys"}
          kind="primary"
          disabled={busy}
          onClick={() => void remint(shown.key_id)}
        >
          {t(busy ? "reveal.reminting" : "reveal.remint", { context })}
        </WriteButton>
      </div>
    </div>
  );
}
