// What is known about the line to the store: whether it answers, how fast, how often it was tried,
// when it answered last. Holds no calls and no words.
import { create } from "zustand";
import type { AdminError } from "@/platform/platform";

/** After how many tries in a row it is called offline. */
const OFFLINE_AFTER = 5;

/** `signed_out`: the server answers, and takes the token no more. Only another opening ends that. */
export type LineState = "connecting" | "connected" | "reconnecting" | "signed_out";

interface Line {
  state: LineState;
  /** How often it was tried since it was lost. */
  tries: number;
  /** The last answer's time in milliseconds. */
  latencyMs: number | null;
  /** When the store last answered, in milliseconds since 1970. */
  answeredAt: number | null;
  /** Why one is signed out, in the server's words. */
  refusal: AdminError | null;
}

const UNKNOWN: Line = { state: "connecting", tries: 0, latencyMs: null, answeredAt: null, refusal: null };

/** The line to the store. */
export const useConnection = create<Line>(() => UNKNOWN);

/** An answer came, after so many milliseconds. */
export function noteAnswer(ms?: number): void {
  useConnection.setState((now) => ({
    state: now.state === "signed_out" ? "signed_out" : "connected",
    tries: 0,
    answeredAt: Date.now(),
    latencyMs: ms === undefined ? now.latencyMs : Math.max(1, Math.round(ms)),
  }));
}

/** No answer came. Several calls that break at once are one loss. */
export function noteLost(): void {
  useConnection.setState(({ state, tries }) =>
    state === "reconnecting" || state === "signed_out"
      ? { state, tries }
      : { state: "reconnecting", tries: 1 },
  );
}

/** The server takes the token no more: its operator was removed, or it has ended. */
export function noteSignedOut(refusal: AdminError): void {
  useConnection.setState({ state: "signed_out", tries: 0, refusal });
}

/** It was tried once more, in vain. */
export function noteTry(): void {
  useConnection.setState((now) => ({ state: "reconnecting", tries: now.tries + 1 }));
}

let store = new AbortController();

/** Aborted when the store that is open now is left: what was asked of it counts for no other. */
export function whileStands(): AbortSignal {
  return store.signal;
}

/** Another store: nothing is known of its line, and nobody waits for answers of the one before. */
export function forgetLine(): void {
  store.abort();
  store = new AbortController();
  useConnection.setState(UNKNOWN);
}

/** Whether what is on the screen is old, and tried for too long to call it a moment. */
export function isOffline({ state, tries }: Line): boolean {
  return state === "reconnecting" && tries > OFFLINE_AFTER;
}

/** Whether an error says that whoever asks is not let in any more. */
export function isSignedOut(error: AdminError | null | undefined): boolean {
  return error?.code === "auth_failed";
}

/** Whether an error says that the line broke, rather than that the store refused. */
export function isLineBroken(error: AdminError | null | undefined): boolean {
  return error?.code === "unreachable";
}

/** Resolves when the store answers again, and not before `pauseMs`; never, once one of `ends` is aborted. */
export function whenAnswering(pauseMs: number, ends: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (ends.some(({ aborted }) => aborted)) return;
    let stop: () => void = () => undefined;
    const timer = setTimeout(() => {
      if (useConnection.getState().state !== "reconnecting") {
        resolve();
        return;
      }
      stop = useConnection.subscribe(({ state }) => {
        if (state === "reconnecting") return;
        stop();
        resolve();
      });
    }, pauseMs);
    const end = () => {
      clearTimeout(timer);
      stop();
    };
    for (const signal of ends) signal.addEventListener("abort", end, { once: true });
  });
}
