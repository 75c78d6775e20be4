// What is open: asked once, replaced by every answer that opens or closes a store.
// Holds no screen.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { usePlatform } from "@/platform/context";
import type { AdminError, DesktopCommands, StartState } from "@/platform/platform";

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

type Opening = "open_local_store" | "open_sample_store" | "close_store";

/** Opens or closes a store; what was cached of the one before is forgotten. */
export function useOpenStore<C extends Opening>(command: C) {
  const platform = usePlatform();
  const client = useQueryClient();
  return useMutation<StartState, AdminError, DesktopCommands[C]["request"]>({
    mutationFn: async (request) =>
      (await platform.command(command, request)) ?? platform.command("start_state", {}),
    onSuccess: (state) => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
      client.setQueryData(KEY, state);
    },
  });
}
