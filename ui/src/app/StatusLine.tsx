// The line at the bottom: how the store answers, whether it may be changed, the clipboard's
// countdown, where the shortcuts are. The countdown runs in Rust; here it is only shown.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/Details";
import { isOffline, useConnection } from "@/data/connection";
import { useReadOnly, useRole } from "@/data/writes";
import { usePlatform } from "@/platform/context";
import { clockTime } from "@/time/format";
import { useLayers } from "./layers";

const QUIET = "rounded-tag px-1 underline-offset-2 hover:text-fg";

/** Connection, mode, clipboard, shortcuts. */
export function StatusLine() {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const closed = useReadOnly(({ reason }) => reason !== null);
  // Who is signed out may neither read nor write.
  const signedOut = useConnection(({ state }) => state === "signed_out");
  const readOnly = useRole(({ role }) => role === "viewer") || closed;
  return (
    <footer className="col-span-2 flex items-center gap-4 border-t border-line bg-sunken px-3 text-tiny text-fg-2">
      <ConnectionState />
      {!signedOut && <span>{readOnly ? t("shell.read_only") : t("shell.read_write")}</span>}
      <Clipboard />
      <button
        type="button"
        className={`${QUIET} ml-auto flex items-center gap-1.5`}
        onClick={() => open({ kind: "shortcuts" })}
      >
        <span aria-hidden="true">
          <Kbd>?</Kbd>
        </span>
        {t("shell.shortcuts")}
      </button>
    </footer>
  );
}

function ConnectionState() {
  const { t } = useTranslation();
  const line = useConnection();
  const { state, tries, latencyMs, answeredAt } = line;
  const good = state === "connected";
  const words = {
    connected: t("shell.connected", { ms: latencyMs ?? 1 }),
    connecting: t("shell.connecting"),
    reconnecting:
      isOffline(line) && answeredAt !== null
        ? t("shell.offline", { time: clockTime(new Date(answeredAt)) })
        : t("shell.reconnecting", { count: tries }),
    signed_out: t("signed_out.line"),
  };
  return (
    <span className="tabular flex items-center gap-1.5">
      <svg
        aria-hidden="true"
        data-status-dot=""
        width="9"
        height="9"
        viewBox="0 0 9 9"
        className={good ? "text-ok" : "text-warn"}
      >
        <circle cx="4.5" cy="4.5" r="3.5" fill={good ? "currentColor" : "none"} stroke="currentColor" />
      </svg>
      {words[state]}
    </span>
  );
}

function Clipboard() {
  const { t } = useTranslation();
  const platform = usePlatform();
  const [left, setLeft] = useState<number | null>(null);
  const [cleared, setCleared] = useState(false);
  useEffect(() => {
    const stopCounting = platform.on("clipboard:countdown", ({ seconds_left }) => {
      setLeft(seconds_left);
      setCleared(false);
    });
    const stopClearing = platform.on("clipboard:cleared", () => {
      setLeft(null);
      setCleared(true);
    });
    return () => {
      stopCounting();
      stopClearing();
    };
  }, [platform]);
  useEffect(() => {
    if (!cleared) return;
    const timer = setTimeout(() => setCleared(false), 6000);
    return () => clearTimeout(timer);
  }, [cleared]);
  return (
    <>
      {left !== null && (
        // Seen, not announced: a screen reader would speak every second.
        <span className="tabular flex items-center gap-1.5">
          <span>{t("shell.clipboard", { seconds: left })}</span>
          <button
            type="button"
            className={`${QUIET} font-semibold text-accent-text underline`}
            onClick={() => void platform.command("clipboard_clear", {}).catch(() => undefined)}
          >
            {t("shell.clear_now")}
          </button>
        </span>
      )}
      <span role="status">{cleared ? t("shell.clipboard_cleared") : ""}</span>
    </>
  );
}
