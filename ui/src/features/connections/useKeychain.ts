// What state the system keychain is in. Asked when a screen needs it, never at the start; it may
// take as long as the person needs for the system's prompt. Holds no words of its own.
import { useCallback, useEffect, useRef, useState } from "react";
import type { KeychainStateName, KeychainWords } from "@/platform/connections";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AdminError } from "@/platform/platform";
import { useLater } from "./useLater";

const SLOW_MS = 1000;
const STATES: readonly string[] = [
  "available",
  "no_service",
  "locked",
  "no_default_collection",
  "prompt_dismissed",
  "entry_gone",
  "ambiguous",
  "failed",
] satisfies KeychainStateName[];

/** In which state the keychain was when it refused; nothing when the error is about something else. */
export function keychainStateOf(error: AdminError | null | undefined): KeychainStateName | null {
  if (error?.code !== "keychain") return null;
  return STATES.includes(error.field ?? "") ? (error.field as KeychainStateName) : "failed";
}

/** Why nothing can be kept in the keychain at all; nothing while it might be. */
export function missingKeychain({ words }: Pick<Keychain, "words">) {
  const state = words?.state;
  return state === "no_service" || state === "no_default_collection" ? state : null;
}

/** The keychain's state while `wanted`. */
export function useKeychain(wanted: boolean) {
  const platform = usePlatform();
  const [words, setWords] = useState<KeychainWords | null>(null);
  const [pending, setPending] = useState(false);
  const turn = useRef(0);
  const ask = useCallback(
    async (command: "keychain_state" | "keychain_retry"): Promise<KeychainWords | null> => {
      turn.current += 1;
      const mine = turn.current;
      setPending(true);
      const answer = await platform.command(command, {}).catch((thrown: unknown): KeychainWords => {
        const error = asAdminError(thrown);
        return { state: keychainStateOf(error) ?? "failed", message: error.message, action: null };
      });
      if (mine !== turn.current) return null;
      setPending(false);
      setWords(answer);
      return answer;
    },
    [platform],
  );
  const stopWaiting = useCallback(() => {
    turn.current += 1;
    setPending(false);
  }, []);
  useEffect(() => {
    if (wanted) void ask("keychain_state");
    return stopWaiting;
  }, [wanted, ask, stopWaiting]);
  return {
    /** Nothing until it has answered. */
    words,
    pending,
    /** It has been asked for more than a moment: perhaps the system shows a prompt. */
    slow: useLater(pending, SLOW_MS),
    /** Looks again; the system may ask the person. */
    retry: useCallback(() => ask("keychain_retry"), [ask]),
    stopWaiting,
  };
}

export type Keychain = ReturnType<typeof useKeychain>;
