// The one-time reveal that is open, how far its saving has come, and the guard before it closes.
// Holds the handle, the masked text and names; never a plaintext key (Show keeps it in its own
// component for a minute at most). Holds no words and no layout.
import { create } from "zustand";
import type { KeyDetails } from "@/generated/KeyDetails";
import { asAdminError, type AdminError, type Platform, type Reveal } from "@/platform/platform";

/** How the secret came to be. */
export type Minting = "issued" | "rotated" | "reminted";

/** What happens to the secret before, when the new one is confirmed. */
export interface OldSecret {
  /** How long it still works from then on, in the wire's words; `0`: it stops; null: not known here. */
  grace: string | null;
  /** The key's end, which a grace period never outlives. */
  key_ends_at: string | null;
}

/** A fresh secret on the screen. */
export interface OpenReveal {
  key_id: string;
  name: string;
  tenant: string;
  how: Minting;
  /** Nothing on an idempotent replay: that secret cannot be shown. */
  reveal: Reveal | null;
  old: OldSecret | null;
}

interface RevealState {
  current: OpenReveal | null;
  copied: boolean;
  saved: boolean;
  /** The person says it is stored somewhere safe. */
  checked: boolean;
  /** The store has acknowledged it. */
  confirmed: boolean;
  /** A confirm was sent and not acknowledged yet. */
  retrying: boolean;
  /** The secret was not confirmed in time, so it can no longer be shown. */
  lapsed: boolean;
  /** Why it can never be confirmed (somebody revoked the key, say). */
  failure: AdminError | null;
  /** The question before closing is on the screen. */
  asking: boolean;
}

const CLOSED: RevealState = {
  current: null,
  copied: false,
  saved: false,
  checked: false,
  confirmed: false,
  retrying: false,
  lapsed: false,
  failure: null,
  asking: false,
};

const RETRY_MS = 2_000;
/** What a later try can mend; everything else is final. */
const PASSING = new Set<AdminError["code"]>(["busy", "unreachable", "internal", "storage_full"]);

export const useReveal = create<RevealState>(() => CLOSED);

/** Whoever waits for the answer to the question before closing. */
let waiting: ((leave: boolean) => void)[] = [];
/** Counts answers "Keep open": an earlier wish to leave is void after one. */
let kept = 0;
let confirming: Promise<boolean> | null = null;
let dropping: Promise<unknown> = Promise.resolve();

/** Shows a fresh secret, and forgets the one before. */
export function openReveal(platform: Platform, next: OpenReveal): void {
  const before = useReveal.getState().current;
  if (before?.reveal && before.reveal.handle !== next.reveal?.handle) {
    drop(platform, before.reveal.handle);
  }
  answerAll(false);
  confirming = null;
  useReveal.setState({ ...CLOSED, current: next });
}

/** The part of a minting answer that the dialog shows. */
export function revealOf(
  answer: { key: KeyDetails; reveal: Reveal | null },
  how: Minting,
  old: OldSecret | null = null,
): OpenReveal {
  const { key, reveal } = answer;
  return { key_id: key.id, name: key.name, tenant: key.tenant.slug, how, reveal, old };
}

/** Whether the person has the key: copied, saved, or says so. */
export function isStored(state: Pick<RevealState, "copied" | "saved" | "checked">): boolean {
  return state.copied || state.saved || state.checked;
}

/** Notes a copy or a saved file, and confirms it where Rust has not yet. */
export function noteStored(platform: Platform, by: "copied" | "saved", confirmed: boolean): void {
  const { current } = useReveal.getState();
  if (current === null) return;
  useReveal.setState({ [by]: true, ...(confirmed ? { confirmed: true, retrying: false } : {}) });
  if (!confirmed) void confirmSaved(platform);
}

/** Says to the store that the key is saved, again and again until it is acknowledged; true when it is. */
export function confirmSaved(platform: Platform): Promise<boolean> {
  if (useReveal.getState().confirmed) return Promise.resolve(true);
  confirming ??= untilConfirmed(platform).finally(() => {
    confirming = null;
  });
  return confirming;
}

async function untilConfirmed(platform: Platform): Promise<boolean> {
  const handle = useReveal.getState().current?.reveal?.handle;
  if (handle === undefined) return false;
  const still = () => useReveal.getState().current?.reveal?.handle === handle;
  while (still() && !useReveal.getState().lapsed) {
    try {
      const { confirmed } = await platform.command("reveal_confirm", { handle });
      if (!still()) return false;
      if (confirmed || useReveal.getState().confirmed) {
        useReveal.setState({ confirmed: true, retrying: false, failure: null });
        return true;
      }
    } catch (thrown) {
      if (!still()) return false;
      const error = asAdminError(thrown);
      if (!PASSING.has(error.code)) {
        noteFailure(error);
        return false;
      }
    }
    useReveal.setState({ retrying: true });
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return false;
}

/** Notes an error of a reveal command: a secret that is gone has lapsed. */
export function noteFailure(error: AdminError): void {
  const gone = error.code === "reveal_gone" || error.code === "secret_lapsed";
  useReveal.setState(gone ? { lapsed: true, retrying: false } : { failure: error, retrying: false });
}

/** Notes that the time to confirm has passed. */
export function noteLapsed(): void {
  if (!useReveal.getState().confirmed) useReveal.setState({ lapsed: true, retrying: false });
}

/** Closes the reveal without a question and lets Rust forget the secret. */
export function closeReveal(platform: Platform): void {
  const { current } = useReveal.getState();
  if (current?.reveal) drop(platform, current.reveal.handle);
  useReveal.setState(CLOSED);
  answerAll(true);
}

/**
 * Whether the reveal may go away: at once when none is open or the key is confirmed, after the
 * confirm when it is stored, after a question otherwise. Every way of closing asks here.
 */
export async function mayLeave(platform: Platform): Promise<boolean> {
  const state = useReveal.getState();
  if (state.current === null) return true;
  const nothingToLose = state.current.reveal === null || state.lapsed;
  if (nothingToLose || (isStored(state) && state.confirmed)) {
    closeReveal(platform);
    return true;
  }
  if (isStored(state) && !state.retrying && state.failure === null) {
    const asked = kept;
    const confirmed = await confirmSaved(platform);
    if (kept !== asked) return false;
    if (useReveal.getState().current === null) return true;
    if (confirmed) {
      closeReveal(platform);
      return true;
    }
  }
  useReveal.setState({ asking: true });
  return new Promise((resolve) => waiting.push(resolve));
}

/** The answer to the question before closing. */
export function answerLeave(platform: Platform, leave: boolean): void {
  if (leave) {
    closeReveal(platform);
    return;
  }
  kept += 1;
  useReveal.setState({ asking: false });
  answerAll(false);
}

function answerAll(leave: boolean): void {
  const answered = waiting;
  waiting = [];
  for (const resolve of answered) resolve(leave);
}

/** Resolves when Rust has forgotten the last secret that was closed. */
export function whenDropped(): Promise<unknown> {
  return dropping;
}

function drop(platform: Platform, handle: string): void {
  // Rust drops the slot by itself when it lapses; a failure here loses nothing.
  dropping = platform.command("reveal_drop", { handle }).catch(() => undefined);
}
