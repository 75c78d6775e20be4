// Changing one key: names typed where it is in use, conflicts that keep what was typed, rotation
// into the reveal, and what stands in a rotation's way.
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { useLayers, type Layer } from "@/app/layers";
import { EditKeySheet } from "@/features/key-form/EditKeySheet";
import { stage, type Stage } from "@/features/reveal/harness";
import { useReveal } from "@/features/reveal/reveal-state";
import { RotateDialog } from "@/features/rotate/RotateDialog";
import { EndKeyDialogs } from "./EndKeyDialogs";

type Kind = "rotate" | "revoke" | "suspend" | "reactivate" | "set-expiry" | "edit-key";

beforeEach(() => useLayers.setState({ layer: null }));

function open(kind: Kind, name: string): { on: Stage; user: ReturnType<typeof userEvent.setup> } {
  const on = stage(
    <>
      <EditKeySheet />
      <RotateDialog />
      <EndKeyDialogs />
    </>,
  );
  act(() => useLayers.getState().open({ kind, key: on.key(name) } as Layer));
  return { on, user: userEvent.setup() };
}

const press = (name: string) => screen.getByRole("button", { name });

describe("revoking", () => {
  it("a key in use asks for its name, and a wrong one stops it", async () => {
    const { on, user } = open("revoke", "n8n production");
    await user.type(screen.getByLabelText("Type n8n production to confirm"), "n8n");
    await user.click(press("Revoke key"));
    expect(screen.getByText("Type n8n production exactly as shown to go on.")).toBeDefined();
    expect(on.platform.calls).not.toContain("keys.revoke");
    await user.type(screen.getByLabelText("Type n8n production to confirm"), " production");
    await user.click(press("Revoke key"));
    expect(await screen.findByText("Key revoked")).toBeDefined();
    expect(on.key("n8n production").status).toBe("revoked");
  });

  it("a key that was not used lately asks for no name, and has Cancel in focus", async () => {
    open("revoke", "Partner sync");
    expect(screen.queryByLabelText(/^Type/)).toBeNull();
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Cancel"));
  });

  it("offers Undo where the tenant lets keys come back, and Undo reactivates", async () => {
    const { on, user } = open("revoke", "n8n production");
    await user.type(screen.getByLabelText("Type n8n production to confirm"), "n8n production");
    await user.click(press("Revoke key"));
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(on.key("n8n production").revocation).toBeNull());
  });

  it("offers no Undo where the tenant does not", async () => {
    const { user } = open("revoke", "Partner sync");
    await user.click(press("Revoke key"));
    expect(await screen.findByText("Key revoked")).toBeDefined();
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });
});

describe("a conflict", () => {
  it("in the edit sheet says who, when and what, and keeps both sides' words when mine are kept", async () => {
    const { on, user } = open("edit-key", "n8n production");
    const notes = await screen.findByLabelText("Notes");
    await user.type(notes, "my words");
    const { version } = on.key("n8n production");
    await on.platform.call("keys.update", { key: on.key("n8n production").id, owner: "Lee", version });
    await user.click(press("Save key"));
    expect(await screen.findByText("dana changed this just now.")).toBeDefined();
    expect((notes as HTMLTextAreaElement).value).toBe("my words");
    const list = within(await screen.findByRole("region", { name: "What was changed" }));
    expect(list.getAllByText(/./).map((one) => one.textContent)).toEqual([
      "Owner",
      "Theirs",
      "Lee",
      "Before",
      "none",
    ]);
    await user.click(press("Keep mine and save"));
    await waitFor(() => expect(on.key("n8n production").notes).toBe("my words"));
    expect(on.key("n8n production").owner).toBe("Lee");
  });

  it("in the rotate dialog mints nothing and opens no reveal", async () => {
    const { on, user } = open("rotate", "n8n production");
    const { id, version } = on.key("n8n production");
    await on.platform.call("keys.update", { key: id, notes: "elsewhere", version });
    await user.click(press("Rotate key"));
    expect(await screen.findByText("dana changed this just now.")).toBeDefined();
    expect(useReveal.getState().current).toBeNull();
    const list = within(await screen.findByRole("region", { name: "What was changed" }));
    expect(list.getByText("elsewhere")).toBeDefined();
    await user.click(press("Go on with what stands now"));
    await waitFor(() => expect(screen.queryByText(/^dana changed this/)).toBeNull());
    await user.click(press("Rotate key"));
    expect(await screen.findByRole("dialog", { name: "Save the new key now" })).toBeDefined();
  });
});

