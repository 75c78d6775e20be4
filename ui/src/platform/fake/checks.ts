// What several of the fake's operations share: pages, versions, names. Never in the production bundle.
import type { World } from "./world";
import { fault } from "./world";

/** One page of a list. */
export function page<T>(items: T[], request: { limit?: number; cursor?: string }) {
  const from = Number(request.cursor ?? 0);
  const limit = request.limit ?? 50;
  const next = from + limit < items.length ? String(from + limit) : null;
  return { items: items.slice(from, from + limit), next_cursor: next, total: items.length };
}

/** Refuses empty and over-long names. */
export function checkName(name: string): void {
  if (name.trim() === "") throw fault("invalid", "Enter a name.", "name");
  if (name.length > 100) throw fault("invalid", `At most 100 characters; this has ${name.length}.`, "name");
}

/** Refuses what is no address range. */
export function checkRanges(ranges: readonly string[] | undefined): void {
  const bad = ranges?.find((range) => !/^[0-9a-f.:]+(\/\d{1,3})?$/i.test(range));
  if (bad !== undefined)
    throw fault("invalid", `“${bad}” is not an address range. Write 10.0.0.0/8 or 2001:db8::/32.`, "ip");
}

/** Refuses a stale version. */
export function checkVersion(
  thing: { version: number; updated_by: string; updated_at: string },
  version?: number,
): void {
  if (version !== undefined && version !== thing.version) {
    const { updated_by: by, updated_at: at } = thing;
    throw {
      ...fault("conflict", `${by} changed this at ${at}. Reload to see it, then try again.`),
      by,
      at,
      version: thing.version,
    };
  }
}

/** Notes a change. */
export function changed<T extends { version: number; updated_at: string; updated_by: string; id: string }>(
  world: World,
  noun: string,
  thing: T,
): void {
  thing.version += 1;
  thing.updated_at = world.now();
  thing.updated_by = "dana";
  world.touch(noun, thing.id);
}
