// One change of the store and what became of it, also when the line breaks before the answer comes:
// then it is unknown, and the store is asked, under the change's idempotency key. A change is never
// repeated by itself. Holds no screen; nothing here keeps a request after its answer.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { t } from "@/i18n";
import { usePlatform } from "@/platform/context";
import {
  asAdminError,
  type AdminError,
  type AnswerOf,
  type OperationName,
  type Platform,
  type Request,
} from "@/platform/platform";
import { EFFECTS } from "@/generated/operations";
import { isLineBroken, whenAnswering, whileStands } from "./connection";
import { perform } from "./queries";
import { whyNoWrites, type Subject } from "./writes";

/** Between two questions what became of a change, while the store is too busy to say. */
const ASK_AGAIN_MS = 1_000;

/** How a change ended: with its answer, or made although the answer was lost (a minted secret with it). */
export type Outcome<N extends OperationName> =
  { kind: "answered"; answer: AnswerOf<N> } | { kind: "made_unseen" };

interface Sending {
  idempotencyKey: string;
  /** Called when the line breaks before the answer. */
  onUnknown?: () => void;
  /** Ends the waiting for what became of it, as leaving the store does. */
  signal?: AbortSignal;
}

/**
 * Sends a change once and finds out what became of it; rejects with an `AdminError` when it was not
 * made. While that is unknown it waits for the line, however long; once the store is left nobody is
 * asked any more, for the next one knows nothing of it.
 */
export async function sendChange<N extends OperationName>(
  platform: Platform,
  name: N,
  request: Request<N>,
  { idempotencyKey, onUnknown, signal }: Sending,
): Promise<Outcome<N>> {
  const ends = [whileStands(), ...(signal === undefined ? [] : [signal])];
  try {
    return { kind: "answered", answer: await perform(platform, name, request, { idempotencyKey }) };
  } catch (thrown) {
    const error = asAdminError(thrown);
    // A try before this one was made after all.
    const madeBefore = error.code === "already_made";
    if (!madeBefore && !isLineBroken(error)) throw error;
    onUnknown?.();
    const made = await whatBecame(platform, idempotencyKey, ends);
    if (made === null) throw madeBefore ? error : notDone();
    if (EFFECTS[name] === "mints") return { kind: "made_unseen" };
    const stands = await whatStands(platform, made, ends);
    return stands === null
      ? { kind: "made_unseen" }
      : { kind: "answered", answer: stands as unknown as AnswerOf<N> };
  }
}

type Made = NonNullable<AnswerOf<"changes.made">["made"]>;

async function whatBecame(
  platform: Platform,
  idempotency_key: string,
  ends: readonly AbortSignal[],
): Promise<Made | null> {
  const { made } = await untilAnswered(() => perform(platform, "changes.made", { idempotency_key }), ends);
  return made;
}

/** What a change left; nothing when that is gone, or gone again. */
async function whatStands(platform: Platform, { noun, id }: Made, ends: readonly AbortSignal[]) {
  const read = () => {
    switch (noun) {
      case "tenant":
        return perform(platform, "tenants.get", { tenant: id });
      case "role":
        return perform(platform, "roles.get", { role: id });
      default:
        return perform(platform, "keys.get", { key: id });
    }
  };
  return untilAnswered<unknown>(read, ends).catch(() => null);
}

/** Asks until the store says something. What comes after one of `ends` may be of another store. */
async function untilAnswered<T>(ask: () => Promise<T>, ends: readonly AbortSignal[]): Promise<T> {
  for (;;) {
    if (ends.some(({ aborted }) => aborted)) return never();
    try {
      const answer = await ask();
      return ends.some(({ aborted }) => aborted) ? never() : answer;
    } catch (thrown) {
      const error = asAdminError(thrown);
      if (!isLineBroken(error) && error.code !== "busy") throw error;
    }
    await whenAnswering(ASK_AGAIN_MS, ends);
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function notDone(): AdminError {
  return { code: "unreachable", message: t("lost.not_done") };
}

interface Then<N extends OperationName> {
  onSuccess?: (answer: AnswerOf<N>) => void;
  /** It was made, and nothing can be shown of it: a secret that was minted, a role that is gone. */
  onUnseen?: () => void;
}

type State = { kind: "idle" | "pending" | "unknown" } | { kind: "failed"; error: AdminError };

/** A change as its form or question shows it. */
export interface Change<N extends OperationName> {
  /** Sends it, unless the store takes no changes now. */
  mutate: (request: Request<N>, then?: Then<N>) => void;
  isPending: boolean;
  /** Sent, and the line broke before the answer came. */
  isUnknown: boolean;
  error: AdminError | null;
  /** Forgets the last try, or stops waiting for what became of it. */
  reset: () => void;
}

/** Performs a change and renews everything that may show it. */
export function useChange<N extends OperationName>(name: N): Change<N> {
  const platform = usePlatform();
  const client = useQueryClient();
  const submission = useSubmissionKey();
  const [state, setState] = useState<State>({ kind: "idle" });
  const current = useRef<AbortController | null>(null);
  const reset = useCallback(() => {
    current.current?.abort();
    current.current = null;
    setState({ kind: "idle" });
  }, []);
  useEffect(() => () => current.current?.abort(), []);
  const mutate = (request: Request<N>, then: Then<N> = {}) => {
    if (whyNoWrites(subjectOf(name)) !== undefined) return;
    current.current?.abort();
    const run = new AbortController();
    current.current = run;
    const { signal } = run;
    const left = whileStands();
    const show = (next: State) => !signal.aborted && setState(next);
    show({ kind: "pending" });
    const idempotencyKey = submission.keyFor(request);
    const onUnknown = () => show({ kind: "unknown" });
    void sendChange(platform, name, request, { idempotencyKey, onUnknown, signal }).then(
      (outcome) => {
        submission.renew();
        if (!left.aborted) void client.invalidateQueries();
        if (signal.aborted || left.aborted) return;
        show({ kind: "idle" });
        if (outcome.kind === "answered") then.onSuccess?.(outcome.answer);
        else then.onUnseen?.();
      },
      (thrown: unknown) => {
        const error = asAdminError(thrown);
        show({ kind: "failed", error });
        // Somebody else may have changed it: what stands now must be on screen.
        if (error.code === "conflict" && !left.aborted) void client.invalidateQueries();
      },
    );
  };
  return {
    mutate,
    isPending: state.kind === "pending",
    isUnknown: state.kind === "unknown",
    error: state.kind === "failed" ? state.error : null,
    reset,
  };
}

/** What an operation changes: its first word. */
function subjectOf(name: OperationName): Subject {
  const [noun] = name.split(".");
  return noun === "tenants" || noun === "roles" || noun === "operators" ? noun : "keys";
}

/** The idempotency key of a submission: the same while the same request is tried again. */
function useSubmissionKey() {
  const current = useRef<{ request: string; key: string } | null>(null);
  return {
    keyFor: (request: unknown): string => {
      const text = JSON.stringify(request);
      if (current.current?.request !== text) {
        current.current = { request: text, key: crypto.randomUUID() };
      }
      return current.current.key;
    },
    renew: () => {
      current.current = null;
    },
  };
}
