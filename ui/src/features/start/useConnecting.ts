// Opening a saved connection from the start page, with what stands of it: under way, refused, and
// with what. A secret goes through and is kept nowhere. Holds no words.
import { useCallback, useRef, useState } from "react";
import { useOpened } from "@/data/startState";
import type { Given } from "@/features/connections/CredentialDialog";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AdminError, type StartState } from "@/platform/platform";

/** The local store's place among the connections' ids. */
export const LOCAL = "local";
/** The sample data's. */
export const SAMPLE = "sample";

interface Attempt {
  /** A connection's id, `local` or `sample`. */
  of: string;
  what: "open" | "set_up" | "migrate";
  pending: boolean;
  error: AdminError | null;
}

/** Nobody sees it: whoever waited gave up. */
const CANCELLED: AdminError = { code: "busy", message: "Cancelled." };

/** One attempt at a time; a later one overtakes it, and then `run` answers nothing. */
function useAttempt() {
  const platform = usePlatform();
  const { opened, notOpened } = useOpened();
  const [attempt, setAttempt] = useState<Attempt | null>(null);
  const turn = useRef(0);
  const run = useCallback(
    async (
      of: string,
      what: Attempt["what"],
      ask: (overtaken: () => boolean) => Promise<StartState>,
    ): Promise<AdminError | null | undefined> => {
      turn.current += 1;
      const mine = turn.current;
      // The reason of the last time stays in sight only where it is mended: in a question above the page.
      setAttempt({ of, what, pending: true, error: null });
      try {
        const state = await ask(() => mine !== turn.current);
        if (mine !== turn.current) return undefined;
        setAttempt(null);
        opened(state);
        return null;
      } catch (thrown) {
        if (mine !== turn.current) return undefined;
        const error = asAdminError(thrown);
        setAttempt({ of, what, pending: false, error });
        void notOpened();
        return error;
      }
    },
    [opened, notOpened],
  );
  const cancel = useCallback(() => {
    turn.current += 1;
    setAttempt(null);
    void platform
      .command("connection_cancel", {})
      .catch(() => undefined)
      .then(() => notOpened());
  }, [platform, notOpened]);
  const forget = useCallback(() => setAttempt(null), []);
  return { attempt, run, cancel, forget };
}

/** Opens, sets up, brings up to date. */
export function useConnecting() {
  const platform = usePlatform();
  const { attempt, run, cancel, forget } = useAttempt();
  const connect = useCallback(
    (id: string, given: Given = {}) =>
      run(id, "open", () => platform.command("connection_open", { id, ...given })),
    [run, platform],
  );
  // Whatever the keychain says now, connecting says it in its words.
  const connectByKeychain = useCallback(
    (id: string) =>
      run(id, "open", async (overtaken) => {
        await platform.command("keychain_retry", {}).catch(() => undefined);
        if (overtaken()) throw CANCELLED;
        return platform.command("connection_open", { id });
      }),
    [run, platform],
  );
  const openLocal = useCallback(
    (prefix: string | null) =>
      run(LOCAL, "open", async () => {
        const open = () => platform.command("open_local_store", { create: false });
        if (prefix === null) return open();
        try {
          return await platform.command("open_local_store", { create: true, prefix });
        } catch (thrown) {
          // A store that was closed in this window is still there; making one over it is refused.
          if (asAdminError(thrown).code !== "store_unusable") throw thrown;
          return open();
        }
      }),
    [run, platform],
  );
  const openSample = useCallback(
    () => run(SAMPLE, "open", () => platform.command("open_sample_store", {})),
    [run, platform],
  );
  const setUp = useCallback(
    (id: string, prefix: string) =>
      run(id, "set_up", () => platform.command("connection_set_up", { id, prefix })),
    [run, platform],
  );
  const migrate = useCallback(
    (id: string) => run(id, "migrate", () => platform.command("connection_migrate", { id })),
    [run, platform],
  );
  return { attempt, connect, connectByKeychain, openLocal, openSample, setUp, migrate, cancel, forget };
}

export type Connecting = ReturnType<typeof useConnecting>;
