// What is open: asked once, replaced by every answer that opens or closes a store.
// Holds no screen.
import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Connection } from "@/platform/connections";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AdminError, type Platform, type StartState } from "@/platform/platform";

const KEY = ["start_state"];
/** What belongs to the program and not to a store. */
const KEPT = new Set<unknown>(["start_state", "connections_list"]);

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

/** Opens the local store: makes it when there is none, opens it when there is one. */
export function useOpenLocalStore() {
  const platform = usePlatform();
  return useOpening((request: { fresh: boolean; prefix: string }) => openLocal(platform, request));
}

/** Makes the sample data afresh and opens it. */
export function useOpenSampleStore() {
  const platform = usePlatform();
  return useOpening<void>(() => platform.command("open_sample_store", {}));
}

/** Opens another saved connection in place of this one; the start page shows how it goes. */
export function useSwitch() {
  const platform = usePlatform();
  const client = useQueryClient();
  const { opened, notOpened } = useOpened();
  return useCallback(
    (connection: Connection) => {
      const { id, name, environment } = connection;
      // Nothing of the store before stays in sight while the next one is asked.
      client.setQueryData<StartState>(KEY, (before) =>
        before === undefined
          ? before
          : {
              ...before,
              store: { state: "opening", kind: "connection", name, path: "", connection, environment },
            },
      );
      platform.command("connection_open", { id }).then(opened, notOpened);
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

async function openLocal(
  platform: Platform,
  { fresh, prefix }: { fresh: boolean; prefix: string },
): Promise<StartState> {
  const open = () => platform.command("open_local_store", { create: false });
  if (!fresh) return open();
  try {
    return await platform.command("open_local_store", { create: true, prefix });
  } catch (thrown) {
    // A store that was closed in this window is still there; making one over it is refused.
    if (asAdminError(thrown).code !== "store_unusable") throw thrown;
    return open();
  }
}

/** Asks what is open, anew: an answer that is still on its way may be of before. */
export async function askAgain(client: QueryClient): Promise<void> {
  await client.cancelQueries({ queryKey: KEY });
  await client.invalidateQueries({ queryKey: KEY });
}

/** Forgets everything that was read of a store, and what was asked of it. */
export function forgetStore(client: QueryClient): void {
  client.removeQueries({ predicate: ({ queryKey }) => !KEPT.has(queryKey[0]) });
  client.getMutationCache().clear();
}

/** What to do with the answer of an opening; what was cached of the store before is forgotten. */
export function useOpened() {
  const client = useQueryClient();
  return useMemo(
    () => ({
      opened: (state: StartState) => {
        forgetStore(client);
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
