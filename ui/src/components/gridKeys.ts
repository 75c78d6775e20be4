// Which row the keyboard goes to. Pure; the grid moves the focus.

/** The row after `key` is pressed on row `at` of `count`; nothing for keys that move nothing. */
export function rowAfter(key: string, at: number, count: number, page: number): number | undefined {
  if (count === 0) return undefined;
  const within = (row: number) => Math.min(count - 1, Math.max(0, row));
  switch (key) {
    case "ArrowDown":
      return within(at + 1);
    case "ArrowUp":
      return within(at - 1);
    case "PageDown":
      return within(at + page);
    case "PageUp":
      return within(at - page);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
