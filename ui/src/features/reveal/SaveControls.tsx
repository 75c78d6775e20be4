// Copy and Save of a fresh secret, both done in Rust, and the line that says how it went.
// Holds no plaintext: commands carry the handle and a format.
import { Check, CircleAlert } from "lucide-react";
import { useCallback, useEffect, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Kbd } from "@/components/Details";
import { Menu } from "@/components/Menu";
import { usePlatform } from "@/platform/context";
import { asAdminError, type RevealFormat } from "@/platform/platform";
import { noteFailure, noteStored, useReveal } from "./reveal-state";
import { useWhat } from "./what";

/** What the line under the secret says. */
export type SaveResult =
  | { kind: "copied"; clears_in_s: number; concealed: boolean }
  | { kind: "cleared" }
  | { kind: "copy_refused" }
  | { kind: "saved"; path: string; warning: string | null }
  | { kind: "failed"; message: string };

/** Copies and saves the secret behind `handle`; tells the reveal's state and what to show. */
export function useSaving(handle: string) {
  const platform = usePlatform();
  const [result, setResult] = useState<SaveResult | null>(null);
  const [busy, setBusy] = useState(false);
  const fail = useCallback((thrown: unknown) => {
    const error = asAdminError(thrown);
    const gone = error.code === "reveal_gone" || error.code === "secret_lapsed";
    // A confirmed secret that Rust has forgotten did not lapse; it only cannot be copied again.
    if (gone && !useReveal.getState().confirmed) noteFailure(error);
    else setResult({ kind: "failed", message: error.message });
  }, []);
  const copy = useCallback(
    (format: RevealFormat) => {
      setBusy(true);
      return platform
        .command("reveal_copy", { handle, format })
        .then((answer) => {
          if (!answer.copied) return setResult({ kind: "copy_refused" });
          setResult({ kind: "copied", clears_in_s: answer.clears_in_s, concealed: answer.concealed });
          return noteStored(platform, "copied", answer.confirmed);
        })
        .catch(fail)
        .finally(() => setBusy(false));
    },
    [platform, handle, fail],
  );
  const save = useCallback(
    (format: RevealFormat) => {
      setBusy(true);
      return platform
        .command("reveal_save", { handle, format })
        .then((answer) => {
          // Not saved and no error: the person closed the file dialog.
          if (!answer.saved) return undefined;
          setResult({ kind: "saved", path: answer.path ?? "", warning: answer.warning ?? null });
          return noteStored(platform, "saved", answer.confirmed);
        })
        .catch(fail)
        .finally(() => setBusy(false));
    },
    [platform, handle, fail],
  );
  useEffect(
    () =>
      platform.on("clipboard:cleared", () =>
        setResult((shown) => (shown?.kind === "copied" ? { kind: "cleared" } : shown)),
      ),
    [platform],
  );
  return { result, busy, copy, save, fail };
}

interface CopyButtonProps {
  onCopy: () => void;
  ref: Ref<HTMLButtonElement>;
}

/** "Copy key", with its shortcut. */
export function CopyButton({ onCopy, ref }: CopyButtonProps) {
  const { t } = useTranslation();
  const context = useWhat();
  const command = navigator.platform.startsWith("Mac") ? "⌘ C" : "Ctrl C";
  return (
    <Button
      ref={ref}
      kind="primary"
      onClick={onCopy}
      aria-keyshortcuts="Control+C Meta+C"
      hint={
        <span aria-hidden="true">
          <Kbd onAccent>{command}</Kbd>
        </span>
      }
    >
      {t("reveal.copy", { context })}
    </Button>
  );
}

const FILES = ["env", "plain", "json"] as const satisfies readonly RevealFormat[];

/** "Save to file…", in three forms. */
export function SaveMenu({ onSave }: { onSave: (format: RevealFormat) => void }) {
  const { t } = useTranslation();
  return (
    <Menu
      align="start"
      trigger={<Button>{t("reveal.save")}</Button>}
      groups={[FILES.map((format) => ({ label: t(`reveal.file_${format}`), run: () => onSave(format) }))]}
    />
  );
}

/** How the last copy or save went. The countdown is for the eye alone. */
export function ResultLine({ result }: { result: SaveResult | null }) {
  const { t } = useTranslation();
  const context = useWhat();
  const platform = usePlatform();
  const [secondsLeft, setSecondsLeft] = useState<number | null>(null);
  useEffect(
    () => platform.on("clipboard:countdown", (event) => setSecondsLeft(event.seconds_left)),
    [platform],
  );
  useEffect(() => setSecondsLeft(null), [result]);
  const good = result?.kind === "copied" || result?.kind === "saved" || result?.kind === "cleared";
  const words = (seconds: number | null) => {
    switch (result?.kind) {
      case undefined:
        return "";
      case "copied": {
        const count = seconds ?? result.clears_in_s;
        return result.concealed ? t("reveal.copied_concealed", { count }) : t("reveal.copied", { count });
      }
      case "cleared":
        return t("reveal.cleared");
      case "copy_refused":
        return t("reveal.copy_refused", { context });
      case "saved":
        return t("reveal.saved", { path: result.path });
      case "failed":
        return result.message;
    }
  };
  const Icon = good ? Check : CircleAlert;
  return (
    <div className={result === null ? "mt-0" : "mt-2.5"}>
      <p role="status" className="sr-only">
        {words(null)}
        {result?.kind === "saved" && result.warning !== null && ` ${result.warning}`}
      </p>
      {result !== null && (
        <p
          aria-hidden="true"
          className={`tabular flex items-start gap-2 text-meta break-words ${good ? "text-ok" : "text-bad"}`}
        >
          <Icon className="mt-0.5 size-3.5 shrink-0" />
          <span className="min-w-0">{words(secondsLeft)}</span>
        </p>
      )}
      {result?.kind === "saved" && result.warning !== null && (
        <p aria-hidden="true" className="mt-1 flex items-start gap-2 text-meta text-warn">
          <CircleAlert className="mt-0.5 size-3.5 shrink-0" />
          <span className="min-w-0">{result.warning}</span>
        </p>
      )}
    </div>
  );
}
