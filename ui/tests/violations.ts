// What axe-core finds wrong with the page as it stands, without contrast: jsdom draws nothing.
// Holds no tests.
import axe from "axe-core";

/** One line for each rule that is broken, with where. */
export async function violations(): Promise<string[]> {
  const { violations: found } = await axe.run(
    // Base UI's focus guards are hidden from readers and take focus on purpose.
    { exclude: ["[data-base-ui-focus-guard]"] },
    {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
      rules: { "color-contrast": { enabled: false } },
    },
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}
