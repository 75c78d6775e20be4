// The banner at the start: one key that was never saved, shown anew or discarded.
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { stage } from "@/features/reveal/harness";
import { createFakePlatform } from "@/platform/fake";
import { UnsavedBanner } from "./UnsavedBanner";

async function start() {
  // Ids of the samples are the same in every fake.
  const id = sampleId("Data warehouse");
  const note = { id: "u1", key_id: id, name: "Data warehouse", tenant: "globex", operation: "keys.issue" };
  const on = stage(<UnsavedBanner />, [{ ...note, at: "2026-11-21T10:40:00Z" }]);
  await screen.findByText("1 key was created but never saved: Data warehouse.");
  return { on, user: userEvent.setup() };
}

function sampleId(name: string): string {
  const key = createFakePlatform({ store: "sample" }).world.keys.find((one) => one.name === name);
  if (key === undefined) throw new Error(`no sample key ${name}`);
  return key.id;
}

it("Show a new secret mints again and opens the reveal; it does not discard, which would revoke the key", async () => {
  const { on, user } = await start();
  await user.click(screen.getByRole("button", { name: "Show a new secret" }));
  expect(await screen.findByRole("dialog", { name: "Save the new key now" })).toBeDefined();
  expect(on.platform.calls).toContain("keys.remint");
  expect(on.given("discard_unsaved")).toBe(0);
  expect(screen.queryByText(/never saved/)).toBeNull();
});

it("Discard takes the note away and mints nothing", async () => {
  const { on, user } = await start();
  await user.click(screen.getByRole("button", { name: "Discard" }));
  await waitFor(() => expect(screen.queryByText(/never saved/)).toBeNull());
  expect(await screen.findByText("Data warehouse discarded")).toBeDefined();
  expect(on.platform.calls).not.toContain("keys.remint");
});
