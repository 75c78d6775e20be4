// Above the connection sheet's footer: what a test found, what was refused and belongs to no field,
// and a password that was not kept although the connection was saved. Runs nothing itself.
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ErrorCard } from "@/components/Notices";
import { formError } from "@/data/errors";
import { keychainStateOf, type Keychain } from "./useKeychain";
import { useLater } from "./useLater";
import type { Saving } from "./useSaving";
import { FIELDS, secretContext, type ConnectionValues } from "./values";

interface SheetNoticeProps {
  saving: Saving;
  kind: ConnectionValues["kind"];
  keychain: Keychain;
  onSaveAgain: () => void;
}

const LATE_MS = 2000;

/** What there is to say. */
export function SheetNotice({ saving, kind, keychain, onSaveAgain }: SheetNoticeProps) {
  const { t } = useTranslation();
  const { test, tested, secretError } = saving;
  const late = useLater(test.pending || saving.pending, LATE_MS);
  const refusal = formError(saving.refusal, [...FIELDS, "passphrase_again"]);
  const state = keychainStateOf(secretError);
  const again = async () => {
    const words = await keychain.retry();
    if (words?.state === "available") onSaveAgain();
  };
  return (
    <>
      <div role="status" className={tested !== null || late ? "mx-6 my-4" : "sr-only"}>
        {late && (
          <p className="m-0 flex items-center gap-3 text-fg-2">
            {t(saving.pending ? "keychain.waiting" : "connections.test_waiting")}
            <Button size="compact" onClick={saving.pending ? saving.cancelWaiting : test.cancel}>
              {t("action.cancel")}
            </Button>
          </p>
        )}
        {tested !== null && (
          <div className="flex items-start gap-2.5 rounded-control bg-ok-tint px-3 py-2 text-ok">
            <CircleCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
            <div className="selectable min-w-0">
              <p className="m-0 font-medium">{tested.message}</p>
              {tested.warnings.map((warning) => (
                <p key={warning} className="m-0 mt-1 text-warn">
                  {warning}
                </p>
              ))}
            </div>
          </div>
        )}
      </div>
      {secretError !== null && (
        <ErrorCard
          className="mx-6 my-4"
          title={t("connections.secret_not_saved", { context: secretContext({ kind }) })}
          error={secretError}
          onRetry={state === null ? onSaveAgain : () => void again()}
          retryWords={state === null ? t("action.retry") : t(`keychain.save_${state}`)}
        />
      )}
      {secretError === null && refusal !== undefined && (
        <ErrorCard
          className="mx-6 my-4"
          title={test.failed ? t("connections.test_failed") : t("connections.not_saved")}
          error={refusal}
        />
      )}
    </>
  );
}
