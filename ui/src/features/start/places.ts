// What can be opened from the start page: saved connections and the local store, and what stands of
// each. Opens nothing.
import type { Connection } from "@/platform/connections";
import type { AdminError, StartState } from "@/platform/platform";
import { LOCAL, SAMPLE, type Connecting } from "./useConnecting";

/** An entry of the list: a saved connection, or the local store. */
export interface Place {
  id: string;
  connection: Connection | null;
}

/** Saved connections as they were saved, the local store after them. */
export function placesOf(connections: readonly Connection[]): Place[] {
  return [
    ...connections.map((connection) => ({ id: connection.id, connection })),
    { id: LOCAL, connection: null },
  ];
}

/** What stands of `id`: an attempt of this page, else what the program says. */
export function standing(
  id: string,
  start: StartState,
  attempt: Connecting["attempt"],
): { pending: boolean; error: AdminError | null } {
  if (attempt !== null) {
    return attempt.of === id ? attempt : { pending: false, error: null };
  }
  if (idOfStore(start) !== id) return { pending: false, error: null };
  const { state, error } = start.store;
  return { pending: state === "opening", error: state === "failed" ? (error ?? null) : null };
}

/** Whose state the program tells. */
export function idOfStore({ store }: StartState): string {
  if (store.kind === "connection") return store.connection?.id ?? "";
  return store.kind === "sample" ? SAMPLE : LOCAL;
}

/** Which entry is in sight at first: the one that stands, else the one that was used last. */
export function firstSelected(places: readonly Place[], start: StartState): string {
  const told = idOfStore(start);
  if (start.store.state !== "none" && places.some((place) => place.id === told)) return told;
  const used = places
    .filter((place) => typeof place.connection?.last_used_at === "string")
    .toSorted((a, b) => (b.connection?.last_used_at ?? "").localeCompare(a.connection?.last_used_at ?? ""));
  return used[0]?.id ?? places[0]?.id ?? LOCAL;
}

/** Whether the local store is there to be opened; else opening makes it. */
export function localExists(start: StartState): boolean {
  return start.local_exists ?? (idOfStore(start) === LOCAL && start.store.state !== "none");
}
