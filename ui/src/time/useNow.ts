// One clock for the whole window, so that "2 min ago" stays true without a timer in every row.
// Holds no formatting.
import { useSyncExternalStore } from "react";

const EVERY_MS = 10_000;
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(tick, EVERY_MS);
  // The first watcher after a pause must not see an old time.
  if (Date.now() - now.getTime() > EVERY_MS) tick();
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function tick(): void {
  now = new Date();
  for (const watcher of watchers) watcher();
}

/** The present, renewed every ten seconds. */
export function useNow(): Date {
  return useSyncExternalStore(watch, () => now);
}
