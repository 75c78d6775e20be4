// axe-core on every screen and layer. Contrast and layout are judged in the real window: jsdom
// draws nothing.
import { screen } from "@testing-library/react";
import type userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { violations } from "./violations";
import { openWindow } from "./window";

type User = ReturnType<typeof userEvent.setup>;
type Options = Parameters<typeof openWindow>[1];

const press =
  (name: string | RegExp, role = "dialog") =>
  async (user: User) => {
    await user.click(await screen.findByRole("button", { name }));
    await screen.findByRole(role);
  };

/** A key that is pressed in a row. */
const row = (name: string, keys: string, role: string) => async (user: User) => {
  (await screen.findByRole("row", { name: new RegExp(`^${name}`) })).focus();
  await user.keyboard(keys);
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
  ["security events", "/security"],
  ["security events without a match", "/security?key=nothing"],
  ["operators", "/operators"],
  ["create an operator", "/operators", press("New operator")],
  ["change an operator", "/operators", row("Auditor", "e", "dialog")],
  ["rotate a token", "/operators", row("Auditor", "r", "dialog")],
  ["remove an operator", "/operators", row("Auditor", "{Delete}", "alertdialog")],
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

  const STARTS: [string, NonNullable<Options>, ((user: User) => Promise<unknown>)?][] = [
    ["saved connections", {}],
    ["a connection on its way", { store: "opening" }],
    ["a refusal with its next step", { keychain: "locked" }, press("Connect", "alert")],
    ["a password that is asked for", { secrets: false }, press("Connect")],
    ["adding a connection", { keychain: "no_service" }, press("Add connection")],
    ["editing a connection", {}, press("Edit")],
    ["removing a connection", {}, press("Remove", "alertdialog")],
    ["the settings", { keychain: "no_default_collection" }, press("Settings")],
  ];

  it.each(STARTS)("%s", async (_, options, act) => {
    const { user } = openWindow("/keys", { store: "none", connections: "some", ...options });
    await screen.findByRole("heading", { level: 1 });
    await act?.(user);
    expect(await violations()).toEqual([]);
  });

  it.each(["store_empty", "schema_older"] as const)(
    "the offer and the steps for a database that is %s",
    async (code) => {
      const { user, platform } = openWindow("/keys", { store: "none", connections: "some" });
      const [first] = platform.connections.saved;
      platform.connections.refusals.set(first?.id ?? "", { code, message: "" });
      await user.click(await screen.findByRole("button", { name: "Connect" }));
      await screen.findByRole("button", { name: /this database$/ });
      expect(await violations()).toEqual([]);
      await press(/this database$/, "alertdialog")(user);
      await screen.findAllByRole("listitem");
      expect(await violations()).toEqual([]);
    },
  );
});
