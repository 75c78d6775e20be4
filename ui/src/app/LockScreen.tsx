// What the whole window shows while the store is locked: which one it is, and the way back. Nothing of
// the store is on the page or in its caches; what is entered goes to the program and is kept nowhere.
import { Lock } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ErrorCard } from "@/components/Notices";
import { useCloseStore, useOpened } from "@/data/startState";
import { CredentialDialog, neededBy, type Given, type Needed } from "@/features/connections/CredentialDialog";
import { KeychainLine } from "@/features/connections/KeychainLine";
import { useCommand } from "@/features/connections/useCommand";
import { keychainStateOf, useKeychain } from "@/features/connections/useKeychain";
import { useLater } from "@/features/connections/useLater";
import { usePlatform } from "@/platform/context";
import type { StoreState } from "@/platform/platform";

const LATE_MS = 2000;

/** The panel. */
export function LockScreen({ store }: { store: StoreState }) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const { opened } = useOpened();
  const close = useCloseStore();
  const { run, forget, pending, error } = useCommand("unlock");
  /** What is asked for, once it is. */
  const [asked, setAsked] = useState<Needed | null>(null);
  const usual = store.connection?.kind === "server" ? "token" : "password";
  const needed = neededBy(error, usual);
  // It stays while what was entered is tried, and after that.
  if (needed !== null && needed !== asked) setAsked(needed);
  const late = useLater(pending, LATE_MS);
  const keychain = useKeychain(keychainStateOf(error) !== null);
  const again = useRef<HTMLButtonElement>(null);
  useEffect(() => again.current?.focus(), []);
  const unlock = (given: Given = {}) => {
    const { secret, passphrase } = given;
    const request = {
      ...(secret !== undefined && { secret }),
      ...(passphrase !== undefined && { passphrase }),
    };
    void run(request).then((state) => state !== null && opened(state));
  };
  // Once the keychain answers there is nothing left to press.
  const retry = async () => {
    const words = await keychain.retry();
    if (words?.state === "available") unlock();
    return words;
  };
  const cancel = () => {
    setAsked(null);
    forget();
    if (pending) void platform.command("connection_cancel", {}).catch(() => undefined);
  };
  const other = error !== null && asked === null ? error : null;
  return (
    <main className="flex h-full flex-col items-center justify-center gap-5 overflow-y-auto p-6 text-center">
      <span
        aria-hidden="true"
        className="flex size-12 items-center justify-center rounded-full bg-accent-tint text-accent-text"
      >
        <Lock className="size-5" />
      </span>
      <div className="max-w-100">
        <p className="m-0 text-meta text-fg-2">{t("app.name")}</p>
        <h1 className="m-0 mt-1 text-page font-semibold">{t("lock.title")}</h1>
        <p className="m-0 mt-1 break-words text-fg-2">{t("lock.about", { name: store.name })}</p>
      </div>
      <div className="flex gap-2">
        <Button ref={again} kind="primary" disabled={pending} onClick={() => unlock()}>
          {pending ? t("lock.unlocking") : t("lock.unlock")}
        </Button>
        {late && asked === null && <Button onClick={cancel}>{t("action.cancel")}</Button>}
        <Button disabled={close.isPending} onClick={() => close.mutate()}>
          {t("shell.all_connections")}
        </Button>
      </div>
      {other !== null && (
        <div className="flex w-120 max-w-full flex-col gap-3 text-left">
          {keychainStateOf(other) === null ? (
            <ErrorCard title={t("lock.failed")} error={other} onRetry={() => unlock()} />
          ) : (
            <>
              <KeychainLine keychain={{ ...keychain, retry }} />
              <Button className="self-start" onClick={() => setAsked(usual)}>
                {t("lock.enter")}
              </Button>
            </>
          )}
        </div>
      )}
      {store.connection !== null && store.connection !== undefined && (
        <CredentialDialog
          open={asked !== null}
          needed={asked ?? usual}
          name={store.name}
          place={store.path}
          keep={store.connection.keep}
          once
          error={error}
          pending={pending}
          submitWords={t("lock.unlock_program")}
          submittingWords={t("lock.unlocking")}
          onSubmit={unlock}
          onCancel={cancel}
        />
      )}
    </main>
  );
}
