// Who must be asked before the window closes: a form with typed text, a reveal that nobody saved.
// The program never closes by itself; it asks here. Holds no dialog.
import { useEffect, useRef } from "react";
import type { Platform } from "@/platform/platform";

const guards: { ask: () => void }[] = [];

/** While `active`, a request to close the window calls `ask` instead. The latest guard is asked. */
export function useCloseGuard(active: boolean, ask: () => void): void {
  const latest = useRef(ask);
  useEffect(() => {
    latest.current = ask;
  }, [ask]);
  useEffect(() => {
    if (!active) return;
    const guard = { ask: () => latest.current() };
    guards.push(guard);
    return () => {
      guards.splice(guards.indexOf(guard), 1);
    };
  }, [active]);
}

/** Answers the program's request to close: asks the latest guard, or closes. */
export function followCloseRequests(platform: Platform): () => void {
  return platform.on("window:close_requested", () => {
    const guard = guards.at(-1);
    if (guard === undefined) void platform.command("close_window", {});
    else guard.ask();
  });
}
