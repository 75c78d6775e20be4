// Follows the store: a long poll on `changes.since`, so that what another window, process or
// person does appears here. Holds no screen.
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { usePlatform } from "@/platform/context";
import type { Platform } from "@/platform/platform";
import { useConnection } from "./connection";

const WAIT_MS = 25_000;
const PAUSES_S = [1, 2, 5, 10, 30];

/** Keeps every query fresh while the component lives. */
export function useLiveChanges(): void {
  const platform = usePlatform();
  const client = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void follow(platform, client, stop.signal);
    return () => stop.abort();
  }, [platform, client]);
}

async function follow(platform: Platform, client: QueryClient, signal: AbortSignal): Promise<void> {
  let revision: number | undefined;
  let lost = false;
  while (!signal.aborted) {
    try {
      const asked = revision === undefined ? {} : { revision, wait_ms: lost ? 0 : WAIT_MS };
      const answer = await platform.call("changes.since", asked);
      if (signal.aborted) return;
      useConnection.getState().answered();
      if (lost || answer.touched.length > 0) void client.invalidateQueries();
      // Nothing may be missed between the first page and the first poll.
      if (revision !== undefined && answer.revision === revision && answer.touched.length > 0)
        await pause(1, signal);
      revision = answer.revision;
      lost = false;
    } catch {
      if (signal.aborted) return;
      lost = true;
      useConnection.getState().lost();
      const tries = useConnection.getState().tries;
      await pause(PAUSES_S[Math.min(tries - 1, PAUSES_S.length - 1)] ?? 30, signal);
    }
  }
}

let hurry: (() => void) | null = null;

/** Ends the pause between two tries. */
export function reconnectNow(): void {
  hurry?.();
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      hurry = null;
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    hurry = done;
    signal.addEventListener("abort", done, { once: true });
  });
}
