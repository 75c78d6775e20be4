// What a person does in the window, on the stand-in for the desktop: start, find, filter, create,
// tenants, roles. The reveal, rotation and ends of keys have tests of their own.
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openWindow } from "./window";

const dialog = () => screen.findByRole("dialog");

describe("the start", () => {
  it("offers three ways to begin, the local store with a prefix", async () => {
    const { user, platform } = openWindow("/keys", { store: "none" });
    const prefix = await screen.findByRole("textbox", { name: /Prefix of new keys/ });
    expect(screen.getByRole("button", { name: "Connect to a shared database" })).toBeTruthy();
    expect(screen.getByRole("button", { name: "Connect to a Latchkey server" })).toBeTruthy();
    await user.clear(prefix);
    await user.type(prefix, "Bad Prefix");
    await user.click(screen.getByRole("button", { name: "Open a local key database" }));
    expect(await screen.findByText(/Use small letters and digits/)).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: /Prefix/ }).value).toBe("Bad Prefix");
    await user.clear(prefix);
    await user.type(prefix, "acme{Enter}");
    expect(await screen.findByRole("heading", { name: "Keys" })).toBeTruthy();
    expect(platform.calls).toContain("ui_ready");
  });

  it("shows why a store did not open", async () => {
    openWindow("/keys", { store: "failed" });
    expect(await screen.findByText(/not a Latchkey database/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Retry" })).toBeTruthy();
  });

  it("opens sample data", async () => {
    const { user } = openWindow("/keys", { store: "none" });
    await user.click(await screen.findByRole("button", { name: "Explore with sample data" }));
    expect(await screen.findByRole("row", { name: /n8n production/ })).toBeTruthy();
  });
});

describe("the keys table", () => {
  it("narrows while typing and says how many match", async () => {
    const { user } = openWindow();
    await screen.findByRole("row", { name: /n8n production/ });
    await user.type(screen.getByRole("searchbox", { name: /Search name/ }), "globex");
    await waitFor(() => expect(screen.queryByRole("row", { name: /n8n production/ })).toBeNull());
    expect(await screen.findByText("3 keys match")).toBeTruthy();
    expect(window.location.hash).toContain("globex");
  });

  it("finds a pasted key by value and keeps it nowhere", async () => {
    const { user, platform, container } = openWindow();
    await screen.findByRole("row", { name: /n8n production/ });
    const hint = platform.world.keys[0]?.secrets[0]?.hint.slice(0, -1) ?? "";
    const plaintext = `${hint}${"Z9".repeat(13)}`;
    await user.click(screen.getByRole("searchbox", { name: /Search name/ }));
    await user.paste(plaintext);
    expect(await screen.findByText("Found by value: n8n production")).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>("searchbox", { name: /Search name/ }).value).toBe("");
    expect(container.innerHTML + window.location.href).not.toContain("Z9Z9");
  });

  it("shows what expires soon when asked to", async () => {
    const { user } = openWindow();
    expect(
      await screen.findByText(/2 keys expire in the next 30 days. The first is “Load test”/),
    ).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Review" }));
    await waitFor(() => expect(screen.getAllByRole("row")).toHaveLength(3));
    await user.click(screen.getByRole("button", { name: "Remove filter Status" }));
    expect(await screen.findByRole("row", { name: /n8n production/ })).toBeTruthy();
  });

  it("is walked with the keyboard, and sequences win over letters of a row", async () => {
    const { user } = openWindow();
    (await screen.findByRole("row", { name: /Billing webhook/ })).focus();
    await user.keyboard("{ArrowDown}");
    await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^CI deploy/));
    await user.keyboard("{End}");
    await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Status page/));
    await user.keyboard("gr");
    expect(await screen.findByRole("heading", { name: "Roles" })).toBeTruthy();
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("turns its order round", async () => {
    const { user } = openWindow();
    await screen.findByRole("row", { name: /n8n production/ });
    await user.click(screen.getByRole("button", { name: "Name" }));
    await waitFor(() =>
      expect(screen.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBe("descending"),
    );
    await waitFor(() =>
      expect(screen.getAllByRole("row")[1]?.getAttribute("aria-label")).toMatch(/^Status page/),
    );
  });

  it("follows what somebody else does", async () => {
    const { platform } = openWindow();
    const row = await screen.findByRole("row", { name: /n8n production/ });
    expect(within(row).getByText("Active")).toBeTruthy();
    await waitFor(() =>
      expect(platform.calls.filter((name) => name === "changes.since").length).toBeGreaterThan(1),
    );
    await platform.call("keys.revoke", { key: platform.world.keys[0]?.id ?? "" });
    expect(await screen.findByRole("row", { name: /n8n production, acme, Revoked/ })).toBeTruthy();
  });
});

