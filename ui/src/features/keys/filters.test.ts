// Filters from and to the address, and what of it is asked of the store.
import { describe, expect, it } from "vitest";
import { isFiltered, keysSearch, looksLikeKey, toRequest } from "./filters";

describe("the filters in the address", () => {
  it("survive the way there and back", () => {
    const filters = { search: "n8n", status: ["active", "expiring"], tenant: "acme", sort: "last_used" };
    expect(keysSearch.parse(JSON.parse(JSON.stringify(filters)))).toEqual(filters);
  });

  it("are left out where they cannot be read, and the rest stays", () => {
    const odd = { search: 5, status: ["gone"], tenant: "acme", sort: "colour", environment: "moon" };
    expect(toRequest(keysSearch.parse(odd))).toEqual({ tenant: "acme", limit: 100 });
  });

  it("ask the store for what narrows, in one order, so that one cache entry serves both", () => {
    const one = toRequest({ status: ["expiring", "active"] });
    const other = toRequest({ status: ["active", "expiring"] });
    expect(one).toEqual(other);
    expect(one).toEqual({ status: ["active", "expiring"], limit: 100 });
  });

  it("narrow unless only the order is set", () => {
    expect(isFiltered({ sort: "expires" })).toBe(false);
    expect(isFiltered({ environment: "test" })).toBe(true);
  });
});

describe("a text in the search field", () => {
  const secret = "x".repeat(32);
  it.each([
    [`sk_live_${secret}`, true],
    [`  pk_comm_${secret}${secret}\n`.slice(0, 60), true],
    [secret, true],
    ["sk_live_8Qv2mT", false],
    ["n8n production", false],
    ["the-billing-webhook-of-the-old-system", false],
  ])("is a whole key or not", (text, expected) => {
    expect(looksLikeKey(text)).toBe(expected);
  });
});
