// The frame around the screens: which connection is open and what it is for, switching, the lock,
// production's typed names, and what somebody else does meanwhile.
import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { useLayers } from "@/app/layers";
import { toast } from "@/components/Toast";
import { useConnection } from "@/data/connection";
import { useReveal } from "@/features/reveal/reveal-state";
import { openWindow } from "./window";

const SHARED = { store: "connection", connections: "some" } as const;

async function open(address = "/keys") {
  const on = openWindow(address, SHARED);
  await screen.findByRole("heading", { level: 1 });
  return on;
}

describe("the switcher", () => {
  it("says what is open, where it is and what it is for", async () => {
    await open();
    const card = await screen.findByRole("button", { name: /Acme platform/ });
    expect(within(card).getByText("PostgreSQL, db.internal")).toBeTruthy();
    expect(within(card).getByText("PROD")).toBeTruthy();
    expect(screen.getByText("Read and write")).toBeTruthy();
  });

  it("lists the saved connections, marks the open one, and switches to another", async () => {
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: /Acme platform/ }));
    const menu = within(await screen.findByRole("menu"));
    const items = menu.getAllByRole("menuitem").map((item) => item.textContent);
    expect(items).toEqual([
      expect.stringMatching(/^Acme platform.*PROD/),
      expect.stringMatching(/^Acme staging.*Staging/),
      expect.stringMatching(/^Reporting/),
      "All connections",
      expect.stringMatching(/^Lock/),
    ]);
    expect(menu.getByText("Acme platform").closest("[aria-current]")).not.toBeNull();
    await user.click(menu.getByRole("menuitem", { name: /Acme staging/ }));
    expect(await screen.findByRole("button", { name: /Acme staging/ })).toBeTruthy();
    expect(await screen.findByText("Traffic to this database is not verified.")).toBeTruthy();
    expect(screen.queryByText("PROD")).toBeNull();
  });

  it("switches by number", async () => {
    const { user, platform } = await open();
    await screen.findByRole("button", { name: /Acme platform/ });
    await waitFor(() => expect(platform.calls).toContain("connections_list"));
    await user.keyboard("{Control>}2{/Control}");
    expect(await screen.findByRole("button", { name: /Acme staging/ })).toBeTruthy();
  });

  it("shows nothing of the store before while the next one is asked", async () => {
    const { user, platform } = await open();
    await screen.findByRole("row", { name: /n8n production/ });
    await waitFor(() => expect(platform.calls).toContain("connections_list"));
    const go = platform.hold("connection_open");
    await user.keyboard("{Control>}2{/Control}");
    await waitFor(() => expect(screen.queryByText(/n8n production/)).toBeNull());
    expect(screen.getAllByText("Connecting…").length).toBeGreaterThan(0);
    go();
    expect(await screen.findByRole("button", { name: /Acme staging/ })).toBeTruthy();
  });

  it("goes to the start page with the connection and the reason when that does not open", async () => {
    const { user, platform } = await open();
    await waitFor(() => expect(platform.calls).toContain("connections_list"));
    const message = "No answer from staging.db.internal. Check the address.";
    const second = platform.connections.saved[1]?.id ?? "";
    platform.connections.refusals.set(second, { code: "unreachable", message });
    await user.keyboard("{Control>}2{/Control}");
    expect(await screen.findByText(message)).toBeTruthy();
    const chosen = screen.getByRole("option", { selected: true });
    expect(within(chosen).getByText("Acme staging")).toBeTruthy();
  });

  it("asks first when typed text would be lost", async () => {
    const { user, platform } = await open();
    await waitFor(() => expect(platform.calls).toContain("connections_list"));
    await user.click(await screen.findByRole("button", { name: /Create key/ }));
    const sheet = within(await screen.findByRole("dialog"));
    await user.type(sheet.getByRole("textbox", { name: /^Name/ }), "Half typed");
    await user.keyboard("{Control>}2{/Control}");
    const question = within(await screen.findByRole("alertdialog"));
    expect(platform.calls).not.toContain("connection_open");
    await user.click(question.getByRole("button", { name: "Discard changes" }));
    expect(await screen.findByRole("button", { name: /Acme staging/ })).toBeTruthy();
  });

  it("says why when the program keeps the store before open", async () => {
    const { user, platform } = await open();
    await waitFor(() => expect(platform.calls).toContain("connections_list"));
    const message = "A key waits to be saved. Save it first.";
    platform.failNext("connection_open", { code: "secret_unconfirmed", message });
    await user.keyboard("{Control>}2{/Control}");
    // Said at once, and again for readers.
    expect(await screen.findAllByText("Acme staging was not opened.")).not.toHaveLength(0);
    expect(screen.getAllByText(message)).not.toHaveLength(0);
    expect(await screen.findByRole("button", { name: /Acme platform/ })).toBeTruthy();
  });

  it("shows nothing that was read of the store before, however early the next one is told of", async () => {
    const { platform } = await open();
    await screen.findByRole("row", { name: /n8n production/ });
    for (const key of platform.world.keys) key.name = "Of the other store";
    const second = platform.connections.saved[1]?.id ?? "";
    await platform.command("connection_open", { id: second });
    act(() => platform.emit("store:changed", null));
    expect(await screen.findByRole("button", { name: /Acme staging/ })).toBeTruthy();
    expect(screen.queryByText(/n8n production/)).toBeNull();
    expect((await screen.findAllByText("Of the other store")).length).toBeGreaterThan(0);
  });

  it("does not call the next line lost because of a late answer of the one before", async () => {
    const on = openWindow("/keys", SHARED);
    const { call } = on.platform;
    let breakLate: () => void = () => undefined;
    on.platform.call = async (name, request, sent) => {
      if (name !== "tenants.list") return call(name, request, sent);
      on.platform.call = call;
      return new Promise((_, reject) => {
        breakLate = () => reject({ code: "unreachable", message: "No answer." });
      });
    };
    await screen.findByRole("row", { name: /n8n production/ });
    await waitFor(() => expect(on.platform.calls).toContain("connections_list"));
    await on.user.keyboard("{Control>}2{/Control}");
    await screen.findByRole("button", { name: /Acme staging/ });
    await waitFor(() => expect(useConnection.getState().state).toBe("connected"));
    const states: string[] = [];
    const stop = useConnection.subscribe(({ state }) => states.push(state));
    await act(async () => breakLate());
    await new Promise((resolve) => setTimeout(resolve, 50));
    stop();
    expect(states).not.toContain("reconnecting");
  });

  it("asks for a secret that is not known, above what stays open, and switches with it", async () => {
    const { user, platform } = await open();
    await waitFor(() => expect(platform.calls).toContain("connections_list"));
    const second = platform.connections.saved[1]?.id ?? "";
    platform.connections.secrets.delete(second);
    await user.keyboard("{Control>}2{/Control}");
    const first = within(await screen.findByRole("dialog", { name: "Password of Acme staging" }));
    await user.click(first.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(await screen.findByRole("button", { name: /Acme platform/ })).toBeTruthy();
    await user.keyboard("{Control>}2{/Control}");
    const again = within(await screen.findByRole("dialog", { name: "Password of Acme staging" }));
    await user.type(again.getByLabelText("Password"), "typed{Enter}");
    expect(await screen.findByRole("button", { name: /Acme staging/ })).toBeTruthy();
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("takes the messages of the store before away with it", async () => {
    const { user, platform } = await open();
    await waitFor(() => expect(platform.calls).toContain("connections_list"));
    act(() => toast.done("Key revoked", { action: { label: "Undo", run: () => undefined } }));
    await screen.findByRole("button", { name: "Undo" });
    await user.keyboard("{Control>}2{/Control}");
    await screen.findByRole("button", { name: /Acme staging/ });
    await waitFor(() => expect(screen.queryByRole("button", { name: "Undo" })).toBeNull());
  });

  it("leads back to all connections", async () => {
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: /Acme platform/ }));
    await user.click(await screen.findByRole("menuitem", { name: "All connections" }));
    expect(await screen.findByRole("listbox")).toBeTruthy();
  });
});

