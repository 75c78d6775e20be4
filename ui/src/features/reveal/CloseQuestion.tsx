// The question before a key that nobody has saved goes away. Holds no decision: the guard in
// reveal-state.ts asks it and gets the answer.
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { usePlatform } from "@/platform/context";
import { answerLeave, isStored, useReveal } from "./reveal-state";
import { useWhat } from "./what";

/** "Close without saving this key?" */
export function CloseQuestion() {
  const { t } = useTranslation();
  const context = useWhat();
  const platform = usePlatform();
  const asking = useReveal((state) => state.asking);
  const stored = useReveal(isStored);
  const keep = useRef<HTMLButtonElement>(null);
  return (
    <AlertDialog
      open={asking}
      onOpenChange={(_, details) => {
        // Escape is the safe answer.
        details.cancel();
        answerLeave(platform, false);
      }}
      initialFocus={keep}
      title={stored ? t("reveal.close_unconfirmed_title", { context }) : t("reveal.close_title", { context })}
      description={stored ? t("reveal.close_unconfirmed_body") : t("reveal.close_body", { context })}
      footer={
        <>
          <Button ref={keep} onClick={() => answerLeave(platform, false)}>
            {t("reveal.keep_open")}
          </Button>
          <Button kind="danger" onClick={() => answerLeave(platform, true)}>
            {t("reveal.close_anyway")}
          </Button>
        </>
      }
    />
  );
}
