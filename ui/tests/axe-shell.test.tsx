// axe-core on what the shell shows when not all is well: locked, lost, not known, in conflict, closed
// to changes; and on the switcher. Contrast is judged in the real window.
import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { useConnection } from "@/data/connection";
import { openWindow } from "./window";
import { violations } from "./violations";

async function open(address = "/keys") {
  const on = openWindow(address, { store: "connection", connections: "some" });
  await screen.findByRole("heading", { level: 1 });
  await waitFor(() => expect(useConnection.getState().state).toBe("connected"));
  return on;
}

type Window = Awaited<ReturnType<typeof open>>;

async function revokeWithoutAnswer({ user, platform }: Window) {
  (await screen.findByRole("row", { name: /Partner sync/ })).focus();
  await user.keyboard("{Delete}");
  const question = within(await screen.findByRole("alertdialog"));
  await user.type(question.getByRole("textbox"), "Partner sync");
  platform.world.line.cutNext("before");
  await user.click(question.getByRole("button", { name: "Revoke key" }));
  await question.findByText(/^The line broke/);
}

async function editAfterSomebody({ user, platform }: Window) {
  await user.click(await screen.findByRole("row", { name: /Integration, acme/ }));
  const sheet = within(await screen.findByRole("dialog"));
  await user.type(sheet.getByRole("textbox", { name: "Description" }), "Mine");
  const role = platform.world.roles.find((one) => one.name === "Integration");
  await platform.call("roles.update", { role: role?.id ?? "", description: "Theirs" });
  await user.click(sheet.getByRole("button", { name: "Save role" }));
  await sheet.findByRole("region", { name: "What was changed" });
}

const STATES: [string, string, (on: Window) => Promise<unknown>][] = [
  [
    "the switcher",
    "/keys",
    async ({ user }) => {
      await user.click(await screen.findByRole("button", { name: /Acme platform/ }));
      await screen.findByRole("menu");
    },
  ],
  [
    "the lock",
    "/keys",
    async ({ user }) => {
      await user.keyboard("{Control>}l{/Control}");
      await screen.findByRole("heading", { name: "Locked" });
    },
  ],
  [
    "a lost line",
    "/keys",
    async ({ platform }) => {
      await waitFor(() =>
        expect(platform.calls.filter((name) => name === "changes.since").length).toBeGreaterThan(1),
      );
      act(() => platform.world.line.lose());
      await screen.findByRole("button", { name: "Reconnect now" });
    },
  ],
  ["a change of which nothing is known", "/keys", revokeWithoutAnswer],
  ["a conflict", "/roles?tenant=acme", editAfterSomebody],
];

it.each(STATES)("axe finds nothing wrong with %s", async (_, address, act_) => {
  await act_(await open(address));
  expect(await violations()).toEqual([]);
});
