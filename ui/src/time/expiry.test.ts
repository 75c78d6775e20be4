// What the expiry picker makes of a choice. The rules are tested in Rust.
import { describe, expect, it } from "vitest";
import { expiryEcho, isFarAway, readExpiry } from "./expiry";

const NOW = new Date("2026-11-21T09:30:00Z");
const custom = (date: string, time = "") => readExpiry({ kind: "custom", date, time }, NOW);

describe("an expiry that is picked", () => {
  it("travels as the span that was pressed", () => {
    const reading = readExpiry({ kind: "span", span: "90d" }, NOW);
    expect(reading).toMatchObject({ ok: true, wire: "90d" });
    expect(expiryEcho(reading)).toBe("Expires Fri 19 Feb 2027, 10:30 (UTC 09:30)");
  });

  it("is never when never is pressed", () => {
    const reading = readExpiry({ kind: "never" }, NOW);
    expect(reading).toMatchObject({ ok: true, wire: "never", at: null });
    expect(expiryEcho(reading)).toBe("Does not expire");
  });

  it("means the end of the day, UTC, when it has no time", () => {
    const reading = custom("2027-12-31");
    expect(reading).toMatchObject({ ok: true, wire: "2027-12-31", at: new Date("2028-01-01T00:00:00Z") });
    expect(expiryEcho(reading)).toBe("Expires at the end of Fri 31 Dec 2027 (UTC)");
  });

  it("is local time when it has one, and names the UTC day when that differs", () => {
    const reading = custom("2027-07-01", "00:30");
    expect(reading).toMatchObject({ ok: true, wire: "2027-06-30T22:30:00.000Z" });
    expect(expiryEcho(reading)).toBe("Expires Thu 1 Jul 2027, 00:30 (UTC Wed 30 Jun, 22:30)");
  });

  it.each([
    ["", "", "Enter a date"],
    ["tomorrow", "", "Write the date as year-month-day"],
    ["2027-02-30", "", "There is no 2027-02-30"],
    ["2027-13-01", "", "There is no 2027-13-01"],
    ["2026-11-20", "", "This lies in the past"],
    ["2026-11-21", "10:30", "This lies in the past"],
    ["2027-01-01", "25:00", "Write the time as hours and minutes"],
    ["9999-12-31", "", "The latest expiry is 9999-12-30"],
  ])("is refused for %s %s with what to do", (date, time, words) => {
    const reading = custom(date, time);
    expect(reading.ok).toBe(false);
    expect(reading).toHaveProperty("error", expect.stringContaining(words));
    expect(expiryEcho(reading)).toBe("");
  });

  it("accepts the last day there is", () => {
    expect(custom("9999-12-30").ok).toBe(true);
  });

  it("deserves a second look beyond ten years", () => {
    expect(isFarAway(new Date("2036-11-01T00:00:00Z"), NOW)).toBe(false);
    expect(isFarAway(new Date("2037-01-01T00:00:00Z"), NOW)).toBe(true);
  });
});
