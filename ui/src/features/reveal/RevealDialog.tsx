// The dialog that shows a fresh secret once (S7). Mounted at the root of the window, so that no
// page can take it away. Every way of closing goes through the guard in reveal-state.ts.
// Holds no plaintext.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useCloseGuard } from "@/app/closeGuards";
import { Button } from "@/components/Button";
import { Checkbox } from "@/components/Checkbox";
import { Dialog } from "@/components/Dialog";
import { toast } from "@/components/Toast";
import { usePlatform } from "@/platform/context";
import { CloseQuestion } from "./CloseQuestion";
import { Lapsed } from "./Lapsed";
import { OldKeyLine } from "./OldKeyLine";
import {
  closeReveal,
  confirmSaved,
  isStored,
  mayLeave,
  noteLapsed,
  useReveal,
  whenDropped,
  type OpenReveal,
} from "./reveal-state";
import { CopyButton, ResultLine, SaveMenu, useSaving } from "./SaveControls";
import { SecretField } from "./SecretField";
import { UseIt } from "./UseIt";
import { useShown } from "./useShown";
import { useWhat, whatOf, WhatProvider } from "./what";

/** The reveal dialog; shows itself when a secret is fresh. One, at the root. */
export function RevealDialog() {
  const { t } = useTranslation();
  const platform = usePlatform();
  const current = useReveal((state) => state.current);
  // What was open stays drawn while the dialog fades.
  const [last, setLast] = useState<OpenReveal | null>(null);
  if (current !== null && current !== last) setLast(current);
  const lapsed = useReveal((state) => state.lapsed);
  const copyButton = useRef<HTMLButtonElement>(null);
  // The window's own close button, another store, the lock and the program's quit ask the same guard.
  useCloseGuard(current !== null, (then) => void mayLeave(platform).then((leave) => leave && then()));
  useLapse(current);
  useRefreshWhenConfirmed();
  const shown = current ?? last;
  if (shown === null) return null;
  const usable = shown.reveal !== null && !lapsed;
  const context = whatOf(shown);
  return (
    <WhatProvider value={context}>
      <Dialog
        open={current !== null}
        onOpenChange={(open, details) => {
          if (open) return;
          details.cancel();
          void mayLeave(platform);
        }}
        onClosed={() => setLast(null)}
        keepOnOutsidePress
        closable
        width={560}
        initialFocus={copyButton}
        title={title()}
        description={description()}
        footer={usable ? <Footer how={shown.how} /> : undefined}
      >
        <CloseQuestion />
        {usable && shown.reveal !== null ? (
          <Secret
            key={shown.reveal.handle}
            shown={shown}
            reveal={shown.reveal}
            open={current !== null}
            copyButton={copyButton}
          />
        ) : (
          <Lapsed shown={shown} />
        )}
      </Dialog>
    </WhatProvider>
  );

  function title(): string {
    if (shown?.reveal === null) return t("reveal.title_replayed", { context });
    if (lapsed) return t("reveal.title_lapsed", { context });
    return shown?.how === "issued" ? t("reveal.title", { context }) : t("reveal.title_new", { context });
  }

  function description(): string {
    if (shown?.reveal === null) return t("reveal.replayed", { context });
    const names = { name: shown?.name, tenant: shown?.tenant, context };
    return lapsed ? t("reveal.lapsed", names) : t("reveal.about", names);
  }
}

interface SecretProps {
  shown: OpenReveal;
  reveal: NonNullable<OpenReveal["reveal"]>;
  open: boolean;
  copyButton: RefObject<HTMLButtonElement | null>;
}

