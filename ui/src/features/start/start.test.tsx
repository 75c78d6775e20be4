// What a person does with connections: choose, connect, mend what refuses, add, test, save, remove.
// On the stand-in for the desktop; the rules themselves are Rust's.
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { AdminError } from "@/platform/platform";
import { openWindow } from "../../../tests/window";

const ACME = "6f1d0c1e-0000-4000-8000-000000000001";
const STAGING = "6f1d0c1e-0000-4000-8000-000000000002";
const REPORTING = "6f1d0c1e-0000-4000-8000-000000000003";

const start = (options: Parameters<typeof openWindow>[1] = {}) =>
  openWindow("/keys", { store: "none", connections: "some", ...options });
const option = (name: RegExp) => screen.findByRole("option", { name });
const press = async (user: ReturnType<typeof openWindow>["user"], name: string | RegExp) =>
  user.click(await screen.findByRole("button", { name }));
const keysShown = () => screen.findByRole("heading", { name: "Keys" });
const field = (name: string | RegExp) => screen.getByLabelText<HTMLInputElement>(name);
/** Everything that is rendered, values of attributes too. */
const rendered = () => document.documentElement.outerHTML;

describe("the list of connections", () => {
  it("shows what each leads to, and the one used last is chosen", async () => {
    start();
    const acme = await option(/Acme platform.*Production.*PostgreSQL, db\.internal/);
    expect(acme.getAttribute("aria-selected")).toBe("true");
    expect(await option(/Local keys.*On this computer/)).toBeTruthy();
    expect(screen.getByText("dana@db.internal/keys")).toBeTruthy();
    expect(screen.getByText("In the system keychain")).toBeTruthy();
  });

  it("has room for the address of a server", async () => {
    openWindow("/keys", { store: "none", operator: "viewer" });
    expect(await option(/Acme keys.*Server, keys\.acme\.example/)).toBeTruthy();
  });

  it("is walked with arrows, connects with Enter, edits with F2, removes with Delete", async () => {
    const { user, platform } = start();
    (await option(/Acme platform/)).focus();
    await user.keyboard("{ArrowDown}");
    expect((await option(/Acme staging/)).getAttribute("aria-selected")).toBe("true");
    expect(document.activeElement?.textContent).toMatch(/Acme staging/);
    await user.keyboard("{F2}");
    const sheet = within(await screen.findByRole("dialog", { name: "Edit Acme staging" }));
    await user.click(sheet.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    (await option(/Acme staging/)).focus();
    await user.keyboard("{Delete}");
    const question = within(await screen.findByRole("alertdialog"));
    expect(
      question.getByText(/The database itself is not touched. Its saved password is deleted/),
    ).toBeTruthy();
    await user.click(question.getByRole("button", { name: "Remove connection" }));
    await waitFor(() => expect(screen.queryByRole("option", { name: /Acme staging/ })).toBeNull());
    expect(platform.connections.secrets.has(STAGING)).toBe(false);
    (await option(/Acme platform/)).focus();
    await user.keyboard("{Enter}");
    expect(await keysShown()).toBeTruthy();
  });

  it("says what is the matter with the files, until it is dismissed", async () => {
    const { user } = start({ notices: ["settings.json cannot be read (line 3). It was not touched."] });
    expect(await screen.findByText(/settings.json cannot be read/)).toBeTruthy();
    await press(user, "Dismiss");
    expect(screen.queryByText(/settings.json cannot be read/)).toBeNull();
  });

  it("warns for as long as a line is weak", async () => {
    const { user } = start();
    await user.click(await option(/Acme staging/));
    expect(screen.getByText(/The server is not verified/)).toBeTruthy();
  });
});

describe("connecting", () => {
  it("can be cancelled when it lasts, and a late answer opens nothing", async () => {
    const { user, platform } = start();
    const release = platform.hold("connection_open");
    await press(user, "Connect");
    expect(await screen.findByRole("button", { name: "Connecting…" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
    await user.click(await screen.findByRole("button", { name: "Cancel" }, { timeout: 4000 }));
    expect(await screen.findByRole("button", { name: "Connect" })).toBeTruthy();
    expect(platform.calls).toContain("connection_cancel");
    release();
    expect(screen.queryByRole("heading", { name: "Keys" })).toBeNull();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("shows the connection that is being opened again, and lets it be", async () => {
    const { user, platform } = start({ store: "opening" });
    expect(await screen.findByRole("button", { name: "Connecting…" })).toBeTruthy();
    await user.click(await screen.findByRole("button", { name: "Cancel" }, { timeout: 4000 }));
    expect(await screen.findByRole("button", { name: "Connect" })).toBeTruthy();
    expect(platform.calls).toContain("connection_cancel");
  });

  const REASONS: [AdminError, RegExp, string | null][] = [
    [
      { code: "unreachable", message: "No answer from db.internal:5432." },
      /No answer from db.internal:5432/,
      "Retry",
    ],
    [
      { code: "tls_untrusted", message: "The server's certificate is not trusted by this computer." },
      /not trusted by this computer/,
      "Edit connection",
    ],
    [
      { code: "schema_newer", message: "This database was made by a newer Latchkey. Install 9.9." },
      /Install 9\.9/,
      null,
    ],
    [
      { code: "store_unusable", message: "There is no database of this name." },
      /no database of this/,
      "Retry",
    ],
  ];

  it.each(REASONS)("says why it was refused, with one next step: $code", async (error, words, step) => {
    const { user, platform } = start();
    platform.connections.refusals.set(ACME, error);
    await press(user, "Connect");
    const card = within(await screen.findByRole("alert"));
    expect(card.getByText(words)).toBeTruthy();
    const names = card.getAllByRole("button").map((button) => button.textContent);
    expect(names).toEqual(step === null ? ["Copy details"] : [step, "Copy details"]);
  });

  it.each([
    ["store_empty", "This database has no Latchkey tables.", "Set up this database"],
    ["schema_older", "This database was made by an older Latchkey.", "Update this database"],
  ] as const)("offers the step for a database that is %s, as no failure", async (code, words, step) => {
    const { user, platform } = start();
    platform.connections.refusals.set(ACME, { code, message: "latchkey init" });
    await press(user, "Connect");
    const card = within(
      (await screen.findByText(words)).closest<HTMLElement>("[role=status]") ?? document.body,
    );
    expect(card.getAllByRole("button").map((button) => button.textContent)).toEqual([step]);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("asks for a password that is not known, and remembers it when told to", async () => {
    const { user, platform } = start({ secrets: false });
    platform.connections.accepted.set(ACME, "correct horse");
    await press(user, "Connect");
    const dialog = within(await screen.findByRole("dialog", { name: "Password of Acme platform" }));
    await waitFor(() =>
      expect(dialog.getByRole("checkbox", { name: /Remember in the system keychain/ }).ariaChecked).toBe(
        "true",
      ),
    );
    await user.click(dialog.getByRole("button", { name: "Connect" }));
    expect(await dialog.findByText("Enter the password of “Acme platform”.")).toBeTruthy();
    await user.type(field("Password"), "battery staple");
    await user.keyboard("{Enter}");
    expect(await dialog.findByText("The password was not accepted.")).toBeTruthy();
    await user.clear(field("Password"));
    await user.type(field("Password"), "correct horse");
    expect(rendered()).not.toContain("correct horse");
    await user.keyboard("{Enter}");
    expect(await keysShown()).toBeTruthy();
    expect(platform.connections.remembered.has(ACME)).toBe(true);
    expect(rendered()).not.toContain("correct horse");
  });

  it("asks for the passphrase of the encrypted file", async () => {
    const { user, platform } = start();
    const { connections } = platform;
    connections.saved = connections.saved.map((one) => (one.id === ACME ? { ...one, keep: "file" } : one));
    connections.encryptedFile = "locked";
    connections.passphrase = "seven words";
    await press(user, "Connect");
    const dialog = within(await screen.findByRole("dialog", { name: "Open the encrypted file" }));
    await user.type(field("Passphrase"), "six words{Enter}");
    expect(await dialog.findByText(/does not open the encrypted file/)).toBeTruthy();
    await user.clear(field("Passphrase"));
    await user.type(field("Passphrase"), "seven words{Enter}");
    expect(await keysShown()).toBeTruthy();
  });

  it("gives the way out of a dialog back when it is cancelled", async () => {
    const { user } = start({ secrets: false });
    await press(user, "Connect");
    const dialog = within(await screen.findByRole("dialog"));
    await user.click(dialog.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await press(user, "Enter the password");
    expect(await screen.findByRole("dialog", { name: "Password of Acme platform" })).toBeTruthy();
  });
});

describe("the system keychain", () => {
  const STATES = [
    ["no_service", /No system keychain is running/, "Retry"],
    ["locked", /The system keychain is locked/, "Unlock"],
    ["no_default_collection", /no default keyring yet/, "Retry"],
    ["prompt_dismissed", /Access was refused/, "Try again"],
    ["failed", /The system keychain failed/, "Try again"],
  ] as const;

  it.each(STATES)("when %s: its words, one action that mends it, and a way without", async (...row) => {
    const [keychain, words, action] = row;
    const { user } = start({ keychain });
    await press(user, "Connect");
    const card = within(await screen.findByRole("alert"));
    expect(card.getByText(words)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Enter the password instead" })).toBeTruthy();
    await user.click(card.getByRole("button", { name: action }));
    expect(await keysShown()).toBeTruthy();
  });

  it.each([
    ["entry_gone", /has no password for this connection/],
    ["ambiguous", /holds two entries/],
  ] as const)("when %s: its words, and the password is asked for", async (keychain, words) => {
    const { user } = start({ keychain });
    await press(user, "Connect");
    const card = within(await screen.findByRole("alert"));
    expect(card.getByText(words)).toBeTruthy();
    await user.click(card.getByRole("button", { name: "Enter the password" }));
    await user.type(await screen.findByLabelText("Password"), "typed{Enter}");
    expect(await keysShown()).toBeTruthy();
  });

  it("is waited for as connecting is, and giving up connects to nothing", async () => {
    const { user, platform } = start({ keychain: "locked" });
    await press(user, "Connect");
    const go = platform.hold("keychain_retry");
    await user.click(within(await screen.findByRole("alert")).getByRole("button", { name: "Unlock" }));
    expect(await screen.findByRole("button", { name: "Connecting…" })).toBeTruthy();
    const tries = platform.calls.filter((name) => name === "connection_open").length;
    await user.click(await screen.findByRole("button", { name: "Cancel" }, { timeout: 4000 }));
    expect(platform.calls).toContain("connection_cancel");
    go();
    expect(await screen.findByRole("button", { name: "Connect" })).toBeTruthy();
    expect(platform.calls.filter((name) => name === "connection_open")).toHaveLength(tries);
  });

  it("is gone without: the password is typed and kept in memory", async () => {
    const { user, platform } = start({ keychain: "no_service" });
    await press(user, "Connect");
    await press(user, "Enter the password instead");
    const dialog = within(await screen.findByRole("dialog"));
    expect(await dialog.findByText(/No system keychain is running/)).toBeTruthy();
    expect(dialog.getByText(/kept in memory until Latchkey is locked/)).toBeTruthy();
    await user.type(field("Password"), "typed{Enter}");
    expect(await keysShown()).toBeTruthy();
    expect(platform.connections.remembered.has(ACME)).toBe(false);
  });

  it("tells its state in the settings, and looks again when asked", async () => {
    const { user } = start({ keychain: "no_service" });
    await option(/Acme platform/);
    await user.keyboard("{Control>},{/Control}");
    const settings = within(await screen.findByRole("dialog", { name: "Settings" }));
    expect(await settings.findByText(/No system keychain is running/)).toBeTruthy();
    await user.click(settings.getByRole("button", { name: "Retry" }));
    expect(await settings.findByText("Using GNOME Keyring.")).toBeTruthy();
  });

  it("is left with one Escape, for no tooltip is open over its settings", async () => {
    const { user } = start();
    await option(/Acme platform/);
    await user.keyboard("{Control>},{/Control}");
    const settings = await screen.findByRole("dialog", { name: "Settings" });
    await waitFor(() => expect(document.activeElement).toBe(settings));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Settings" })).toBeNull());
  });

  it("is waited for with a way out", async () => {
    const { user, platform } = start();
    platform.hold("keychain_state");
    await press(user, "Settings");
    const settings = within(await screen.findByRole("dialog", { name: "Settings" }));
    expect(
      await settings.findByText("Waiting for the system keychain…", undefined, { timeout: 4000 }),
    ).toBeTruthy();
    await user.click(settings.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(settings.queryByText("Waiting for the system keychain…")).toBeNull());
  });

  it("is replaced by an encrypted file that is made in the settings", async () => {
    const { user, platform } = start({ keychain: "no_service" });
    await press(user, "Settings");
    const settings = within(await screen.findByRole("dialog", { name: "Settings" }));
    await user.type(await settings.findByLabelText("Passphrase"), "seven words");
    await user.type(settings.getByLabelText("Passphrase, again"), "six words");
    await user.click(settings.getByRole("button", { name: "Make the file" }));
    expect(await settings.findByText("The two passphrases are not the same.")).toBeTruthy();
    expect(platform.calls).not.toContain("encrypted_file_open");
    await user.clear(settings.getByLabelText("Passphrase, again"));
    await user.type(settings.getByLabelText("Passphrase, again"), "seven words{Enter}");
    expect(await settings.findByText(/The encrypted file is open/)).toBeTruthy();
  });
});

describe("an empty or older database", () => {
  it("is set up when asked once, with the steps in sight and a prefix", async () => {
    const { user, platform } = start();
    platform.connections.refusals.set(ACME, { code: "store_empty", message: "" });
    await press(user, "Connect");
    await press(user, "Set up this database");
    const question = within(await screen.findByRole("alertdialog"));
    expect(await question.findByText(/Makes the tables for tenants/)).toBeTruthy();
    const prefix = question.getByRole("textbox", { name: "Prefix of new keys" });
    await user.clear(prefix);
    await user.type(prefix, "Bad Prefix");
    await user.click(question.getByRole("button", { name: "Set up" }));
    expect(await question.findByText(/Use small letters and digits/)).toBeTruthy();
    await user.clear(prefix);
    await user.type(prefix, "acme");
    await user.click(question.getByRole("button", { name: "Set up" }));
    expect(await keysShown()).toBeTruthy();
  });

  it("is not touched through a read-only connection", async () => {
    const { user, platform } = start();
    platform.connections.refusals.set(REPORTING, { code: "store_empty", message: "" });
    platform.connections.secrets.set(REPORTING, "known");
    await user.click(await option(/Reporting/));
    await press(user, "Connect");
    expect(await screen.findByText(/The connection is read-only, so they cannot be made/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Set up this database" })).toBeNull();
  });

  it("is updated only after saying what that means for others", async () => {
    const { user, platform } = start();
    platform.connections.refusals.set(ACME, { code: "schema_older", message: "" });
    await press(user, "Connect");
    await press(user, "Update this database");
    const question = within(await screen.findByRole("alertdialog"));
    expect(question.getByText(/will no longer open it/)).toBeTruthy();
    expect(await question.findByText(/found again by its idempotency key/)).toBeTruthy();
    expect(platform.calls).not.toContain("connection_migrate");
    await user.click(question.getByRole("button", { name: "Update" }));
    expect(await keysShown()).toBeTruthy();
  });
});
