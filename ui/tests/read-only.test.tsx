// A store that takes no changes: every screen is walked beside the same one that takes them, and what
// can be pressed is compared.
import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useLayers } from "@/app/layers";
import type { KeyDetails } from "@/generated/KeyDetails";
import { createFakePlatform } from "@/platform/fake";
import { openWindow } from "./window";

const SHARED = { store: "connection", connections: "some" } as const;
const READ_ONLY = "This connection is read-only.";

/** Takes away what was made up, before anybody has asked for it. */
function empty({ world }: ReturnType<typeof openWindow>["platform"]): void {
  Object.assign(world, { keys: [], roles: [], tenants: [], operators: [] });
}

async function open(address: string, nothing = false) {
  const on = openWindow(address, SHARED);
  if (nothing) empty(on.platform);
  await screen.findByRole("heading", { level: 1 });
  return on;
}

/** The same store, closed to changes. */
async function openReadOnly(address: string, nothing = false) {
  const on = openWindow(address, SHARED);
  const [first] = on.platform.connections.saved;
  if (first === undefined) throw new Error("no saved connection");
  on.platform.connections.saved[0] = { ...first, read_only: true };
  await on.platform.command("connection_open", { id: first.id });
  if (nothing) empty(on.platform);
  on.platform.emit("store:changed", null);
  await screen.findByRole("heading", { level: 1 });
  await waitFor(() => expect(screen.getAllByText("Read-only")).toHaveLength(2));
  return on;
}

/** So many menus of rows are opened; the pages of keys show the same actions for every status. */
const MENUS = 3;

/** Every control on the page that can be pressed now, by name. */
async function pressable(user: ReturnType<typeof openWindow>["user"]): Promise<string[]> {
  const names = new Set<string>();
  const note = (role: "button" | "menuitem") => {
    for (const one of screen.queryAllByRole(role)) {
      if (one.getAttribute("aria-disabled") === "true" || one.hasAttribute("disabled")) continue;
      names.add((one.getAttribute("aria-label") ?? one.textContent ?? "").trim());
    }
  };
  note("button");
  const rows = screen.queryAllByRole("button", { name: "More actions" }).slice(0, MENUS);
  for (const at of rows.keys()) {
    await user.click(screen.getAllByRole("button", { name: "More actions" })[at] as HTMLElement);
    await screen.findByRole("menu");
    note("menuitem");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  }
  return [...names].toSorted();
}

const WRITES =
  /^(New operator|Rotate token…R|Remove…Del|Create (key|tenant|role)N?|Rotate(…R?)?|Set expiry…|Edit(…E|E)?|Suspend…|Suspend tenant|Resume( tenant)?|Revoke(…Del)?|Reactivate|Delete role|End now|Extend…|Undo rotation|Show a new secret|Change expiry)$/;

const keyNamed = (keys: KeyDetails[], name: string) => `/keys/${keys.find((key) => key.name === name)?.id}`;

describe("a store that takes no changes", () => {
  // Ids of the samples are the same in every window.
  const { keys } = createFakePlatform({ store: "sample" }).world;
  const SCREENS: [string, string, boolean?][] = [
    ["keys", "/keys"],
    ["keys, while there are none", "/keys", true],
    ["tenants, while there are none", "/tenants", true],
    ["roles, while there are none", "/roles", true],
    ["operators, while there are none", "/operators", true],
    ["keys without a match", "/keys?search=nothing"],
    ["tenants", "/tenants"],
    ["a tenant", "/tenants/acme"],
    ["roles", "/roles?tenant=acme"],
    ["operators", "/operators"],
    ["a key", keyNamed(keys, "n8n production")],
    ["a key in grace", keyNamed(keys, "CI deploy")],
    ["a key never saved", keyNamed(keys, "Data warehouse")],
    ["a suspended key", keyNamed(keys, "Staging crawler")],
    ["a revoked key", keyNamed(keys, "Contractor laptop")],
    ["an expired key", keyNamed(keys, "Legacy export")],
  ];

  it.each(SCREENS)(
    "has no way to a change on %s, and every other way is left",
    async (_, address, nothing) => {
      const free = await open(address, nothing);
      await waitFor(() => expect(screen.queryByLabelText("Loading")).toBeNull());
      const before = await pressable(free.user);
      free.unmount();
      const shut = await openReadOnly(address, nothing);
      await waitFor(() => expect(screen.queryByLabelText("Loading")).toBeNull());
      const after = await pressable(shut.user);
      const same = (name: string) => !name.startsWith("Acme platform");
      expect(after.filter(same)).toEqual(before.filter((name) => same(name) && !WRITES.test(name)));
      expect(before.some((name) => WRITES.test(name))).toBe(true);
    },
  );

  it("says why at the button", async () => {
    const { user } = await openReadOnly("/keys");
    await user.hover(await screen.findByRole("button", { name: /Create key/ }));
    expect(await screen.findByText(READ_ONLY)).toBeTruthy();
  });

  it.each([
    ["n", "/keys"],
    ["{Control>}n{/Control}", "/keys"],
    ["r", "/keys"],
    ["e", "/keys"],
    ["{Delete}", "/keys"],
    ["e", "/roles?tenant=acme"],
    ["{Enter}", "/roles?tenant=acme"],
  ])("answers the key %s on %s with the reason, not with a form", async (key, address) => {
    const { user } = await openReadOnly(address);
    const [, row] = await screen.findAllByRole("row");
    row?.focus();
    await user.keyboard(key);
    expect(await screen.findAllByText(READ_ONLY)).not.toHaveLength(0);
    expect(useLayers.getState().layer).toBeNull();
  });
});
