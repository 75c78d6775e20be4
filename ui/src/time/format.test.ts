// How instants and durations are said.
import { describe, expect, it } from "vitest";
import { relativeTime, spanMs, spanWords, timeLeft } from "./format";

const NOW = new Date("2026-11-21T09:30:00Z");
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (ms: number) => new Date(NOW.getTime() + ms);

describe("relative time", () => {
  it.each([
    [0, "just now"],
    [9 * SECOND, "just now"],
    [40 * SECOND, "in a moment"],
    [-8 * SECOND, "8 sec ago"],
    [-2 * MINUTE, "2 min ago"],
    [5 * MINUTE, "in 5 min"],
    [-HOUR, "1 hour ago"],
    [-3 * HOUR, "3 hours ago"],
    [12 * HOUR, "in 12 hours"],
    [-DAY, "Yesterday"],
    [DAY, "in 1 day"],
    [-94 * DAY, "94 days ago"],
    [212 * DAY, "in 212 days"],
    [1000 * DAY, "17 Aug 2029"],
  ])("says %i ms away as %s", (ms, words) => {
    expect(relativeTime(at(ms), NOW)).toBe(words);
  });
});

describe("the time that is left", () => {
  it.each([
    [22 * HOUR + 14 * MINUTE, "22 h 14 min"],
    [3 * DAY + 2 * HOUR, "3 d 2 h"],
    [7 * DAY, "7 d"],
    [5 * HOUR, "5 h"],
    [20 * SECOND, "less than a minute"],
    [-MINUTE, "less than a minute"],
  ])("says %i ms as %s", (ms, words) => {
    expect(timeLeft(at(ms), NOW)).toBe(words);
  });
});

describe("a span in the wire's words", () => {
  it.each([
    ["24h", "24 hours", DAY],
    ["90d", "90 days", 90 * DAY],
    ["1h", "1 hour", HOUR],
    ["15m", "15 minutes", 15 * MINUTE],
    ["90s", "90 seconds", 90 * SECOND],
  ])("%s is %s", (span, words, ms) => {
    expect(spanWords(span)).toBe(words);
    expect(spanMs(span)).toBe(ms);
  });

  it("is shown as it stands when it is none", () => {
    expect(spanWords("soon")).toBe("soon");
    expect(spanMs("soon")).toBeUndefined();
  });
});
