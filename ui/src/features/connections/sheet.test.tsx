// The connection sheet as a person uses it: paste a URL, test, save, be told what is wrong where.
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openWindow } from "../../../tests/window";

const CANARY = "c4n4ry-p4ssword";
const ACME = "6f1d0c1e-0000-4000-8000-000000000001";

type Window = ReturnType<typeof openWindow>;

async function openSheet(options: Parameters<typeof openWindow>[1] = {}): Promise<Window> {
  const opened = openWindow("/keys", { store: "none", connections: "some", ...options });
  await opened.user.click(await screen.findByRole("button", { name: "Add connection" }));
  await screen.findByRole("dialog", { name: "Add connection" });
  return opened;
}

const field = (name: string | RegExp) => screen.getByLabelText<HTMLInputElement>(name);
const rendered = () => document.documentElement.outerHTML;
const sheet = () => within(screen.getByRole("dialog", { name: /connection|Edit/ }));

async function fill(user: Window["user"]): Promise<void> {
  await user.type(field(/^Name/), "Fresh");
  await user.type(field(/^Host/), "db.example.com");
  await user.type(field(/^Database/), "keys");
  await user.type(field(/^User/), "dana");
}

describe("pasting a URL", () => {
  it("fills the fields in, and the password is in no text of the page", async () => {
    const { user } = await openSheet();
    await user.click(field("Paste a connection URL"));
    await user.paste(`postgres://dana:${CANARY}@db.example.com:5433/keys?sslmode=disable`);
    await waitFor(() => expect(field(/^Host/).value).toBe("db.example.com"));
    expect(field(/^Port/).value).toBe("5433");
    expect(field(/^Database/).value).toBe("keys");
    expect(field(/^User/).value).toBe("dana");
    expect(field("Password").value).toBe(CANARY);
    expect(field("Paste a connection URL").value).toBe("postgres://dana@db.example.com:5433/keys");
    expect(sheet().getByText(/The URL asks for sslmode=disable/)).toBeTruthy();
    expect(sheet().getByRole("radio", { name: /Require and verify/ }).ariaChecked).toBe("true");
    expect(rendered()).not.toContain(CANARY);
  });

  it("reads a URL that was typed when the box is left, and keeps nothing of one that cannot be read", async () => {
    const { user } = await openSheet();
    await user.type(field("Paste a connection URL"), `mysql://dana:${CANARY}@db/keys`);
    await user.tab();
    expect(await sheet().findByText(/no PostgreSQL URL.*Nothing was filled in/)).toBeTruthy();
    expect(field("Paste a connection URL").value).toBe("");
    await user.type(field("Paste a connection URL"), "postgres://dana@db.example.com/keys{Enter}");
    await waitFor(() => expect(field(/^Host/).value).toBe("db.example.com"));
    expect(rendered()).not.toContain(CANARY);
  });
});

