// A line that is lost and comes back, and changes whose answer was lost with it: what stays in sight,
// what is off, what is said, and that nothing is ever done twice.
import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { sendChange } from "@/data/change";
import { forgetLine, noteTry, useConnection } from "@/data/connection";
import { reconnectNow } from "@/data/live";
import { openWindow } from "./window";

const LOST = "Connection to Acme platform was lost. You can look around; changes are paused.";
const PAUSED = "The connection was lost. Changes are paused until the store answers again.";
const UNKNOWN = /^The line broke before the answer came\./;

async function open(address = "/keys") {
  const on = openWindow(address, { store: "connection", connections: "some" });
  await screen.findByRole("heading", { level: 1 });
  await waitFor(() => expect(useConnection.getState().state).toBe("connected"));
  // The poll is under way.
  await waitFor(() =>
    expect(on.platform.calls.filter((name) => name === "changes.since").length).toBeGreaterThan(1),
  );
  return on;
}

type Window = Awaited<ReturnType<typeof open>>;

const mend = ({ platform }: Window) =>
  act(async () => {
    platform.world.line.mend();
    reconnectNow();
  });

const off = (button: HTMLElement) =>
  button.getAttribute("aria-disabled") === "true" || button.hasAttribute("disabled");

describe("a line that is lost", () => {
  it("is said by a banner and the status line; what was read stays, and changes are off with the reason", async () => {
    const on = await open();
    await screen.findByRole("row", { name: /n8n production/ });
    act(() => on.platform.world.line.lose());
    expect(await screen.findByText(LOST)).toBeTruthy();
    expect(screen.getByText(/^Reconnecting… try \d$/)).toBeTruthy();
    expect(screen.getByRole("row", { name: /n8n production/ })).toBeTruthy();
    const create = screen.getByRole("button", { name: /Create key/ });
    expect(off(create)).toBe(true);
    await on.user.hover(create);
    expect(await screen.findByText(PAUSED)).toBeTruthy();
    // The tooltip is for eyes alone.
    expect(create.getAttribute("aria-description")).toBe(PAUSED);
  });

  it("puts no error over what is there, whatever is read anew", async () => {
    const on = await open();
    await screen.findByRole("row", { name: /n8n production/ });
    act(() => on.platform.world.line.lose());
    await screen.findByText(LOST);
    await on.user.keyboard("{F5}");
    await waitFor(() =>
      expect(on.platform.calls.filter((name) => name === "keys.list").length).toBeGreaterThan(4),
    );
    expect(screen.getByRole("row", { name: /n8n production/ })).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("is offline after many tries, with the time of the last answer", async () => {
    const on = await open();
    act(() => on.platform.world.line.lose());
    await screen.findByText(LOST);
    const at = new Date(useConnection.getState().answeredAt ?? 0);
    act(() => [1, 2, 3, 4, 5].forEach(noteTry));
    const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    expect(await screen.findByText(`Offline, showing data from ${time}`)).toBeTruthy();
  });

  it("comes back on Reconnect now, and everything is read anew", async () => {
    const on = await open();
    await screen.findByRole("row", { name: /n8n production/ });
    act(() => on.platform.world.line.lose());
    await screen.findByText(LOST);
    on.platform.world.line.mend();
    const key = on.platform.world.keys[0];
    if (key !== undefined) key.name = "Renamed elsewhere";
    await on.user.click(screen.getByRole("button", { name: "Reconnect now" }));
    expect(await screen.findByRole("row", { name: /Renamed elsewhere/ })).toBeTruthy();
    expect(screen.queryByText(LOST)).toBeNull();
    expect(off(screen.getByRole("button", { name: /Create key/ }))).toBe(false);
  });

  it("opens no form by its shortcut, and says why", async () => {
    const on = await open();
    (await screen.findByRole("row", { name: /n8n production/ })).focus();
    act(() => on.platform.world.line.lose());
    await screen.findByText(LOST);
    for (const key of ["n", "r", "e", "{Delete}"]) await on.user.keyboard(key);
    expect((await screen.findAllByText(PAUSED)).length).toBeGreaterThan(0);
    expect(screen.queryByRole("dialog", { name: /key/i })).toBeNull();
    expect(screen.queryByRole("alertdialog", { name: /Revoke/ })).toBeNull();
  });

  it("is not what another refusal is called", async () => {
    const on = await open("/tenants/acme");
    await screen.findByRole("heading", { name: "ACME Corp" });
    on.platform.failNext("tenants.get", { code: "internal", message: "Broken." });
    await on.user.keyboard("{F5}");
    expect(await screen.findByText("Broken.")).toBeTruthy();
    expect(screen.queryByText(LOST)).toBeNull();
  });
});

async function typeKey({ user }: Window, name: string) {
  await user.click(await screen.findByRole("button", { name: /Create key/ }));
  const sheet = within(await screen.findByRole("dialog"));
  await user.type(sheet.getByRole("textbox", { name: /^Name/ }), name);
  await user.click(sheet.getByRole("radio", { name: "Custom scopes" }));
  await user.type(await sheet.findByRole("textbox", { name: "Another scope" }), "posts:read{Enter}");
  await waitFor(() =>
    expect(sheet.getByRole<HTMLInputElement>("combobox", { name: /Tenant/ }).value).toBe("ACME Corp"),
  );
  return sheet;
}

const named = ({ platform }: Window, name: string) =>
  platform.world.keys.filter((key) => key.name === name).length;

describe("a change whose answer was lost", () => {
  it("that was made counts as done as soon as the store answers: once, and without its secret", async () => {
    const on = await open("/keys?tenant=acme");
    const sheet = await typeKey(on, "Crawler");
    on.platform.world.line.cutNext("after");
    await on.user.click(sheet.getByRole("button", { name: "Create key" }));
    expect(await sheet.findByText(UNKNOWN)).toBeTruthy();
    expect(sheet.getByRole<HTMLInputElement>("textbox", { name: /^Name/ }).value).toBe("Crawler");
    expect(screen.getByRole("button", { name: "Finding out…" })).toBeTruthy();
    await mend(on);
    expect(await screen.findByText("Key created")).toBeTruthy();
    expect(screen.getByText(/Show a new secret instead/)).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Create key" })).toBeNull());
    expect(screen.queryByText("Save this key now")).toBeNull();
    expect(named(on, "Crawler")).toBe(1);
    expect(on.platform.calls.filter((name) => name === "keys.issue")).toHaveLength(1);
    // The banner of what was never saved is asked anew.
    await waitFor(() =>
      expect(on.platform.calls.lastIndexOf("start_state")).toBeGreaterThan(
        on.platform.calls.indexOf("changes.made"),
      ),
    );
  });

  it("that was not made is said not to be, keeps what was typed, and is done by one more press alone", async () => {
    const on = await open("/keys?tenant=acme");
    const sheet = await typeKey(on, "Crawler");
    on.platform.world.line.cutNext("before");
    await on.user.click(sheet.getByRole("button", { name: "Create key" }));
    await sheet.findByText(UNKNOWN);
    await mend(on);
    expect(await sheet.findByText("It was not done. Nothing was changed. Try again.")).toBeTruthy();
    expect(named(on, "Crawler")).toBe(0);
    await waitFor(() => expect(off(sheet.getByRole("button", { name: "Create key" }))).toBe(false));
    await on.user.click(sheet.getByRole("button", { name: "Create key" }));
    expect(await screen.findByText("Save this key now")).toBeTruthy();
    expect(named(on, "Crawler")).toBe(1);
  });

  it("is asked about before its form closes, and closing does nothing more", async () => {
    const on = await open("/keys?tenant=acme");
    const sheet = await typeKey(on, "Crawler");
    on.platform.world.line.cutNext("before");
    await on.user.click(sheet.getByRole("button", { name: "Create key" }));
    await sheet.findByText(UNKNOWN);
    await on.user.click(sheet.getByRole("button", { name: "Cancel" }));
    const question = within(await screen.findByRole("alertdialog", { name: "Close before it is known?" }));
    await on.user.click(question.getByRole("button", { name: "Keep open" }));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    await on.user.click(sheet.getByRole("button", { name: "Cancel" }));
    await on.user.click(await screen.findByRole("button", { name: "Close anyway" }));
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Create key" })).toBeNull());
    await mend(on);
    await waitFor(() => expect(screen.queryByText(LOST)).toBeNull());
    expect(screen.queryByText("Key created")).toBeNull();
    expect(named(on, "Crawler")).toBe(0);
  });

  it("of a revocation that was made says that the key is revoked", async () => {
    const on = await open();
    (await screen.findByRole("row", { name: /Partner sync/ })).focus();
    await on.user.keyboard("{Delete}");
    const question = within(await screen.findByRole("alertdialog"));
    await on.user.type(question.getByRole("textbox"), "Partner sync");
    on.platform.world.line.cutNext("after");
    await on.user.click(question.getByRole("button", { name: "Revoke key" }));
    expect(await question.findByText(UNKNOWN)).toBeTruthy();
    await mend(on);
    expect(await screen.findByText("Key revoked")).toBeTruthy();
    expect(await screen.findByRole("row", { name: /Partner sync, initech, Revoked/ })).toBeTruthy();
  });

  it("is asked of no other store, when the one it was made in is left", async () => {
    const { platform } = await open();
    const asked = () => platform.calls.filter((name) => name === "changes.made").length;
    platform.world.line.cutNext("after");
    const key = platform.world.keys[0]?.id ?? "";
    const heard: string[] = [];
    const request = { key, confirm: "later" } as const;
    void sendChange(platform, "keys.remint", request, { idempotencyKey: crypto.randomUUID() }).then(
      () => heard.push("made"),
      () => heard.push("not made"),
    );
    await waitFor(() => expect(asked()).toBe(1));
    act(forgetLine);
    platform.world.line.mend();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(asked()).toBe(1);
    expect(heard).toEqual([]);
  });

  it("that turns out to be made on the next press is done, not refused", async () => {
    const on = await open("/tenants/initech");
    await on.user.click(await screen.findByRole("button", { name: "Suspend tenant" }));
    const question = within(await screen.findByRole("alertdialog"));
    await on.user.type(question.getByRole("textbox"), "Initech");
    on.platform.world.line.cutNext("after");
    await on.user.click(question.getByRole("button", { name: "Suspend tenant" }));
    await question.findByText(UNKNOWN);
    // The first question what became of it is answered too early.
    on.platform.world.line.mend();
    const became = on.platform.world.line.became.bind(on.platform.world.line);
    let asked = 0;
    on.platform.world.line.became = (key) => {
      asked += 1;
      return asked === 1 ? null : became(key);
    };
    await act(async () => reconnectNow());
    await question.findByText("It was not done. Nothing was changed. Try again.");
    await on.user.click(question.getByRole("button", { name: "Suspend tenant" }));
    expect(await screen.findByText("Tenant suspended")).toBeTruthy();
  });
});
