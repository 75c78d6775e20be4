// Sums over a usage report.
import { describe, expect, it } from "vitest";
import type { SecretDetails } from "@/generated/SecretDetails";
import type { UsageBucket } from "@/generated/UsageBucket";
import {
  byReason,
  inDays,
  lately,
  outcomeWords,
  perDay,
  recentDenials,
  scaleEnd,
  sinceFor,
  usedSinceRotation,
} from "./series";

// Berlin is an hour ahead of UTC then.
const NOW = new Date("2026-11-21T19:40:00Z");

function bucket(
  hour: string,
  outcome: UsageBucket["outcome"],
  count: number,
  secret_id = "sec_new",
): UsageBucket {
  return { hour, outcome, count, secret_id };
}

describe("requests per day", () => {
  it("has thirty days up to today, also without use", () => {
    const days = perDay([], NOW);
    expect(days).toHaveLength(30);
    expect(days.at(-1)?.day).toEqual(new Date(2026, 10, 21));
    expect(days.every(({ allowed, denied }) => allowed === 0 && denied === 0)).toBe(true);
  });

  it("counts an hour to the day that it is here, not in UTC", () => {
    const days = perDay([bucket("2026-11-20T23:00:00Z", "valid", 5)], NOW);
    expect(days.at(-1)?.allowed).toBe(5);
    expect(days.at(-2)?.allowed).toBe(0);
  });

  it("tells what was allowed from what was denied, and leaves out what is older", () => {
    const days = perDay(
      [
        bucket("2026-11-21T10:00:00Z", "valid", 7),
        bucket("2026-11-21T11:00:00Z", "rate_limited", 2),
        bucket("2026-11-21T11:00:00Z", "ip_denied", 1),
        bucket("2026-10-01T11:00:00Z", "valid", 99),
      ],
      NOW,
    );
    expect(days.at(-1)).toMatchObject({ allowed: 7, denied: 3 });
    expect(days.reduce((all, one) => all + one.allowed, 0)).toBe(7);
  });
});

it("sums everything over the same days that the chart shows", () => {
  // The first of them is the 23rd of October, when Berlin was still two hours ahead.
  const buckets = ["2026-10-22T21:00:00Z", "2026-10-22T22:00:00Z", "2026-11-21T19:00:00Z"].map((hour) =>
    bucket(hour, "ip_denied", 1),
  );
  const shown = inDays(buckets, NOW);
  expect(shown.map(({ hour }) => hour.slice(0, 13))).toEqual(["2026-10-22T22", "2026-11-21T19"]);
  expect(perDay(buckets, NOW).reduce((all, one) => all + one.denied, 0)).toBe(byReason(shown)[0]?.count);
});

it("has a scale that ends at a round number, with a whole number in its middle", () => {
  expect([0, 1, 3, 10, 11, 95, 2094, 10_001].map(scaleEnd)).toEqual([2, 2, 4, 10, 12, 100, 2400, 12_000]);
});

describe("what was denied", () => {
  const buckets = [
    bucket("2026-11-21T09:00:00Z", "ip_denied", 1),
    bucket("2026-11-21T10:00:00Z", "rate_limited", 6),
    bucket("2026-11-21T11:00:00Z", "valid", 50),
    bucket("2026-11-21T12:00:00Z", "ip_denied", 1),
  ];

  it("is summed by reason, the most frequent first, with its share", () => {
    expect(byReason(buckets)).toEqual([
      { outcome: "rate_limited", count: 6, share: 0.75 },
      { outcome: "ip_denied", count: 2, share: 0.25 },
    ]);
  });

  it("is listed hour by hour, the latest first", () => {
    expect(recentDenials(buckets).map(({ hour }) => hour.slice(11, 13))).toEqual(["12", "10", "09"]);
  });

  it("is said in words, and a word that is not known stays", () => {
    expect(outcomeWords("rate_limited")).toBe("Rate limit reached");
    expect(outcomeWords("something_new")).toBe("something_new");
  });
});

describe("who uses which secret", () => {
  it("counts the accepted requests of the last 24 hours, hour by hour", () => {
    const use = lately(
      [
        bucket("2026-11-21T19:00:00Z", "valid", 3),
        bucket("2026-11-21T18:00:00Z", "valid", 4),
        bucket("2026-11-21T18:00:00Z", "rate_limited", 9),
        bucket("2026-11-20T20:00:00Z", "valid", 2),
        bucket("2026-11-20T19:00:00Z", "valid", 100),
        bucket("2026-11-21T19:00:00Z", "valid", 100, "sec_old"),
      ],
      "sec_new",
      NOW,
    );
    expect(use).toMatchObject({ thisHour: 3, total: 9 });
    expect(use.hours).toHaveLength(24);
    expect(use.hours[0]).toBe(2);
  });

  it("says that the old one is in use only for what came after the new one was saved", () => {
    const secret = (state: string, confirmed_at: string, last_used_at: string | null) =>
      ({ state, confirmed_at, usage: { last_used_at, last_used_ip: null, count: 1 } }) as SecretDetails;
    const fresh = secret("current", "2026-11-21T12:00:00Z", null);
    const before = secret("retiring", "2026-01-01T00:00:00Z", "2026-11-21T11:59:00Z");
    const after = secret("retiring", "2026-01-01T00:00:00Z", "2026-11-21T12:01:00Z");
    expect(usedSinceRotation([fresh, before], before)).toBeNull();
    expect(usedSinceRotation([fresh, after], after)).toEqual(new Date("2026-11-21T12:01:00Z"));
  });
});

it("what is asked for begins at a whole hour, so that the question stays the same for an hour", () => {
  expect(sinceFor(NOW)).toBe("2026-10-22T19:00:00.000Z");
  expect(sinceFor(new Date("2026-11-21T19:59:59Z"))).toBe(sinceFor(NOW));
});
