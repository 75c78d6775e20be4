// Where the keyboard goes in a grid, and what permissions seem to allow.
import { describe, expect, it } from "vitest";
import { rowAfter } from "./gridKeys";
import { allowedOf, isFullAccess, permissionDiff } from "./scopes";

describe("the row after a key", () => {
  it.each([
    ["ArrowDown", 0, 1],
    ["ArrowDown", 9, 9],
    ["ArrowUp", 0, 0],
    ["PageDown", 2, 6],
    ["PageUp", 2, 0],
    ["Home", 7, 0],
    ["End", 7, 9],
    ["x", 7, undefined],
  ])("%s on row %i", (key, at, expected) => {
    expect(rowAfter(key, at, 10, 4)).toBe(expected);
  });

  it("is none in an empty grid", () => {
    expect(rowAfter("ArrowDown", 0, 0, 4)).toBeUndefined();
  });
});

describe("the preview of permissions", () => {
  const known = ["posts:read", "posts:write", "media:read", "view_all_tasks"].map((permission) => ({
    permission,
    description: "",
    category: "",
  }));

  it.each([
    [["posts:*"], 2],
    [["*:read"], 2],
    [["*"], 4],
    [["*:*"], 3],
    [["view_all_tasks"], 1],
    [[], 0],
  ])("%j allows %i of 4", (held, count) => {
    expect(allowedOf(held, known)).toBe(count);
  });

  it("warns of full access", () => {
    expect(isFullAccess(["posts:read", "*"])).toBe(true);
    expect(isFullAccess(["admin"])).toBe(true);
    expect(isFullAccess(["posts:*"])).toBe(false);
  });

  it("says what is gained and lost", () => {
    expect(permissionDiff(["a:read", "b:read"], ["c:read", "a:read"])).toEqual({
      added: ["c:read"],
      removed: ["b:read"],
    });
  });
});
