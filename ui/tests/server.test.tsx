// A window on a Latchkey server: as whom one is signed in, what a role leaves out, a token that is refused in the
// middle, what the program warns of, and the words, which say token and not password.
import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useLayers } from "@/app/layers";
import { useConnection } from "@/data/connection";
import { violations } from "./violations";
import { openWindow } from "./window";

type Role = "viewer" | "issuer" | "admin";

async function open(role: Role, address = "/keys") {
  const on = openWindow(address, { store: "connection", operator: role });
  await screen.findByRole("heading", { level: 1 });
  await waitFor(() => expect(screen.queryByLabelText("Loading")).toBeNull());
  return on;
}

describe("who is signed in", () => {
  it("stands in the switcher, with the role", async () => {
    await open("issuer");
    const card = within(await screen.findByRole("button", { name: /Acme keys/ }));
    expect(card.getByText("Dana Okafor (Issuer)")).toBeTruthy();
    expect(card.getByText("Server, keys.acme.example")).toBeTruthy();
  });

  it("is nobody in particular on a database", async () => {
    openWindow("/keys", { store: "connection", connections: "some" });
    const card = within(await screen.findByRole("button", { name: /Acme platform/ }));
    expect(card.queryByText(/\((Viewer|Issuer|Admin)\)/)).toBeNull();
  });
});

const CHANGES: Record<string, RegExp> = {
  keys: /^(Create key|Rotate|Edit|Revoke|Set expiry|Suspend…|Resume$|Reactivate|Change expiry|End now|Extend|Undo rotation)/,
  rest: /^(Create tenant|Create role|Edit$|Suspend tenant|Delete role|New operator)/,
};

async function buttons(on: Awaited<ReturnType<typeof open>>): Promise<string[]> {
  const names = screen.getAllByRole("button").map((one) => one.getAttribute("aria-label") ?? one.textContent);
  const [more] = screen.queryAllByRole("button", { name: "More actions" });
  if (more === undefined) return names;
  await on.user.click(more);
  return [...names, ...(await screen.findAllByRole("menuitem")).map((one) => one.textContent)];
}

describe("what a role never allows", () => {
  it.each(["/keys", "/tenants", "/tenants/acme", "/roles?tenant=acme", "/operators"])(
    "is left out for a viewer on %s",
    async (address) => {
      const on = await open("viewer", address);
      const names = await buttons(on);
      expect(names.filter((name) => CHANGES.keys?.test(name) || CHANGES.rest?.test(name))).toEqual([]);
      expect(screen.getByText("Read-only")).toBeTruthy();
    },
  );

  it.each(["/tenants", "/roles?tenant=acme", "/operators"])(
    "is left out for an issuer on %s",
    async (address) => {
      const on = await open("issuer", address);
      expect((await buttons(on)).filter((name) => CHANGES.rest?.test(name))).toEqual([]);
    },
  );

  it("leaves an issuer everything that is done to keys", async () => {
    const on = await open("issuer");
    expect(await buttons(on)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Create key/), expect.stringMatching(/^Rotate/)]),
    );
  });

  it("is said by a shortcut that leads nowhere", async () => {
    const { user } = await open("viewer");
    await user.keyboard("n");
    expect(
      await screen.findAllByText(/^Your operator role, viewer, may only look\. Ask an admin/),
    ).not.toHaveLength(0);
    expect(useLayers.getState().layer).toBeNull();
  });

  it("is said to an issuer who opens a role to change it", async () => {
    const { user } = await open("issuer", "/roles?tenant=acme");
    await user.click(await screen.findByRole("row", { name: /Integration, acme/ }));
    expect(await screen.findAllByText(/issuer, changes keys and nothing else/)).not.toHaveLength(0);
    expect(useLayers.getState().layer).toBeNull();
  });
});

const REMOVED = "The server takes your admin token no more: your operator was removed.";

