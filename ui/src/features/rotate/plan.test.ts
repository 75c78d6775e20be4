// What the rotate dialog says before it is done: echo lines, offers, proposals.
import { describe, expect, it } from "vitest";
import type { KeyDetails } from "@/generated/KeyDetails";
import { endAfter, graceEcho, graceOptions, proposedExpiry, sameGrace } from "./plan";

const NOW = new Date("2026-11-21T10:40:00Z");
const key = (over: Partial<KeyDetails>) =>
  ({ created_at: "2026-08-23T10:40:00Z", expires_at: null, ...over }) as KeyDetails;

describe("the echo line", () => {
  it("says until when both keys work, in local time, and from when it counts", () => {
    expect(graceEcho("24h", null, NOW, undefined)).toBe(
      "Both keys work until Sun 22 Nov, 11:40. The time counts from when you save the new key.",
    );
  });

  it("never goes past the key's own end", () => {
    const end = new Date("2026-11-21T20:00:00Z");
    expect(graceEcho("24h", end, NOW, undefined)).toBe(
      "Both keys work until Sat 21 Nov, 21:00, when the key expires.",
    );
  });

  it("says that the old key stops, for every way to write none", () => {
    for (const none of ["0", "0s", "0h"]) {
      expect(graceEcho(none, null, NOW, undefined)).toBe(
        "The old key stops as soon as you save the new one.",
      );
    }
  });

  it("speaks of tokens where one is rotated", () => {
    expect(graceEcho("24h", null, NOW, "token")).toBe(
      "Both tokens work until Sun 22 Nov, 11:40. The time counts from when you save the new one.",
    );
    expect(graceEcho("0", null, NOW, "token")).toBe("The old token stops as soon as you save the new one.");
  });

  it("says nothing while no duration can be read", () => {
    expect(graceEcho(undefined, null, NOW, undefined)).toBe("");
  });
});

describe("the durations on offer", () => {
  const words = (longest: string | null, standard: string) =>
    graceOptions(longest, standard).map((option) => option.label);

  it("are the usual ones", () => {
    expect(words("30d", "1d")).toEqual(["Stop now", "1 hour", "24 hours", "7 days", "30 days"]);
  });

  it("stop at the tenant's longest", () => {
    expect(words("7d", "24h")).toEqual(["Stop now", "1 hour", "24 hours", "7 days"]);
  });

  it("contain an unusual default in its place", () => {
    expect(words("30d", "3d")).toEqual(["Stop now", "1 hour", "24 hours", "3 days", "7 days", "30 days"]);
  });

  it("know that a day is 24 hours", () => {
    expect(sameGrace(graceOptions("30d", "1d"), "1d")).toBe("24h");
  });
});

describe("the new expiry", () => {
  it("is the standing one, unless it has passed or is about to", () => {
    expect(proposedExpiry(key({}), NOW)).toBe("keep");
    expect(proposedExpiry(key({ expires_at: "2027-02-19T10:40:00Z" }), NOW)).toBe("keep");
    expect(proposedExpiry(key({ expires_at: "2026-11-22T09:00:00Z" }), NOW)).toBe("same-span");
    expect(proposedExpiry(key({ expires_at: "2026-11-01T10:40:00Z" }), NOW)).toBe("same-span");
  });

  it("as the same span again counts the whole life from now", () => {
    const ninety = key({ expires_at: "2026-11-21T10:40:00Z" });
    const end = endAfter(ninety, "same-span", { kind: "never" }, NOW);
    expect(end?.toISOString()).toBe("2027-02-19T10:40:00.000Z");
  });
});
