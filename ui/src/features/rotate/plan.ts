// What a rotation will do, as the dialog says it before it is done: when the old key stops, which
// expiry the key gets, which durations may be chosen. The rules are core's and are checked there
// again. Pure functions; they read no clock.
import type { What } from "@/features/reveal/what";
import type { KeyDetails } from "@/generated/KeyDetails";
import { t } from "@/i18n";
import { readExpiry, type ExpiryChoice } from "@/time/expiry";
import { DAY_MS, HOUR_MS, shortTime, spanMs, spanWords } from "@/time/format";

const GRACES = ["0", "1h", "24h", "7d", "30d"] as const;

/** Which expiry the key gets. */
export type NewExpiry = "keep" | "same-span" | "choose";

/** The durations on offer: those the tenant allows, and its default where it is another one. */
export function graceOptions(longest: string | null, standard: string): { value: string; label: string }[] {
  const limit = longest === null ? Infinity : (spanMs(longest) ?? Infinity);
  const spans = GRACES.filter((span) => (spanMs(span) ?? 0) <= limit) as string[];
  if (!spans.some((span) => spanMs(span) === spanMs(standard))) spans.push(standard);
  return spans
    .toSorted((one, other) => (spanMs(one) ?? 0) - (spanMs(other) ?? 0))
    .map((value) => ({ value, label: graceLabel(value) }));
}

function graceLabel(span: string): string {
  if (spanMs(span) === 0) return t("rotate.stop_now");
  // A day is called 24 hours here: it is counted from now, not to the end of a day.
  return spanMs(span) === DAY_MS ? t("time.span_hours", { count: 24 }) : spanWords(span);
}

/** The option that means the same length of time as `span`. */
export function sameGrace(options: readonly { value: string }[], span: string): string {
  return options.find((option) => spanMs(option.value) === spanMs(span))?.value ?? span;
}

/** The expiry that is proposed: the standing one, unless it has passed or is about to. */
export function proposedExpiry(key: KeyDetails, now: Date): NewExpiry {
  if (key.expires_at === null) return "keep";
  return Date.parse(key.expires_at) - now.getTime() < 24 * HOUR_MS ? "same-span" : "keep";
}

/** When the key ends after the rotation; nothing: never, or not readable yet. */
export function endAfter(key: KeyDetails, choice: NewExpiry, chosen: ExpiryChoice, now: Date): Date | null {
  if (choice === "choose") {
    const reading = readExpiry(chosen, now);
    return reading.ok ? reading.at : null;
  }
  if (key.expires_at === null) return null;
  const end = Date.parse(key.expires_at);
  return choice === "keep" ? new Date(end) : new Date(now.getTime() + end - Date.parse(key.created_at));
}

/** "Both keys work until Sun 22 Nov, 11:40.": what the chosen grace period means now. */
export function graceEcho(grace: string | undefined, end: Date | null, now: Date, context: What): string {
  const span = grace === undefined ? undefined : spanMs(grace);
  if (span === undefined) return "";
  if (span === 0) return t("rotate.echo_stop", { context });
  const until = new Date(now.getTime() + span);
  if (end !== null && end < until) return t("rotate.echo_capped", { time: shortTime(end), context });
  return t("rotate.echo", { time: shortTime(until), context });
}

/** Whether the old key stops as soon as the new one is saved. */
export function stopsNow(grace: string | undefined): boolean {
  return grace !== undefined && spanMs(grace) === 0;
}
