// axe-core on every screen and layer. Contrast and layout are judged in the real window: jsdom
// draws nothing.
import { screen } from "@testing-library/react";
import type userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { openWindow } from "./window";

type User = ReturnType<typeof userEvent.setup>;

async function violations(): Promise<string[]> {
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

const press =
  (name: string | RegExp, role = "dialog") =>
  async (user: User) => {
    await user.click(await screen.findByRole("button", { name }));
    await screen.findByRole(role);
  };

const SCREENS: [string, string, ((user: User) => Promise<unknown>)?][] = [
  ["keys", "/keys"],
  ["keys without a match", "/keys?search=nothing"],
  ["create key", "/keys?tenant=acme", press(/Create key/)],
  ["tenants", "/tenants"],
  ["create tenant", "/tenants", press("Create tenant")],
  ["a tenant", "/tenants/acme"],
  ["suspend tenant", "/tenants/acme", press("Suspend tenant", "alertdialog")],
  ["roles", "/roles"],
  ["create role", "/roles", press("Create role")],
  ["shortcuts", "/keys", press("Shortcuts")],
];

describe("axe finds nothing wrong with", () => {
  it.each(SCREENS)("%s", async (_, address, act) => {
    const { user } = openWindow(address);
    await screen.findByRole("heading", { level: 1 });
    await act?.(user);
    expect(await violations()).toEqual([]);
  });

  it.each(["none", "failed"] as const)("the start with store %s", async (store) => {
    openWindow("/keys", { store });
    await screen.findByRole("heading", { level: 1 });
    expect(await violations()).toEqual([]);
  });
});
