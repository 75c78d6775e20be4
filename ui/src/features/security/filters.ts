// The filters of the security events: what the address may hold, what of it is asked of the store.
import { z } from "zod";
import type { EventKind } from "@/generated/EventKind";
import type { Request } from "@/platform/platform";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/time/format";
import { useNow } from "@/time/useNow";

export const KINDS = [
  "dead_secret_used",
  "failures_by_address",
  "limit_hit",
  "operator_refused",
] as const satisfies readonly EventKind[];

const SPAN_MS = { "1h": HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS };
export type SinceSpan = keyof typeof SPAN_MS;
export const SPANS = Object.keys(SPAN_MS) as SinceSpan[];

/** Events change nothing in the store, so nobody tells of them: they are asked for this often. */
export const EVENTS_MS = 10_000;
/** And this often where only their number stands. */
export const MARK_MS = 60_000;
const PAGE = 100;
/** So often the beginning of a span moves: each move is another question. */
const STEP_MS = 5 * MINUTE_MS;

/** The search parameters of /security; what cannot be read is left out. */
export const eventsSearch = z.object({
  kind: z.enum(KINDS).optional().catch(undefined),
  time: z.enum(["1h", "24h", "7d", "30d"]).optional().catch(undefined),
  key: z.string().trim().min(1).max(60).optional().catch(undefined),
});

export type EventsSearch = z.infer<typeof eventsSearch>;

/** What is asked of the store for these filters, with the beginning of the time span. */
export function toRequest({ kind, key }: EventsSearch, since: string | undefined): Request<"events.list"> {
  const asked = { kind, key, since, limit: PAGE };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

/** Whether anything narrows the list. */
export function isFiltered({ kind, time, key }: EventsSearch): boolean {
  return kind !== undefined || time !== undefined || key !== undefined;
}

/** The beginning of a span that ends now, in steps of five minutes. */
export function sinceOf(span: SinceSpan, now: Date): string {
  return new Date(Math.floor((now.getTime() - SPAN_MS[span]) / STEP_MS) * STEP_MS).toISOString();
}

/** The same, moving with the time. */
export function useSince(span: SinceSpan): string;
export function useSince(span: SinceSpan | undefined): string | undefined;
export function useSince(span: SinceSpan | undefined): string | undefined {
  const now = useNow();
  return span === undefined ? undefined : sinceOf(span, now);
}
