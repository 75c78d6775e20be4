// Sums over a usage report: per day, per secret, by reason. Pure functions; they read no clock.
import type { Outcome } from "@/generated/Outcome";
import type { SecretDetails } from "@/generated/SecretDetails";
import type { UsageBucket } from "@/generated/UsageBucket";
import { i18nHas, t } from "@/i18n";
import { DAY_MS, HOUR_MS } from "@/time/format";

/** So many days are shown, the last one today. */
const DAYS = 30;
/** So many hours tell who still uses which secret. */
export const HOURS = 24;
const DENIALS = 10;

/** One day of the chart, local time. */
export interface Day {
  day: Date;
  allowed: number;
  denied: number;
}

const isAllowed = ({ outcome }: UsageBucket) => outcome === "valid";
const sum = (buckets: readonly UsageBucket[]) => buckets.reduce((all, { count }) => all + count, 0);

/** Midnight, local time, so many days after the first of those that are shown. */
const dayAt = (now: Date, at: number) =>
  new Date(now.getFullYear(), now.getMonth(), now.getDate() - (DAYS - 1 - at));

/** What lies in the days that are shown: a little more is asked for, and every sum is of the same days. */
export function inDays(buckets: readonly UsageBucket[], now: Date): UsageBucket[] {
  const first = dayAt(now, 0).getTime();
  return buckets.filter(({ hour }) => Date.parse(hour) >= first);
}

/** The last thirty days up to the one of `now`, also those without use. */
export function perDay(buckets: readonly UsageBucket[], now: Date): Day[] {
  const days = Array.from({ length: DAYS }, (_, at): Day => ({ day: dayAt(now, at), allowed: 0, denied: 0 }));
  const byDay = new Map(days.map((one) => [one.day.getTime(), one]));
  for (const bucket of buckets) {
    const hour = new Date(bucket.hour);
    const found = byDay.get(new Date(hour.getFullYear(), hour.getMonth(), hour.getDate()).getTime());
    if (found === undefined) continue;
    if (isAllowed(bucket)) found.allowed += bucket.count;
    else found.denied += bucket.count;
  }
  return days;
}

/** The end of a scale that holds `most`: round, and its half is a whole number too. */
export function scaleEnd(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  const steps = power === 1 ? [2, 4, 6, 8, 10] : [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];
  return Math.round((steps.find((step) => step * power >= most) ?? 10) * power);
}

/** How often each reason denied something, the most frequent first. */
export function byReason(
  buckets: readonly UsageBucket[],
): { outcome: Outcome; count: number; share: number }[] {
  const denied = buckets.filter((bucket) => !isAllowed(bucket));
  const all = sum(denied);
  const counts = new Map<Outcome, number>();
  for (const { outcome, count } of denied) counts.set(outcome, (counts.get(outcome) ?? 0) + count);
  return [...counts]
    .map(([outcome, count]) => ({ outcome, count, share: count / all }))
    .toSorted((one, other) => other.count - one.count);
}

/** The hours in which something was denied, the latest first. */
export function recentDenials(buckets: readonly UsageBucket[]): UsageBucket[] {
  return buckets
    .filter((bucket) => !isAllowed(bucket))
    .toSorted((one, other) => other.hour.localeCompare(one.hour))
    .slice(0, DENIALS);
}

/** What came with one secret lately. */
export interface SecretUse {
  /** Hour by hour, the last one the hour of `now`. */
  hours: number[];
  /** In the hour of `now`. */
  thisHour: number;
  /** In all of them. */
  total: number;
}

/** How often a secret was accepted in each of the last 24 hours. */
export function lately(buckets: readonly UsageBucket[], secret: string, now: Date): SecretUse {
  const last = Math.floor(now.getTime() / HOUR_MS);
  const hours = Array.from({ length: HOURS }, () => 0);
  for (const bucket of buckets) {
    if (bucket.secret_id !== secret || !isAllowed(bucket)) continue;
    const at = HOURS - 1 - (last - Math.floor(Date.parse(bucket.hour) / HOUR_MS));
    if (at >= 0 && at < HOURS) hours[at] = (hours[at] ?? 0) + bucket.count;
  }
  return { hours, thisHour: hours.at(-1) ?? 0, total: hours.reduce((all, one) => all + one, 0) };
}

/** When the old secret was last used, if that was after its successor was saved: somebody has not switched. */
export function usedSinceRotation(secrets: readonly SecretDetails[], old: SecretDetails): Date | null {
  const { last_used_at } = old.usage;
  const saved = secrets.find(({ state }) => state === "current")?.confirmed_at ?? null;
  if (last_used_at === null || (saved !== null && Date.parse(last_used_at) <= Date.parse(saved))) return null;
  return new Date(last_used_at);
}

/** The beginning of what is asked for: a little earlier than the first day that is shown, in steps of an hour. */
export function sinceFor(now: Date): string {
  return new Date(Math.floor((now.getTime() - DAYS * DAY_MS) / HOUR_MS) * HOUR_MS).toISOString();
}

/** An outcome as people read it; a word that this window does not know stays as it is. */
export function outcomeWords(outcome: string): string {
  const key = `outcome.${outcome}`;
  return i18nHas(key) ? t(key as "outcome.valid") : outcome;
}