describe("creating a key", () => {
  it("says what is missing at the field, before anything is asked", async () => {
    const { user, platform } = openWindow();
    await user.click(await screen.findByRole("button", { name: /Create key/ }));
    const sheet = within(await dialog());
    await user.click(sheet.getByRole("button", { name: "Create key" }));
    expect(await sheet.findByText("Choose the tenant this key is for.")).toBeTruthy();
    const name = sheet.getByRole("textbox", { name: /Name/ });
    await waitFor(() => expect(name.getAttribute("aria-invalid")).toBe("true"));
    expect(platform.calls).not.toContain("keys.issue");
  });

  it("shows the server's refusal at its field, and keeps what was typed", async () => {
    const { user, platform } = openWindow("/keys?tenant=acme");
    await screen.findByRole("row", { name: /n8n production/ });
    await user.click(screen.getByRole("button", { name: /Create key/ }));
    const sheet = within(await dialog());
    const tenant = sheet.getByRole<HTMLInputElement>("combobox", { name: /Tenant/ });
    await waitFor(() => expect(tenant.value).toBe("ACME Corp"));
    await user.type(sheet.getByRole("textbox", { name: /Name/ }), "n8n production");
    await user.click(sheet.getByRole("combobox", { name: /Role/ }));
    await user.click(await screen.findByRole("option", { name: "Integration" }));
    await user.click(sheet.getByRole("button", { name: "Create key" }));
    expect(await sheet.findByText("ACME Corp already has a key with this name.")).toBeTruthy();
    const name = sheet.getByRole<HTMLInputElement>("textbox", { name: /Name/ });
    expect(name.value).toBe("n8n production");
    await user.type(name, " 2");
    await user.click(sheet.getByRole("button", { name: "Create key" }));
    expect(await screen.findByText("Save this key now")).toBeTruthy();
    expect(platform.world.keys.at(-1)?.name).toBe("n8n production 2");
  });

  it("shows what belongs to no field above the footer", async () => {
    const { user, platform } = openWindow("/keys?tenant=acme");
    await user.click(await screen.findByRole("button", { name: /Create key/ }));
    const sheet = within(await dialog());
    await user.type(sheet.getByRole("textbox", { name: /Name/ }), "Crawler");
    await user.click(sheet.getByRole("radio", { name: "Custom scopes" }));
    await user.type(await sheet.findByRole("textbox", { name: "Another scope" }), "posts:read{Enter}");
    platform.failNext("keys.issue", {
      code: "busy",
      message: "The database is busy. Try again in a moment.",
    });
    await waitFor(() =>
      expect(sheet.getByRole<HTMLInputElement>("combobox", { name: /Tenant/ }).value).toBe("ACME Corp"),
    );
    await user.click(sheet.getByRole("button", { name: "Create key" }));
    expect(await sheet.findByText("The key was not created.")).toBeTruthy();
    expect(sheet.getByText("The database is busy. Try again in a moment.")).toBeTruthy();
  });

  it("asks before typed text is lost, also when the window closes", async () => {
    const { user, platform } = openWindow();
    await user.click(await screen.findByRole("button", { name: /Create key/ }));
    const sheet = within(await dialog());
    await user.type(sheet.getByRole("textbox", { name: /Name/ }), "Half typed");
    platform.emit("window:close_requested", null);
    const question = await screen.findByRole("alertdialog");
    expect(platform.calls).not.toContain("close_window");
    await user.click(within(question).getByRole("button", { name: "Keep editing" }));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(sheet.getByRole<HTMLInputElement>("textbox", { name: /Name/ }).value).toBe("Half typed");
    await user.click(sheet.getByRole("button", { name: "Cancel" }));
    await user.click(await screen.findByRole("button", { name: "Discard changes" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("closes the window when nothing would be lost", async () => {
    const { platform } = openWindow();
    await screen.findByRole("row", { name: /n8n production/ });
    platform.emit("window:close_requested", null);
    await waitFor(() => expect(platform.calls).toContain("close_window"));
  });
});

describe("tenants and roles", () => {
  it("creates a tenant with a short name that follows its name", async () => {
    const { user, platform } = openWindow("/tenants");
    await screen.findByRole("row", { name: /ACME Corp/ });
    await user.click(screen.getByRole("button", { name: "Create tenant" }));
    const sheet = within(await dialog());
    await user.type(sheet.getByRole("textbox", { name: /^Name/ }), "Ümlaut & Söhne");
    expect(sheet.getByRole<HTMLInputElement>("textbox", { name: /Short name/ }).value).toBe("umlaut-sohne");
    await user.click(sheet.getByRole("button", { name: "Create tenant" }));
    expect(await screen.findByRole("heading", { name: "Ümlaut & Söhne" })).toBeTruthy();
    expect(platform.world.tenants.at(-1)?.slug).toBe("umlaut-sohne");
  });

  it("suspends a tenant only when its name is typed", async () => {
    const { user, platform } = openWindow("/tenants/acme");
    await user.click(await screen.findByRole("button", { name: "Suspend tenant" }));
    const question = within(await screen.findByRole("alertdialog"));
    expect(question.getByText(/All 3 active keys stop working/)).toBeTruthy();
    await user.click(question.getByRole("button", { name: "Suspend tenant" }));
    expect(await question.findByText(/exactly as shown/)).toBeTruthy();
    expect(platform.calls).not.toContain("tenants.suspend");
    await user.type(question.getByRole("textbox"), "ACME Corp{Enter}");
    expect(await screen.findByRole("button", { name: "Resume tenant" })).toBeTruthy();
  });

  it("fills a role in from a template of the seed", async () => {
    const { user, platform } = openWindow("/roles?tenant=acme");
    await screen.findByRole("row", { name: /Integration, acme/ });
    await user.click(screen.getByRole("button", { name: "Create role" }));
    const sheet = within(await dialog());
    await user.click(sheet.getByRole("combobox", { name: /template/ }));
    await user.click(await screen.findByRole("option", { name: /Limited/ }));
    expect(sheet.getByRole<HTMLInputElement>("textbox", { name: /^Name/ }).value).toBe("Limited");
    await waitFor(() =>
      expect(sheet.getByRole<HTMLInputElement>("combobox", { name: /Tenant/ }).value).toBe("ACME Corp"),
    );
    await user.click(sheet.getByRole("button", { name: "Create role" }));
    await waitFor(() =>
      expect(platform.world.roles.at(-1)?.permissions).toEqual(["tasks.add_workitem", "view_all_workitems"]),
    );
  });

  it("says how many keys change with a role, and by what", async () => {
    const { user } = openWindow("/roles?tenant=acme");
    await user.click(await screen.findByRole("row", { name: /Integration, acme/ }));
    const sheet = within(await dialog());
    await user.click(await sheet.findByRole("checkbox", { name: /posts:delete/ }));
    await user.click(sheet.getByRole("button", { name: "Remove media:*" }));
    expect(await sheet.findByText("3 keys change at once: +posts:delete, -media:*")).toBeTruthy();
  });

  it("does not offer to delete a role that keys use", async () => {
    const { user } = openWindow("/roles?tenant=acme");
    const row = await screen.findByRole("row", { name: /Integration, acme/ });
    await user.click(within(row).getByRole("button", { name: "More actions" }));
    const item = await screen.findByRole("menuitem", { name: /Delete role/ });
    expect(item.getAttribute("aria-disabled")).toBe("true");
    expect(within(item).getByText("Used by 3 keys")).toBeTruthy();
  });
});

describe("the shell", () => {
  it("lists the shortcuts that are registered", async () => {
    const { user } = openWindow();
    await screen.findByRole("row", { name: /n8n production/ });
    await user.keyboard("?");
    const sheet = within(await dialog());
    expect(sheet.getByText("Create a key")).toBeTruthy();
    expect(sheet.getByText("Search")).toBeTruthy();
  });

  it("counts the clipboard down and says when it is cleared", async () => {
    const { platform, user } = openWindow();
    await screen.findByRole("row", { name: /n8n production/ });
    platform.emit("clipboard:countdown", { seconds_left: 27 });
    expect(await screen.findByText("Clipboard clears in 27 s")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Clear now" }));
    expect(await screen.findByText("Clipboard cleared")).toBeTruthy();
  });
});

describe("two administrators", () => {
  it("tells the second one who was first and what they changed, and takes theirs on request", async () => {
    const { user, platform } = openWindow("/roles?tenant=acme");
    await user.click(await screen.findByRole("row", { name: /Integration, acme/ }));
    const sheet = within(await dialog());
    await user.type(sheet.getByRole("textbox", { name: "Description" }), "Mine");
    const role = platform.world.roles.find((one) => one.name === "Integration");
    await platform.call("roles.update", { role: role?.id ?? "", description: "Theirs" });
    await user.click(sheet.getByRole("button", { name: "Save role" }));
    expect(await sheet.findByText(/^dana changed this/)).toBeTruthy();
    expect(sheet.getByRole<HTMLTextAreaElement>("textbox", { name: "Description" }).value).toBe("Mine");
    const list = within(await sheet.findByRole("region", { name: "What was changed" }));
    expect(list.getAllByText(/./).map((one) => one.textContent)).toEqual([
      "Description",
      "Theirs",
      "Theirs",
      "Before",
      "none",
      "Yours",
      "Mine",
    ]);
    await user.click(sheet.getByRole("button", { name: "Use theirs" }));
    await waitFor(() =>
      expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Description" }).value).toBe("Theirs"),
    );
  });
});
