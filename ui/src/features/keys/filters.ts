// The filters of the keys table: what the address may hold, what of it is asked of the store.
// Pure. A pasted key must never get here: the address is no place for it.
import { z } from "zod";
import type { KeySort } from "@/generated/KeySort";
import type { Request } from "@/platform/platform";

export const STATUSES = [
  "active",
  "expiring",
  "rotating",
  "unconfirmed",
  "suspended",
  "expired",
  "revoked",
] as const;
const SORTS = [
  "name",
  "name_desc",
  "created",
  "created_asc",
  "expires",
  "expires_desc",
  "last_used",
  "last_used_asc",
] as const satisfies readonly KeySort[];

// Whatever a hand-written or old address holds, the screen shows: what cannot be read is left out.
const text = z.string().trim().min(1).max(200).optional().catch(undefined);

/** The search parameters of /keys. */
export const keysSearch = z.object({
  search: text,
  status: z.array(z.enum(STATUSES)).min(1).optional().catch(undefined),
  tenant: text,
  role: text,
  environment: z.enum(["live", "test"]).optional().catch(undefined),
  sort: z.enum(SORTS).optional().catch(undefined),
});

export type KeysSearch = z.infer<typeof keysSearch>;

const PAGE = 100;

const NARROWING = ["search", "tenant", "role", "environment", "status"] as const;

/** What is asked of the store for these filters; nothing else that the address holds gets through. */
export function toRequest(filters: KeysSearch): Request<"keys.list"> {
  const { search, tenant, role, environment, status, sort } = filters;
  const asked = {
    search,
    tenant,
    role,
    environment,
    sort,
    status: status && [...status].toSorted(),
    limit: PAGE,
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

/** Whether anything narrows the list; the order does not. */
export function isFiltered(filters: KeysSearch): boolean {
  return NARROWING.some((name) => filters[name] !== undefined);
}

/** Whether a text looks like a whole key rather than like a word to search for. */
export function looksLikeKey(text: string): boolean {
  return /^[A-Za-z0-9_]{30,200}$/.test(text.trim());
}

/** Whether an order shows the largest or latest first. */
export function isDescending(sort: string): boolean {
  return ["name_desc", "expires_desc", "created", "last_used"].includes(sort);
}