describe("a token that the server takes no more", () => {
  async function signedOut() {
    const on = await open("admin");
    await screen.findByRole("row", { name: /n8n production/ });
    await waitFor(() => expect(useConnection.getState().state).toBe("connected"));
    on.platform.failNext("keys.list", { code: "auth_failed", message: REMOVED, field: "token" });
    await on.user.keyboard("{F5}");
    await screen.findByText(`You are signed out. ${REMOVED}`);
    return on;
  }

  it("signs one out, with the reason; what was read stays, and changes are off", async () => {
    const { user } = await signedOut();
    expect(screen.getByText("Signed out")).toBeTruthy();
    expect(screen.queryByText("Read and write")).toBeNull();
    expect(screen.getByRole("row", { name: /n8n production/ })).toBeTruthy();
    expect(screen.queryByText("The keys could not be loaded.")).toBeNull();
    await user.hover(screen.getByRole("button", { name: /^Create key/ }));
    expect((await screen.findAllByText(/Enter another token to go on/)).length).toBeGreaterThan(0);
    expect(await violations()).toEqual([]);
  });

  it("is replaced by another one, and everything goes on", async () => {
    const { user, platform } = await signedOut();
    await user.click(screen.getByRole("button", { name: "Enter another token" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Admin token of Acme keys" }));
    await user.type(dialog.getByLabelText("Admin token"), "lka_made_up_for_this_test");
    await user.click(dialog.getByRole("button", { name: "Connect" }));
    await waitFor(() => expect(platform.calls).toContain("connection_open"));
    await waitFor(() => expect(screen.queryByText("Signed out")).toBeNull());
    expect(await screen.findByRole("button", { name: /^Create key/ })).toBeTruthy();
    await waitFor(() => expect(useConnection.getState().state).toBe("connected"));
  });

  it("is found out by the poll too, which then asks no more", async () => {
    const { platform } = await open("admin");
    await waitFor(() =>
      expect(platform.calls.filter((name) => name === "changes.since").length).toBeGreaterThan(1),
    );
    platform.failNext("changes.since", { code: "auth_failed", message: REMOVED, field: "token" });
    act(() => platform.world.touch("key", "key_any"));
    await screen.findByText(`You are signed out. ${REMOVED}`);
    const polls = platform.calls.filter((name) => name === "changes.since").length;
    act(() => platform.world.touch("key", "key_other"));
    expect(platform.calls.filter((name) => name === "changes.since")).toHaveLength(polls);
  });
});

it("what the program warns of on a server stands above every screen", async () => {
  const words = "Your admin token ends in 3 days. Ask an admin to rotate it.";
  const on = openWindow("/keys", { store: "none", operator: "admin" });
  on.platform.connections.warnings = [words];
  await on.user.click(await screen.findByRole("button", { name: "Connect" }));
  expect(await screen.findByText(words)).toBeTruthy();
  await on.user.click(screen.getByRole("link", { name: /^Operators/ }));
  await screen.findByRole("heading", { name: "Operators" });
  expect(screen.getByText(words)).toBeTruthy();
});

describe("words about a server's secret", () => {
  it("ask for the admin token, not for a password", async () => {
    const { user } = openWindow("/keys", { store: "none", operator: "admin", secrets: false });
    await user.click(await screen.findByRole("button", { name: "Connect" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Admin token of Acme keys" }));
    expect(dialog.getByLabelText("Admin token")).toBeTruthy();
    expect(document.body.textContent).not.toMatch(/password/i);
  });

  it("say what becomes of the token when the connection is removed", async () => {
    const { user } = openWindow("/keys", { store: "none", operator: "admin" });
    await user.click(await screen.findByRole("button", { name: "Remove" }));
    const question = await screen.findByRole("alertdialog");
    expect(question.textContent).toContain("The server itself is not touched.");
    expect(question.textContent).toContain("Its saved token is deleted from the system keychain.");
  });

  it("call it a token where the keychain has none", async () => {
    const { user, platform } = openWindow("/keys", { store: "none", operator: "admin" });
    platform.failNext("connection_open", { code: "keychain", message: "No entry.", field: "entry_gone" });
    await user.click(await screen.findByRole("button", { name: "Connect" }));
    expect(await screen.findByRole("button", { name: "Enter the token" })).toBeTruthy();
  });
});