describe("the form", () => {
  it("says everything that is missing at its field, before anything is asked", async () => {
    const { user, platform } = await openSheet();
    await user.click(sheet().getByRole("button", { name: "Save" }));
    expect(await sheet().findByText("Enter a name.")).toBeTruthy();
    expect(sheet().getByText(/Enter the server's name or address/)).toBeTruthy();
    expect(sheet().getByText("Enter the database's name.")).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(field(/^Name/)));
    expect(platform.calls).not.toContain("connection_save");
  });

  it("shows a refusal at the field it names, and keeps what was typed", async () => {
    const { user } = await openSheet();
    await fill(user);
    await user.clear(field(/^Name/));
    await user.type(field(/^Name/), "acme PLATFORM");
    await user.click(sheet().getByRole("button", { name: "Save" }));
    expect(await sheet().findByText("There is a connection with this name already.")).toBeTruthy();
    expect(field(/^Name/).value).toBe("acme PLATFORM");
  });

  it("opens what is folded when the refusal is about something in it", async () => {
    const { user, platform } = await openSheet();
    await fill(user);
    expect(screen.queryByLabelText("CA file")).toBeNull();
    platform.failNext("connection_save", {
      code: "invalid",
      field: "ca_file",
      message: "There is no such file.",
    });
    await user.click(sheet().getByRole("button", { name: "Save" }));
    expect(await sheet().findByText("There is no such file.")).toBeTruthy();
    await user.click(sheet().getByRole("button", { name: "Choose: CA file" }));
    await waitFor(() => expect(field("CA file").value).toBe("/etc/ssl/acme-ca.pem"));
  });

  it("warns of a line that is not verified, in production by its name", async () => {
    const { user } = await openSheet();
    await fill(user);
    await user.click(sheet().getByRole("radio", { name: "Off" }));
    expect(sheet().getByText(/Nothing is encrypted: anybody/)).toBeTruthy();
    await user.click(sheet().getByRole("radio", { name: "Require, do not verify" }));
    await user.click(sheet().getByRole("radio", { name: "Production" }));
    expect(sheet().getByText("Traffic to this production database is not verified.")).toBeTruthy();
    await user.click(sheet().getByRole("radio", { name: /Require and verify/ }));
    expect(sheet().queryByText(/production database is not verified/)).toBeNull();
  });

  it("leaves the line in the clear only where nothing leaves the computer", async () => {
    const { user } = await openSheet();
    await user.type(field(/^Host/), "localhost");
    expect(sheet().getByRole("radio", { name: "Off" }).ariaChecked).toBe("true");
    await user.type(field(/^Host/), ".example.com");
    expect(sheet().getByRole("radio", { name: /Require and verify/ }).ariaChecked).toBe("true");
  });

  it("asks before typed text is lost, a typed password too", async () => {
    const { user } = await openSheet();
    await user.type(field("Password"), CANARY);
    await user.click(sheet().getByRole("button", { name: "Cancel" }));
    await user.click(await screen.findByRole("button", { name: "Keep editing" }));
    expect(field("Password").value).toBe(CANARY);
    expect(rendered()).not.toContain(CANARY);
  });
});

describe("testing", () => {
  it("tells what was found in place, until something is changed", async () => {
    const { user, platform } = await openSheet();
    await fill(user);
    await user.click(sheet().getByRole("button", { name: "Test connection" }));
    expect(await sheet().findByText("Enter the password to test this connection.")).toBeTruthy();
    await user.type(field("Password"), CANARY);
    await user.click(sheet().getByRole("button", { name: "Test connection" }));
    const found = await sheet().findByText(/Connected to PostgreSQL 15.18 in 12 ms. 1,284 keys/);
    expect(found.closest('[role="status"]')).toBeTruthy();
    expect(platform.calls).not.toContain("connection_save");
    await user.type(field(/^Host/), "x");
    await waitFor(() => expect(sheet().queryByText(/Connected to PostgreSQL/)).toBeNull());
  });

  it("tells why it failed, and can be cancelled when it lasts", async () => {
    const { user, platform } = await openSheet();
    await fill(user);
    platform.failNext("connection_test", { code: "unreachable", message: "No answer from db.example.com." });
    await user.click(sheet().getByRole("button", { name: "Test connection" }));
    expect(await sheet().findByText("The test did not succeed.")).toBeTruthy();
    expect(sheet().getByText("No answer from db.example.com.")).toBeTruthy();
    platform.hold("connection_test");
    await user.click(sheet().getByRole("button", { name: "Test connection" }));
    expect(await sheet().findByText("Waiting for an answer…", undefined, { timeout: 4000 })).toBeTruthy();
    const cancels = sheet().getAllByRole("button", { name: "Cancel" });
    await user.click(cancels[0] as HTMLElement);
    expect(await sheet().findByRole("button", { name: "Test connection" })).toBeTruthy();
    expect(platform.calls).toContain("connection_cancel");
  });
});

describe("saving", () => {
  it("saves and connects, with the password in the keychain and nowhere else", async () => {
    const { user, platform } = await openSheet();
    await fill(user);
    await user.type(field("Password"), CANARY);
    await user.click(sheet().getByRole("button", { name: "Save and connect" }));
    expect(await screen.findByRole("heading", { name: "Keys" })).toBeTruthy();
    expect([...platform.connections.secrets.values()]).toContain(CANARY);
    expect(JSON.stringify(platform.connections.saved)).not.toContain(CANARY);
    expect(rendered()).not.toContain(CANARY);
  });

  it("never shows a saved password again, and keeps it when nothing is typed", async () => {
    const { user, platform } = openWindow("/keys", { store: "none", connections: "some" });
    await user.click(await screen.findByRole("button", { name: "Edit" }));
    expect(await screen.findByText("Saved in the system keychain. Type to replace it.")).toBeTruthy();
    expect(field("Password").value).toBe("");
    await user.clear(field(/^Name/));
    await user.type(field(/^Name/), "Acme renamed");
    await user.click(sheet().getByRole("button", { name: "Save" }));
    expect(await screen.findByRole("option", { name: /Acme renamed/ })).toBeTruthy();
    expect(platform.connections.secrets.get(ACME)).toBe("fake-password");
  });

  it("forgets the kept password when it is to be asked for each time", async () => {
    const { user, platform } = openWindow("/keys", { store: "none", connections: "some" });
    await user.click(await screen.findByRole("button", { name: "Edit" }));
    await screen.findByRole("dialog");
    await user.click(sheet().getByRole("radio", { name: /Ask each time/ }));
    await user.click(sheet().getByRole("button", { name: "Save" }));
    await waitFor(() => expect(platform.connections.secrets.has(ACME)).toBe(false));
  });

  it("says that the password was not kept, and keeps it once the keychain is unlocked", async () => {
    const { user, platform } = await openSheet({ keychain: "locked" });
    await fill(user);
    await user.type(field("Password"), CANARY);
    await user.click(sheet().getByRole("button", { name: "Save" }));
    expect(await sheet().findByText("The connection is saved, its password is not.")).toBeTruthy();
    expect(platform.connections.saved.some((one) => one.name === "Fresh")).toBe(true);
    await user.click(sheet().getByRole("button", { name: "Unlock and save" }));
    await waitFor(() => expect([...platform.connections.secrets.values()]).toContain(CANARY));
    expect(platform.connections.saved.filter((one) => one.name === "Fresh")).toHaveLength(1);
  });

  it("says at the passphrase why the encrypted file did not take the password", async () => {
    const { user, platform } = await openSheet();
    platform.connections.saveRefusal = {
      code: "invalid",
      field: "passphrase",
      message: "Use at least 12 characters.",
    };
    await fill(user);
    await user.click(sheet().getByRole("radio", { name: /Encrypted file/ }));
    await user.type(field("Password"), CANARY);
    await user.type(field(/^Passphrase\*?$/), "short");
    await user.type(field(/^Passphrase, again/), "short");
    await user.click(sheet().getByRole("button", { name: "Save" }));
    expect(await sheet().findByText("The connection is saved, its password is not.")).toBeTruthy();
    await waitFor(() => expect(field(/^Passphrase\*?$/).getAttribute("aria-invalid")).toBe("true"));
    expect(platform.connections.saved.some((one) => one.name === "Fresh")).toBe(true);
  });

  it("does not wait for a keychain longer than the person does", async () => {
    const { user, platform } = await openSheet();
    await fill(user);
    platform.hold("connection_save");
    await user.click(sheet().getByRole("button", { name: "Save" }));
    expect(
      await screen.findByText("Waiting for the system keychain…", undefined, { timeout: 4000 }),
    ).toBeTruthy();
    const cancel = sheet()
      .getAllByRole<HTMLButtonElement>("button", { name: "Cancel" })
      .find((one) => one.ariaDisabled !== "true" && !one.disabled);
    await user.click(cancel as HTMLElement);
    await waitFor(() => expect(platform.calls).toContain("connection_cancel"));
    expect(await sheet().findByText("The connection was not saved.")).toBeTruthy();
  });

  it("does not offer a keychain that is not there, and says why", async () => {
    await openSheet({ keychain: "no_service" });
    expect(await sheet().findByText(/The password will be asked for each time/)).toBeTruthy();
    expect(sheet().getByRole("radio", { name: /system keychain/ }).ariaDisabled).toBe("true");
    await waitFor(() =>
      expect(sheet().getByRole("radio", { name: /Ask each time/ }).ariaChecked).toBe("true"),
    );
  });

  it("makes the encrypted file under a passphrase that is typed twice", async () => {
    const { user, platform } = await openSheet();
    await fill(user);
    await user.type(field("Password"), CANARY);
    await user.click(sheet().getByRole("radio", { name: /Encrypted file/ }));
    await user.type(field(/^Passphrase\*?$/), "seven words");
    await user.type(field(/^Passphrase, again/), "six");
    await user.click(sheet().getByRole("button", { name: "Save" }));
    expect(await sheet().findByText("The two passphrases are not the same.")).toBeTruthy();
    await user.clear(field(/^Passphrase, again/));
    await user.type(field(/^Passphrase, again/), "seven words");
    await user.click(sheet().getByRole("button", { name: "Save" }));
    await waitFor(() => expect(platform.connections.encryptedFile).toBe("open"));
    expect(rendered()).not.toContain("seven words");
  });
});
