// Instants and durations as people read them: exact local time with UTC, relative time, "in 22 h".
// Pure functions of their arguments; they read no clock and ask no locale of the machine
// (it may be "C", which Intl refuses).
import { format } from "date-fns";
import { t } from "@/i18n";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** `Fri 19 Feb 2027, 11:30 (UTC 10:30)`: local time; UTC with its day where that differs. */
export function exactTime(instant: Date): string {
  const local = format(instant, "EEE d MMM yyyy, HH:mm");
  const shifted = asUtc(instant);
  const sameDay = format(instant, "yyyy-MM-dd") === format(shifted, "yyyy-MM-dd");
  return `${local} (UTC ${format(shifted, sameDay ? "HH:mm" : "EEE d MMM, HH:mm")})`;
}

/** `Fri 19 Feb 2027` of the UTC day that ends at `instant`. */
export function utcDayEndingAt(instant: Date): string {
  return format(asUtc(new Date(instant.getTime() - 1)), "EEE d MMM yyyy");
}

/** `19 Feb 2027`, local. */
export function shortDate(instant: Date): string {
  return format(instant, "d MMM yyyy");
}

/** `22 Nov`, local. */
export function dayOf(instant: Date): string {
  return format(instant, "d MMM");
}

/** `Sun 22 Nov, 11:40`, local. */
export function shortTime(instant: Date): string {
  return format(instant, "EEE d MMM, HH:mm");
}

/** `11:40`, local. */
export function clockTime(instant: Date): string {
  return format(instant, "HH:mm");
}

/** The same numbers in local time as `instant` has in UTC, for formatting alone. */
function asUtc(instant: Date): Date {
  return new Date(
    instant.getUTCFullYear(),
    instant.getUTCMonth(),
    instant.getUTCDate(),
    instant.getUTCHours(),
    instant.getUTCMinutes(),
  );
}

/** `2 min ago`, `Yesterday`, `in 212 days`; beyond two years the date. */
export function relativeTime(instant: Date, now: Date): string {
  const ahead = instant.getTime() - now.getTime();
  const away = Math.abs(ahead);
  const future = ahead > 0;
  // The window's clock ticks every ten seconds, so what has just happened may seem to lie ahead.
  if (away < 5_000 || (future && away < 15_000)) {
    return t("time.just_now");
  }
  if (away < MINUTE_MS) {
    return future ? t("time.in_a_moment") : t("time.seconds_ago", { count: Math.floor(away / 1000) });
  }
  if (away < HOUR_MS) {
    const count = Math.floor(away / MINUTE_MS);
    return future ? t("time.in_minutes", { count }) : t("time.minutes_ago", { count });
  }
  if (away < DAY_MS) {
    const count = Math.floor(away / HOUR_MS);
    return future ? t("time.in_hours", { count }) : t("time.hours_ago", { count });
  }
  const count = Math.floor(away / DAY_MS);
  if (count > 730) {
    return shortDate(instant);
  }
  if (count === 1) {
    return future ? t("time.in_days", { count }) : t("time.yesterday");
  }
  return future ? t("time.in_days", { count }) : t("time.days_ago", { count });
}

/** `22 h 14 min`: how long until `instant`, in its two largest units. */
export function timeLeft(instant: Date, now: Date): string {
  const left = Math.max(0, instant.getTime() - now.getTime());
  const days = Math.floor(left / DAY_MS);
  const hours = Math.floor((left % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((left % HOUR_MS) / MINUTE_MS);
  if (days > 0) return hours > 0 ? t("time.left_days_hours", { days, hours }) : t("time.left_days", { days });
  if (hours > 0)
    return minutes > 0 ? t("time.left_hours_minutes", { hours, minutes }) : t("time.left_hours", { hours });
  return minutes > 0 ? t("time.left_minutes", { minutes }) : t("time.left_moment");
}

/** `24h`, `90d` as people say it: "24 hours", "90 days". */
export function spanWords(span: string): string {
  const found = /^(\d+)([smhd])$/.exec(span);
  if (found === null) return span;
  const count = Number(found[1]);
  switch (found[2]) {
    case "d":
      return t("time.span_days", { count });
    case "h":
      return t("time.span_hours", { count });
    case "m":
      return t("time.span_minutes", { count });
    default:
      return t("time.span_seconds", { count });
  }
}

/** Milliseconds of `90s`, `15m`, `24h`, `7d`; nothing for other texts. */
export function spanMs(span: string): number | undefined {
  const found = /^(\d+)([smhd]?)$/.exec(span);
  if (found === null) return undefined;
  const unit = { "": 1000, s: 1000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }[
    found[2] as "" | "s" | "m" | "h" | "d"
  ];
  return Number(found[1]) * unit;
}
