// What an expiry picker holds, what of it goes over the wire, and what is wrong with it.
// The rules themselves are checked again in Rust. Reads no clock.
import { t } from "@/i18n";
import { DAY_MS, exactTime, MINUTE_MS, utcDayEndingAt } from "./format";

/** The spans the picker offers, in the wire's words. */
export const EXPIRY_SPANS = ["7d", "30d", "90d", "365d"] as const;
export type ExpirySpan = (typeof EXPIRY_SPANS)[number];

/** An expiry as it was picked; `date` and `time` are as typed. */
export type ExpiryChoice =
  { kind: "span"; span: ExpirySpan } | { kind: "custom"; date: string; time: string } | { kind: "never" };

const SPAN_DAYS: Record<ExpirySpan, number> = { "7d": 7, "30d": 30, "90d": 90, "365d": 365 };
const LAST = Date.UTC(9999, 11, 31);

/** What became of a choice: an end, no end, or what is wrong. */
export type ExpiryReading =
  { ok: true; wire: string; at: Date | null; wholeDay: boolean } | { ok: false; error: string };

/** Reads a choice at `now`. A date without a time means the end of that day, UTC. */
export function readExpiry(choice: ExpiryChoice, now: Date): ExpiryReading {
  if (choice.kind === "never") {
    return { ok: true, wire: "never", at: null, wholeDay: false };
  }
  if (choice.kind === "span") {
    const at = new Date(now.getTime() + SPAN_DAYS[choice.span] * DAY_MS);
    return { ok: true, wire: choice.span, at, wholeDay: false };
  }
  const day = readDay(choice.date);
  if (day === "missing") return { ok: false, error: t("expiry.date_missing") };
  if (day === "malformed") return { ok: false, error: t("expiry.date_malformed") };
  if (day === "impossible")
    return { ok: false, error: t("expiry.date_impossible", { date: choice.date.trim() }) };
  const wholeDay = choice.time.trim() === "";
  const clock = wholeDay ? null : /^(\d{1,2}):(\d{2})$/.exec(choice.time.trim());
  if (!wholeDay && (clock === null || Number(clock[1]) > 23 || Number(clock[2]) > 59)) {
    return { ok: false, error: t("expiry.time_malformed") };
  }
  const at =
    clock === null
      ? new Date(Date.UTC(day.year, day.month, day.day) + DAY_MS)
      : new Date(day.year, day.month, day.day, Number(clock[1]), Number(clock[2]));
  if (at.getTime() < now.getTime() + MINUTE_MS) return { ok: false, error: t("expiry.past") };
  if (at.getTime() > LAST) return { ok: false, error: t("expiry.too_late") };
  return { ok: true, wire: wholeDay ? choice.date.trim() : at.toISOString(), at, wholeDay };
}

/** The sentence under the picker: when it ends, in local time and UTC. */
export function expiryEcho(reading: ExpiryReading): string {
  if (!reading.ok) return "";
  if (reading.at === null) return t("expiry.echo_never");
  if (reading.wholeDay) return t("expiry.echo_day", { day: utcDayEndingAt(reading.at) });
  return t("expiry.echo", { time: exactTime(reading.at) });
}

/** Whether an end lies so far away that it deserves a second look. */
export function isFarAway(at: Date, now: Date): boolean {
  return at.getTime() > now.getTime() + 3652 * DAY_MS;
}

function readDay(
  text: string,
): { year: number; month: number; day: number } | "missing" | "malformed" | "impossible" {
  if (text.trim() === "") return "missing";
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim());
  if (found === null) return "malformed";
  const [year, month, day] = [Number(found[1]), Number(found[2]) - 1, Number(found[3])];
  const back = new Date(Date.UTC(year, month, day));
  const exists = back.getUTCFullYear() === year && back.getUTCMonth() === month && back.getUTCDate() === day;
  return exists ? { year, month, day } : "impossible";
}