describe("a field that both have changed", () => {
  async function conflict() {
    const { on, user } = open("edit-key", "n8n production");
    const { id, version } = on.key("n8n production");
    await user.type(await screen.findByLabelText("Notes"), "mine");
    await user.type(screen.getByLabelText("Owner or contact"), "Kim");
    await on.platform.call("keys.update", { key: id, notes: "theirs", version });
    await user.click(press("Save key"));
    const list = within(await screen.findByRole("region", { name: "What was changed" }));
    expect(list.getAllByText(/./).map((one) => one.textContent)).toEqual([
      "Notes",
      "Theirs",
      "theirs",
      "Before",
      "none",
      "Yours",
      "mine",
    ]);
    return { on, user };
  }

  it("becomes theirs on Use theirs; what I typed elsewhere stays, and is saved on their version", async () => {
    const { on, user } = await conflict();
    await user.click(press("Use theirs"));
    await waitFor(() => expect((screen.getByLabelText("Notes") as HTMLTextAreaElement).value).toBe("theirs"));
    expect((screen.getByLabelText("Owner or contact") as HTMLInputElement).value).toBe("Kim");
    expect(on.key("n8n production").owner).toBe("");
    await user.click(press("Save key"));
    await waitFor(() => expect(on.key("n8n production").owner).toBe("Kim"));
    expect(on.key("n8n production").notes).toBe("theirs");
  });

  it("becomes mine on Keep mine and save, in one press", async () => {
    const { on, user } = await conflict();
    await user.click(press("Keep mine and save"));
    await waitFor(() => expect(on.key("n8n production").notes).toBe("mine"));
    expect(on.key("n8n production").owner).toBe("Kim");
  });

  it("is refused again when they are first once more, and shows what is new", async () => {
    const { on, user } = await conflict();
    const { id, version } = on.key("n8n production");
    await on.platform.call("keys.update", { key: id, notes: "theirs again", version });
    await user.click(press("Keep mine and save"));
    expect(await screen.findByText("theirs again")).toBeDefined();
    expect(on.key("n8n production").notes).toBe("theirs again");
  });
});

describe("rotating", () => {
  it("opens the reveal, and tells how long the old key works before and after it is saved", async () => {
    const { user } = open("rotate", "n8n production");
    expect(screen.getByText(/^Both keys work until/)).toBeDefined();
    await user.click(press("Rotate key"));
    await screen.findByRole("dialog", { name: "Save the new key now" });
    expect(
      screen.getByText(/^The old key works until about .*: 24 hours from when you save this one\.$/),
    ).toBeDefined();
    await user.click(screen.getByRole("button", { name: /^Copy key/ }));
    expect(await screen.findByText(/^The old key works until \w+ \d+ \w+, \d\d:\d\d\.$/)).toBeDefined();
    await user.click(press("Done"));
    expect(await screen.findByText("Key rotated")).toBeDefined();
  });

  it("warns when a key in use stops now", async () => {
    const { user } = open("rotate", "n8n production");
    expect(screen.queryByText("Calls with the old key fail at once.")).toBeNull();
    await user.click(await screen.findByRole("radio", { name: "Stop now" }));
    expect(screen.getByText("Calls with the old key fail at once.")).toBeDefined();
  });

  it("during a grace period is refused with both ways out, and ending it frees the way", async () => {
    const { on, user } = open("rotate", "CI deploy");
    expect(
      screen.getByText("This key is being rotated. End the current grace period first, or extend it."),
    ).toBeDefined();
    expect(press("Rotate key").getAttribute("aria-disabled")).toBe("true");
    expect(press("Extend…")).toBeDefined();
    await user.click(press("End now"));
    await waitFor(() => expect(on.key("CI deploy").old_until).toBeNull());
    await waitFor(() => expect(press("Rotate key").getAttribute("aria-disabled")).not.toBe("true"));
  });

  it("a key whose secret was never saved offers a new secret instead", async () => {
    const { on, user } = open("rotate", "Data warehouse");
    await user.click(press("Show a new secret"));
    expect(await screen.findByRole("dialog", { name: "Save the new key now" })).toBeDefined();
    expect(on.platform.calls).toContain("keys.remint");
  });

  it("puts the server's refusal of a grace period at its field and keeps the choice", async () => {
    const { on, user } = open("rotate", "n8n production");
    on.platform.failNext("keys.rotate", {
      code: "policy_grace",
      message: "Globex allows at most 7 days.",
      field: "grace",
    });
    await user.click(await screen.findByRole("radio", { name: "30 days" }));
    await user.click(press("Rotate key"));
    expect(await screen.findByText("Globex allows at most 7 days.")).toBeDefined();
    expect(screen.getByRole("radio", { name: "30 days" }).getAttribute("aria-checked")).toBe("true");
  });
});

describe("setting an expiry", () => {
  it("of an impossible date is said at the field, the text stays, and nothing is sent", async () => {
    const { on, user } = open("set-expiry", "n8n production");
    await user.click(screen.getByRole("radio", { name: "Custom" }));
    await user.type(screen.getByLabelText("Date"), "2027-02-30");
    await user.click(press("Set expiry"));
    expect(screen.getByText(/There is no 2027-02-30/)).toBeDefined();
    expect((screen.getByLabelText("Date") as HTMLInputElement).value).toBe("2027-02-30");
    expect(on.platform.calls).not.toContain("keys.update");
  });

  it("of an expired key is not possible; rotating is offered", async () => {
    const { user } = open("set-expiry", "Legacy export");
    expect(screen.getByText(/This key has expired/)).toBeDefined();
    await user.click(press("Rotate key"));
    expect(useLayers.getState().layer?.kind).toBe("rotate");
  });
});