describe("the lock", () => {
  it("takes everything of the store out of the page, and gives it back", async () => {
    const { user, platform, container } = await open();
    await screen.findByRole("row", { name: /n8n production/ });
    await user.keyboard("{Control>}l{/Control}");
    expect(await screen.findByRole("heading", { name: "Locked" })).toBeTruthy();
    expect(container.ownerDocument.body.textContent).toContain("Acme platform");
    const page = container.ownerDocument.documentElement.outerHTML;
    for (const key of platform.world.keys) expect(page).not.toContain(key.name);
    expect(window.location.hash).toBe("#/keys");
    expect(platform.calls).not.toContain("unlock");
    await user.click(screen.getByRole("button", { name: "Unlock" }));
    expect(await screen.findByRole("row", { name: /n8n production/ })).toBeTruthy();
  });

  it("asks before a key that nobody saved goes away", async () => {
    const { user, platform } = await open("/keys?tenant=globex");
    await user.click(await screen.findByRole("link", { name: /Keys/ }));
    (await screen.findByRole("row", { name: /Partner sync/ })).focus();
    await user.keyboard("r");
    await user.click(await screen.findByRole("button", { name: "Rotate key" }));
    await screen.findByText("Save the new key now");
    await user.keyboard("{Control>}l{/Control}");
    const question = within(await screen.findByRole("alertdialog"));
    expect(platform.calls).not.toContain("lock");
    await user.click(question.getByRole("button", { name: "Close anyway" }));
    expect(await screen.findByRole("heading", { name: "Locked" })).toBeTruthy();
  });

  it("by the program drops what is open, the reveal too", async () => {
    const { user, platform } = await open();
    (await screen.findByRole("row", { name: /Partner sync/ })).focus();
    await user.keyboard("r");
    await user.click(await screen.findByRole("button", { name: "Rotate key" }));
    await screen.findByText("Save the new key now");
    await platform.command("lock", {});
    act(() => platform.emit("store:changed", null));
    expect(await screen.findByRole("heading", { name: "Locked" })).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(useReveal.getState().current).toBeNull();
    expect(useLayers.getState().layer).toBeNull();
  });

  it("opens again with the password where the program does not have it any more", async () => {
    const { user, platform } = await open();
    const id = platform.connections.saved[0]?.id ?? "";
    await user.keyboard("{Control>}l{/Control}");
    await screen.findByRole("heading", { name: "Locked" });
    platform.connections.secrets.delete(id);
    await user.click(screen.getByRole("button", { name: "Unlock" }));
    const dialog = within(await screen.findByRole("dialog"));
    // Unlocking remembers nothing, so it does not offer to.
    expect(dialog.queryByRole("checkbox")).toBeNull();
    platform.connections.accepted.set(id, "right");
    await user.type(dialog.getByLabelText("Password"), "wrong{Enter}");
    // The question stays while what was typed is tried, and says what became of it.
    expect(await dialog.findByText("The password was not accepted.")).toBeTruthy();
    await user.clear(dialog.getByLabelText("Password"));
    await user.type(dialog.getByLabelText("Password"), "right");
    await user.click(dialog.getByRole("button", { name: "Unlock Latchkey" }));
    expect(await screen.findByRole("row", { name: /n8n production/ })).toBeTruthy();
  });

  it("says what is the matter with the keychain, and takes the password by hand", async () => {
    const { user, platform } = await open();
    await user.keyboard("{Control>}l{/Control}");
    await screen.findByRole("heading", { name: "Locked" });
    platform.connections.keychain = "locked";
    await user.click(screen.getByRole("button", { name: "Unlock" }));
    expect(await screen.findByText("The system keychain is locked.")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Enter it by hand" }));
    const dialog = within(await screen.findByRole("dialog"));
    await user.type(dialog.getByLabelText("Password"), "fake-password");
    await user.click(dialog.getByRole("button", { name: "Unlock Latchkey" }));
    expect(await screen.findByRole("row", { name: /n8n production/ })).toBeTruthy();
  });

  it("unlocks by itself once the keychain is unlocked", async () => {
    const { user, platform } = await open();
    await user.keyboard("{Control>}l{/Control}");
    await screen.findByRole("heading", { name: "Locked" });
    platform.connections.keychain = "locked";
    await user.click(screen.getByRole("button", { name: "Unlock" }));
    const line = (await screen.findByText("The system keychain is locked.")).closest("[role=status]");
    await user.click(within(line as HTMLElement).getByRole("button", { name: "Unlock" }));
    expect(await screen.findByRole("row", { name: /n8n production/ })).toBeTruthy();
  });

  it("is kept when a person gives up on unlocking that lasts", async () => {
    const { user, platform } = await open();
    await user.keyboard("{Control>}l{/Control}");
    platform.hold("unlock");
    await user.click(await screen.findByRole("button", { name: "Unlock" }));
    await user.click(await screen.findByRole("button", { name: "Cancel" }, { timeout: 4000 }));
    expect(platform.calls).toContain("connection_cancel");
    expect(await screen.findByRole("button", { name: "Unlock" })).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("is held off by what the person does, told at most every 30 seconds", async () => {
    const { user, platform } = await open();
    const row = await screen.findByRole("row", { name: /n8n production/ });
    const told = () => platform.calls.filter((name) => name === "still_here").length;
    await user.pointer({ target: row });
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(told()).toBe(1);
    vi.spyOn(Event.prototype, "timeStamp", "get").mockReturnValue(Number.MAX_SAFE_INTEGER);
    await user.keyboard("{ArrowDown}");
    expect(told()).toBe(2);
  });
});

describe("production", () => {
  const named = /Type .* to confirm/;

  it("takes the name before a key that nobody uses is revoked", async () => {
    const { user, platform } = await open();
    (await screen.findByRole("row", { name: /Legacy export/ })).focus();
    await user.keyboard("{Delete}");
    await user.click(await screen.findByRole("button", { name: "Revoke key" }));
    expect(await screen.findByText("Type Legacy export exactly as shown to go on.")).toBeTruthy();
    expect(platform.calls).not.toContain("keys.revoke");
    await user.type(screen.getByRole("textbox", { name: named }), "Legacy export");
    await user.click(screen.getByRole("button", { name: "Revoke key" }));
    await waitFor(() => expect(platform.calls).toContain("keys.revoke"));
  });

  it("takes the name before the old key stops at once", async () => {
    const { user, platform } = await open();
    (await screen.findByRole("row", { name: /Partner sync/ })).focus();
    await user.keyboard("r");
    await screen.findByRole("dialog");
    expect(screen.queryByRole("textbox", { name: named })).toBeNull();
    await user.click(await screen.findByRole("radio", { name: "Stop now" }));
    await user.click(screen.getByRole("button", { name: "Rotate key" }));
    expect(platform.calls).not.toContain("keys.rotate");
    await user.type(screen.getByRole("textbox", { name: named }), "Partner sync");
    await user.click(screen.getByRole("button", { name: "Rotate key" }));
    expect(await screen.findByText("Save the new key now")).toBeTruthy();
  });

  it("takes the name before a grace period ends, on the key's page and in the rotate dialog", async () => {
    const { user, platform } = await open();
    (await screen.findByRole("row", { name: /CI deploy/ })).focus();
    await user.keyboard("r");
    const rotate = within(await screen.findByRole("dialog"));
    await user.click(rotate.getByRole("button", { name: "End now" }));
    expect(rotate.getByText("Type CI deploy exactly as shown to go on.")).toBeTruthy();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(await screen.findByRole("row", { name: /CI deploy/ }));
    await user.click(await screen.findByRole("button", { name: "End now" }));
    const question = within(await screen.findByRole("alertdialog"));
    await user.click(question.getByRole("button", { name: "End now" }));
    expect(platform.calls).not.toContain("keys.retire_old");
    await user.type(question.getByRole("textbox", { name: named }), "CI deploy{Enter}");
    await waitFor(() => expect(platform.calls).toContain("keys.retire_old"));
  });

  it("takes the name before a role is deleted", async () => {
    const { user, platform } = await open("/roles?tenant=initech");
    (await screen.findByRole("row", { name: /Billing, initech/ })).focus();
    await user.keyboard("{Delete}");
    await user.click(await screen.findByRole("button", { name: "Delete role" }));
    expect(platform.calls).not.toContain("roles.delete");
    await user.type(screen.getByRole("textbox", { name: named }), "Billing{Enter}");
    await waitFor(() => expect(platform.calls).toContain("roles.delete"));
  });

  it("is marked by a bar over everything, staging is not", async () => {
    const bar = () => document.querySelector('[data-environment-bar="production"]');
    const { user, platform } = await open();
    await screen.findByRole("button", { name: /Acme platform/ });
    expect(bar()).not.toBeNull();
    await waitFor(() => expect(platform.calls).toContain("connections_list"));
    await user.keyboard("{Control>}2{/Control}");
    await screen.findByRole("button", { name: /Acme staging/ });
    expect(bar()).toBeNull();
  });
});

describe("what somebody else does", () => {
  it("appears within a second while focus, typed text and scroll stay", async () => {
    const { user, platform } = await open("/keys");
    const row = await screen.findByRole("row", { name: /n8n production/ });
    const search = screen.getByRole("searchbox", { name: /Search name/ });
    await user.type(search, "n8n");
    await waitFor(() => expect(screen.queryByRole("row", { name: /CI deploy/ })).toBeNull());
    expect(row.isConnected).toBe(true);
    const grid = screen.getByRole("grid");
    grid.scrollTop = 7;
    const key = platform.world.keys[0];
    await platform.call("keys.revoke", { key: key?.id ?? "" });
    await screen.findByRole("row", { name: /n8n production, acme, Revoked/ }, { timeout: 1000 });
    expect(document.activeElement).toBe(search);
    expect((search as HTMLInputElement).value).toBe("n8n");
    expect(screen.getByRole("grid")).toBe(grid);
    expect(grid.scrollTop).toBe(7);
  });

  it("appears under an open form without touching what is typed", async () => {
    const { user, platform } = await open("/tenants");
    await screen.findByRole("row", { name: /ACME Corp/ });
    await user.click(screen.getByRole("button", { name: "Create tenant" }));
    const name = within(await screen.findByRole("dialog")).getByRole("textbox", { name: /^Name/ });
    await user.type(name, "Typing");
    await platform.call("tenants.create", { name: "From elsewhere", slug: "elsewhere" });
    expect(await screen.findByText("From elsewhere", {}, { timeout: 1000 })).toBeTruthy();
    expect((name as HTMLInputElement).value).toBe("Typing");
    expect(document.activeElement).toBe(name);
  });
});
