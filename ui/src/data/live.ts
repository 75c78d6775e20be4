// Follows the store: a long poll on `changes.since`, so that what another window, process or
// person does appears here; and, when the line is lost, the tries to have it back. Holds no screen.
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AnswerOf, type Platform } from "@/platform/platform";
import {
  isLineBroken,
  isSignedOut,
  noteAnswer,
  noteLost,
  noteSignedOut,
  noteTry,
  useConnection,
} from "./connection";

const WAIT_MS = 25_000;
const PAUSES_S = [1, 2, 5, 10, 30];
/** How long a store may be busy before that is as good as no answer. */
const BUSY_MS = 15_000;
/** Between two polls that were refused for another reason. */
const REFUSED_S = 5;

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
  let busySince: number | null = null;
  // What the first screen reads may be older than the revision that the first answer names.
  let missed = true;
  const stop = useConnection.subscribe((now, before) => {
    // Another call got through first: no need to wait for the next try.
    if (before.state === "reconnecting" && now.state === "connected") hurry?.();
  });
  signal.addEventListener("abort", stop, { once: true });
  while (!signal.aborted) {
    // Also when a read or a change found it broken while the poll was waiting.
    const lost = useConnection.getState().state === "reconnecting";
    missed ||= lost;
    try {
      const asked = revision === undefined ? {} : { revision, wait_ms: lost ? 0 : WAIT_MS };
      const answer = await orBroken(platform.call("changes.since", asked), lost);
      if (signal.aborted) return;
      if (answer === null) {
        await pause(PAUSES_S[0] ?? 1, signal);
        continue;
      }
      noteAnswer();
      busySince = null;
      if (missed || answer.touched.length > 0) void client.invalidateQueries();
      missed = false;
      // Nothing may be missed between the first page and the first poll.
      if (revision !== undefined && answer.revision === revision && answer.touched.length > 0)
        await pause(1, signal);
      revision = answer.revision;
    } catch (thrown) {
      if (signal.aborted) return;
      const error = asAdminError(thrown);
      if (isSignedOut(error)) {
        noteSignedOut(error);
        void client.invalidateQueries({ queryKey: ["start_state"] });
        await untilSignedIn(signal);
        revision = undefined;
        missed = true;
        continue;
      }
      if (error.code === "busy") busySince ??= Date.now();
      const tooLong = busySince !== null && Date.now() - busySince >= BUSY_MS;
      if (!isLineBroken(error) && !(error.code === "busy" && tooLong)) {
        // Locked or closed meanwhile, perhaps: what is open is asked anew.
        if (error.code !== "busy") void client.invalidateQueries({ queryKey: ["start_state"] });
        await pause(REFUSED_S, signal);
        continue;
      }
      if (lost) noteTry();
      else noteLost();
      const { tries } = useConnection.getState();
      await pause(PAUSES_S[Math.min(tries - 1, PAUSES_S.length - 1)] ?? 30, signal);
    }
  }
}

/** Nothing comes any more until somebody signs in, which opens the store anew: nobody is asked meanwhile. */
function untilSignedIn(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = useConnection.subscribe(({ state }) => {
      if (state !== "signed_out") done();
    });
    const done = () => {
      stop();
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
  });
}

/** The poll's answer; nothing as soon as another call finds the line broken, for the poll may hang on it. */
function orBroken(
  poll: Promise<AnswerOf<"changes.since">>,
  lost: boolean,
): Promise<AnswerOf<"changes.since"> | null> {
  if (lost) return poll;
  return new Promise((resolve, reject) => {
    const stop = useConnection.subscribe(({ state }) => {
      if (state !== "reconnecting") return;
      stop();
      resolve(null);
    });
    void poll.then(resolve, reject).finally(stop);
  });
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
