// The saved connections, asked once and replaced by every answer that changes them.
// Holds no secret and no screen.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Connections } from "@/platform/connections";
import { usePlatform } from "@/platform/context";
import type { AdminError } from "@/platform/platform";

const KEY = ["connections_list"];

/** Everything that is saved. */
export function useConnections() {
  const platform = usePlatform();
  return useQuery<Connections, AdminError>({
    queryKey: KEY,
    queryFn: () => platform.command("connections_list", {}),
  });
}

/** Takes over what is saved now. */
export function useTakeConnections() {
  const client = useQueryClient();
  return useCallback(
    (connections: Connections) => {
      // An answer that is still on its way is of before.
      void client.cancelQueries({ queryKey: KEY });
      client.setQueryData(KEY, connections);
    },
    [client],
  );
}
