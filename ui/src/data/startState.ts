// What is open: asked once, replaced by every answer that opens or closes a store.
// Holds no screen.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AdminError, type Platform, type StartState } from "@/platform/platform";

const KEY = ["start_state"];

/** What is open now. */
export function useStartState() {
  const platform = usePlatform();
  return useQuery<StartState, AdminError>({
    queryKey: KEY,
    queryFn: () => platform.command("start_state", {}),
    staleTime: Number.POSITIVE_INFINITY,
  });
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

/** What to do with the answer of an opening; what was cached of the store before is forgotten. */
export function useOpened() {
  const client = useQueryClient();
  return useMemo(
    () => ({
      opened: (state: StartState) => {
        client.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
        client.setQueryData(KEY, state);
      },
      // A store that did not open stands as failed from now on.
      notOpened: () => client.invalidateQueries({ queryKey: KEY }),
    }),
    [client],
  );
}

/** A change of what is open. Never for a request with a secret: the cache keeps requests. */
function useOpening<R>(run: (request: R) => Promise<StartState>) {
  const { opened, notOpened } = useOpened();
  return useMutation<StartState, AdminError, R>({ mutationFn: run, onSuccess: opened, onError: notOpened });
}
