// One line about the system keychain: its state in words and the one thing to press, or that it is
// being waited for. Asks nothing itself.
import { CircleCheck, KeyRound, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { cx } from "@/components/classes";
import type { Keychain } from "./useKeychain";

interface KeychainLineProps {
  keychain: Keychain;
  /** Leaves out the line while all is well. */
  troubleOnly?: boolean;
}

/** The keychain's state. */
export function KeychainLine({ keychain, troubleOnly = false }: KeychainLineProps) {
  const { t } = useTranslation();
  const { words, pending, slow } = keychain;
  const good = words?.state === "available";
  const waiting = pending && slow;
  const silent = waiting ? false : words === null || (good && troubleOnly);
  const Icon = waiting ? KeyRound : good ? CircleCheck : TriangleAlert;
  return (
    <div role="status" className={silent ? "sr-only" : "flex items-start gap-2"}>
      {!silent && (
        <>
          <Icon
            aria-hidden="true"
            className={cx("mt-1 size-4 shrink-0", waiting ? "text-fg-3" : good ? "text-ok" : "text-warn")}
          />
          <span className="min-w-0 flex-1 py-0.5 text-body text-fg-2">
            {waiting ? t("keychain.waiting") : words?.message}
          </span>
          {waiting && (
            <Button size="compact" onClick={keychain.stopWaiting}>
              {t("action.cancel")}
            </Button>
          )}
          {!waiting && !good && words?.action !== null && (
            <Button size="compact" disabled={pending} onClick={() => void keychain.retry()}>
              {words?.action}
            </Button>
          )}
        </>
      )}
    </div>
  );
}