function Secret({ shown, reveal, open, copyButton }: SecretProps) {
  const { t } = useTranslation();
  const { result, copy, save, fail } = useSaving(reveal.handle);
  const { plaintext, asked, show, hide } = useShown(reveal.handle, open, fail);
  const asking = useReveal((state) => state.asking);
  const token = useWhat() === "token";
  useCopyShortcut(
    open && !asking,
    useCallback(() => void copy("plain"), [copy]),
  );
  return (
    <>
      <OldKeyLine shown={shown} />
      <SecretField
        preview={reveal.preview}
        plaintext={plaintext}
        actions={
          <>
            <CopyButton ref={copyButton} onCopy={() => void copy("plain")} />
            <Button onClick={plaintext === null ? show : hide} disabled={asked}>
              {plaintext === null ? t("reveal.show") : t("reveal.hide")}
            </Button>
            <SaveMenu onSave={(format) => void save(format)} />
          </>
        }
      />
      <ResultLine result={result} />
      <Confirming />
      {token ? (
        <p className="mt-3 text-meta text-fg-2">{t("reveal.use_token")}</p>
      ) : (
        <UseIt name={shown.name} onCopy={(format) => void copy(format)} />
      )}
    </>
  );
}

/** That the store has not acknowledged it yet, or never will. */
function Confirming() {
  const { t } = useTranslation();
  const retrying = useReveal((state) => state.retrying);
  const failure = useReveal((state) => state.failure);
  return (
    <div role="status" className={retrying || failure !== null ? "mt-1.5 text-meta" : "sr-only"}>
      {retrying && <p className="text-warn">{t("reveal.retrying")}</p>}
      {failure !== null && (
        <p className="text-bad">{t("reveal.not_confirmed", { reason: failure.message })}</p>
      )}
    </div>
  );
}

function Footer({ how }: { how: OpenReveal["how"] }) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const checked = useReveal((state) => state.checked);
  const stored = useReveal(isStored);
  const [waiting, setWaiting] = useState(false);
  const context = useWhat();
  const done = () => {
    setWaiting(true);
    void confirmSaved(platform)
      .then((confirmed) => {
        if (!confirmed) return;
        closeReveal(platform);
        if (how !== "issued")
          toast.done(how === "rotated" ? t("reveal.done_rotated", { context }) : t("reveal.done_reminted"));
      })
      .finally(() => setWaiting(false));
  };
  return (
    <>
      <Checkbox
        className="mr-auto"
        label={t("reveal.stored", { context })}
        checked={checked}
        onChange={(next) => useReveal.setState({ checked: next })}
      />
      <Button
        kind="primary"
        onClick={done}
        disabled={waiting}
        disabledReason={stored ? undefined : t("reveal.done_reason", { context })}
      >
        {waiting ? t("reveal.confirming") : t("reveal.done")}
      </Button>
    </>
  );
}

/** Ctrl C and Cmd C copy the key, unless other text is selected to be copied. */
function useCopyShortcut(active: boolean, copy: () => void): void {
  useEffect(() => {
    if (!active) return undefined;
    const hear = (event: KeyboardEvent) => {
      if (
        !(event.ctrlKey || event.metaKey) ||
        event.shiftKey ||
        event.altKey ||
        event.key.toLowerCase() !== "c"
      )
        return;
      const selection = window.getSelection();
      const node = selection?.anchorNode?.parentElement;
      // A selected snippet is copied as it is; the secret itself only ever by Rust.
      if (selection !== null && !selection.isCollapsed && node?.closest("pre")) return;
      event.preventDefault();
      copy();
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, [active, copy]);
}

/** Notes when the time to confirm has passed. */
function useLapse(current: OpenReveal | null): void {
  const until = current?.reveal?.until;
  useEffect(() => {
    if (until === undefined) return undefined;
    const timer = setTimeout(noteLapsed, Math.max(0, Date.parse(until) - Date.now()));
    return () => clearTimeout(timer);
  }, [until]);
}

/** A confirm changes the key's status and its secrets everywhere on the screen; so does closing. */
function useRefreshWhenConfirmed(): void {
  const client = useQueryClient();
  const confirmed = useReveal((state) => state.confirmed);
  const open = useReveal((state) => state.current !== null);
  useEffect(() => {
    if (confirmed) void client.invalidateQueries();
  }, [client, confirmed]);
  useEffect(() => {
    if (!open) return undefined;
    // Only then does Rust count the key among those that were never saved.
    return () => void whenDropped().then(() => client.invalidateQueries());
  }, [client, open]);
}
