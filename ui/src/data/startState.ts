// What is open: asked once, replaced by every answer that opens or closes a store.
// Holds no screen.
import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Connection } from "@/platform/connections";
import { forgetLine } from "./connection";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AdminError, type DesktopCommands, type StartState } from "@/platform/platform";

const KEY = ["start_state"];
/** What belongs to the program and not to a store. */
const KEPT = new Set<unknown>(["start_state", "connections_list"]);

/** What a person typed for an opening. */
type Typed = Omit<DesktopCommands["connection_open"]["request"], "id">;

/** What is open now. */
export function useStartState() {
  const platform = usePlatform();
  return useQuery<StartState, AdminError>({
    queryKey: KEY,
    queryFn: () => platform.command("start_state", {}),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether what is open serves real callers: then ending something takes its name, typed. */
export function useProduction(): boolean {
  return useStartState().data?.store.environment === "production";
}

/**
 * Opens another saved connection in place of this one; the start page shows how it goes. Answers why
 * not when the one before stays open after all. A secret goes through and is kept nowhere.
 */
export function useSwitch() {
  const platform = usePlatform();
  const client = useQueryClient();
  const { opened, notOpened } = useOpened();
  return useCallback(
    async (connection: Connection, given: Typed = {}): Promise<AdminError | null> => {
      const { id, name, environment } = connection;
      // Nothing of the store before stays in sight while the next one is asked.
      overtake(client);
      client.setQueryData<StartState>(KEY, (before) =>
        before === undefined
          ? before
          : {
              ...before,
              store: { state: "opening", kind: "connection", name, path: "", connection, environment },
            },
      );
      try {
        const state = await platform.command("connection_open", { id, ...given });
        // The same connection again, perhaps, with another token: its line is another, and all is read anew.
        forgetLine();
        opened(state);
        void client.invalidateQueries({ predicate: ({ queryKey }) => !KEPT.has(queryKey[0]) });
        return null;
      } catch (thrown) {
        await notOpened();
        const error = asAdminError(thrown);
        const stays = client.getQueryData<StartState>(KEY)?.store.state === "open";
        // Whoever gave up on it knows.
        return stays && error.code !== "busy" ? error : null;
      }
    },
    [platform, client, opened, notOpened],
  );
}

/** Takes data and credentials out of the program until it is unlocked. Rejects with an `AdminError`. */
export function useLock() {
  const platform = usePlatform();
  const { opened } = useOpened();
  return useCallback(() => platform.command("lock", {}).then(opened), [platform, opened]);
}

/** Closes the store: back to the start. */
export function useCloseStore() {
  const platform = usePlatform();
  return useOpening<void>(
    async () => (await platform.command("close_store", {})) ?? platform.command("start_state", {}),
  );
}

/** Asks what is open, anew: an answer that is still on its way may be of before. */
export async function askAgain(client: QueryClient): Promise<void> {
  await client.cancelQueries({ queryKey: KEY });
  await client.invalidateQueries({ queryKey: KEY });
}

/** An answer that is still on its way is of before what is set now. */
function overtake(client: QueryClient): void {
  void client.cancelQueries({ queryKey: KEY });
}

/** Forgets everything that was read of a store, and what was asked of it. */
export function forgetStore(client: QueryClient): void {
  forgetLine();
  client.removeQueries({ predicate: ({ queryKey }) => !KEPT.has(queryKey[0]) });
  client.getMutationCache().clear();
}

/** What to do with the answer of an opening. What was read of the store before goes where it is left (App). */
export function useOpened() {
  const client = useQueryClient();
  return useMemo(
    () => ({
      opened: (state: StartState) => {
        overtake(client);
        client.setQueryData(KEY, state);
      },
      // A store that did not open stands as failed from now on.
      notOpened: () => askAgain(client),
    }),
    [client],
  );
}

/** A change of what is open. Never for a request with a secret: the cache keeps requests. */
function useOpening<R>(run: (request: R) => Promise<StartState>) {
  const { opened, notOpened } = useOpened();
  return useMutation<StartState, AdminError, R>({ mutationFn: run, onSuccess: opened, onError: notOpened });
}
