// Who must be asked before what is on the screen goes away (the window closes, another store is
// opened, this one is locked): a form with typed text, a reveal that nobody saved, a change of which
// nothing is known. The program never closes by itself; it asks here. Holds no dialog.
import { useLayoutEffect, useRef } from "react";
import type { Platform } from "@/platform/platform";

/** Asks the person, and does `then` when the answer is to leave. */
type Ask = (then: () => void) => void;

const guards: { ask: Ask }[] = [];

/** While `active`, whoever wants to leave is sent to `ask`. The latest guard is asked first. */
export function useCloseGuard(active: boolean, ask: Ask): void {
  const latest = useRef(ask);
  // Before anything else happens: a guard that has just let go must not be asked again.
  useLayoutEffect(() => {
    latest.current = ask;
  }, [ask]);
  useLayoutEffect(() => {
    if (!active) return;
    const guard = { ask: (then: () => void) => latest.current(then) };
    guards.push(guard);
    return () => {
      guards.splice(guards.indexOf(guard), 1);
    };
  }, [active]);
}

/** Does `then` once every guard has let go; never, when one keeps the person here. */
export function whenFree(then: () => void): void {
  const guard = guards.at(-1);
  if (guard === undefined) {
    then();
    return;
  }
  // The guard goes with what it guards, when that is next drawn.
  guard.ask(() => setTimeout(() => whenFree(then), 0));
}

/** Answers the program's request to close. */
export function followCloseRequests(platform: Platform): () => void {
  return platform.on("window:close_requested", () =>
    whenFree(() => void platform.command("close_window", {})),
  );
}
