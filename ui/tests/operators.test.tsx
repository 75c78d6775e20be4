// Who may administer a server: listed, made, changed, given another token, removed; each as a person does it.
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useReveal } from "@/features/reveal/reveal-state";
import { openWindow } from "./window";

async function open(role: "viewer" | "issuer" | "admin" = "admin") {
  const on = openWindow("/operators", { store: "connection", operator: role });
  await screen.findByRole("row", { name: /^Auditor/ });
  return on;
}

type Window = Awaited<ReturnType<typeof open>>;

async function choose({ user }: Window, row: RegExp, item: string) {
  const line = within(await screen.findByRole("row", { name: row }));
  await user.click(line.getByRole("button", { name: "More actions" }));
  await user.click(await screen.findByRole("menuitem", { name: new RegExp(`^${item}`) }));
}

const named = ({ platform }: Window, name: string) =>
  platform.world.operators.find(({ key }) => key.name === name);

describe("the list of operators", () => {
  it("says who may do what, marks who one is, and has those who were removed last", async () => {
    await open();
    const rows = screen.getAllByRole("row").slice(1);
    expect(rows.map((row) => row.getAttribute("aria-label"))).toEqual([
      "Auditor, Viewer, Active",
      "Dana Okafor, Admin, Active",
      "Mira Lindqvist, Admin, Active",
      "Release pipeline, Issuer, Expiring",
      "Sam Whitfield, Issuer, Removed",
    ]);
    expect(await within(screen.getByRole("row", { name: /^Dana/ })).findByText("You")).toBeTruthy();
    expect(screen.queryByText(/do not limit you/)).toBeNull();
  });

  it("says on a local store that operators administer through a server, and what one is while there is none", async () => {
    openWindow("/operators", { store: "local" });
    expect(await screen.findByText(/^No operators yet/)).toBeTruthy();
    expect(screen.getByText(/You are working on the store itself/)).toBeTruthy();
    expect(screen.getAllByRole("button", { name: "New operator" })).toHaveLength(2);
  });

  it("offers nothing but the id of one who was removed", async () => {
    const { user } = await open();
    const row = within(screen.getByRole("row", { name: /^Sam/ }));
    await user.click(row.getByRole("button", { name: "More actions" }));
    const items = (await screen.findAllByRole("menuitem")).map((item) => item.textContent);
    expect(items).toEqual(["Copy operator id"]);
  });

  it.each(["viewer", "issuer"] as const)("shows a %s no way to a change", async (role) => {
    const { user } = await open(role);
    expect(screen.queryByRole("button", { name: "New operator" })).toBeNull();
    const row = within(screen.getByRole("row", { name: /^Mira/ }));
    await user.click(row.getByRole("button", { name: "More actions" }));
    expect(await screen.findAllByRole("menuitem")).toHaveLength(1);
  });
});

it("cuts a name off at its own end, also one that is written from right to left", async () => {
  await open();
  const name = screen.getByText("Mira Lindqvist");
  expect(name.getAttribute("dir")).toBe("auto");
  expect(name.parentElement?.getAttribute("dir")).toBe("ltr");
});

describe("a new operator", () => {
  it("gets the role and what it may hand out, and its token is revealed once, as a token", async () => {
    const on = await open();
    await on.user.click(screen.getByRole("button", { name: "New operator" }));
    const sheet = within(await screen.findByRole("dialog", { name: "New operator" }));
    await on.user.type(sheet.getByRole("textbox", { name: /^Name/ }), "Nightly backup");
    await on.user.click(sheet.getByRole("radio", { name: /^Issuer/ }));
    await on.user.click(sheet.getByRole("radio", { name: "Only these permissions" }));
    await on.user.type(sheet.getByRole("textbox", { name: "Permissions" }), "posts:read,");
    await on.user.click(sheet.getByRole("button", { name: "Create operator" }));
    const reveal = within(await screen.findByRole("dialog", { name: "Save this token now" }));
    expect(reveal.getByText(/^Nightly backup signs in with it/)).toBeTruthy();
    expect(reveal.queryByRole("tab")).toBeNull();
    await on.user.click(reveal.getByRole("button", { name: /^Copy token/ }));
    await waitFor(() => expect(useReveal.getState().confirmed).toBe(true));
    expect(named(on, "Nightly backup")).toMatchObject({ role: "issuer", grants: ["posts:read"] });
    // Neither a name nor a word of it is a plaintext.
    expect(document.body.textContent).not.toContain([...on.platform.world.reveals.values()][0]?.text);
  });

  it("hands nothing out as a viewer", async () => {
    const on = await open();
    await on.user.click(screen.getByRole("button", { name: "New operator" }));
    const sheet = within(await screen.findByRole("dialog", { name: "New operator" }));
    await on.user.type(sheet.getByRole("textbox", { name: /^Name/ }), "Screen on the wall");
    await on.user.click(sheet.getByRole("radio", { name: /^Viewer/ }));
    expect(sheet.queryByText("What it may hand out")).toBeNull();
    await on.user.click(sheet.getByRole("button", { name: "Create operator" }));
    await screen.findByRole("dialog", { name: "Save this token now" });
    expect(named(on, "Screen on the wall")).toMatchObject({ role: "viewer", grants: [] });
  });

  it("needs a name that nobody has, and says both at the field", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "New operator" }));
    const sheet = within(await screen.findByRole("dialog", { name: "New operator" }));
    await user.click(sheet.getByRole("button", { name: "Create operator" }));
    expect(await sheet.findByText(/^Enter a name/)).toBeTruthy();
    await user.type(sheet.getByRole("textbox", { name: /^Name/ }), "auditor");
    await user.click(sheet.getByRole("button", { name: "Create operator" }));
    expect(await sheet.findByText("There is an operator with this name already.")).toBeTruthy();
  });
});

describe("changing an operator", () => {
  it("changes role and name, and keeps the end unless another is chosen", async () => {
    const on = await open();
    const end = named(on, "Release pipeline")?.key.expires_at;
    await choose(on, /^Release pipeline/, "Edit");
    const sheet = within(await screen.findByRole("dialog", { name: "Edit operator Release pipeline" }));
    await on.user.click(sheet.getByRole("radio", { name: /^Viewer/ }));
    await on.user.click(sheet.getByRole("button", { name: "Save operator" }));
    expect(await screen.findByText("Operator saved")).toBeTruthy();
    expect(named(on, "Release pipeline")?.role).toBe("viewer");
    expect(named(on, "Release pipeline")?.key.expires_at).toBe(end);
  });

  it("does not let anybody change their own role", async () => {
    const on = await open();
    await choose(on, /^Dana/, "Edit");
    const sheet = within(await screen.findByRole("dialog"));
    expect(await sheet.findByText(/Another admin can change your role/)).toBeTruthy();
    for (const name of [/^Viewer/, /^Issuer/, /^Admin/]) {
      expect(sheet.getByRole("radio", { name }).getAttribute("aria-disabled")).toBe("true");
    }
  });

  it("shows what somebody else changed meanwhile, and keeps what was typed", async () => {
    const on = await open();
    await choose(on, /^Mira/, "Edit");
    const sheet = within(await screen.findByRole("dialog"));
    await on.user.type(sheet.getByRole("textbox", { name: /^Name/ }), " L.");
    const id = named(on, "Mira Lindqvist")?.key.id ?? "";
    await on.platform.call("operators.update", { operator: id, role: "issuer" });
    await on.user.click(sheet.getByRole("button", { name: "Save operator" }));
    const changed = within(await sheet.findByRole("region", { name: "What was changed" }));
    expect(changed.getAllByText("Issuer").length).toBeGreaterThan(0);
    expect(sheet.getByRole<HTMLInputElement>("textbox", { name: /^Name/ }).value).toBe("Mira Lindqvist L.");
  });
});

describe("rotating a token", () => {
  it("keeps the old one for the grace period, and reveals the new one", async () => {
    const on = await open();
    await choose(on, /^Mira/, "Rotate token");
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByText(/^Both tokens work until/)).toBeTruthy();
    await on.user.click(dialog.getByRole("radio", { name: "1 hour" }));
    await on.user.click(dialog.getByRole("button", { name: "Rotate token" }));
    const reveal = within(await screen.findByRole("dialog", { name: "Save the new token now" }));
    await on.user.click(reveal.getByRole("button", { name: /^Copy token/ }));
    expect(await reveal.findByText(/^The old token works until/)).toBeTruthy();
    const states = named(on, "Mira Lindqvist")?.key.secrets.map(({ state }) => state);
    expect(states).toEqual(["current", "retiring"]);
  });

  it("says of one's own that the connection needs the new one", async () => {
    const on = await open();
    await choose(on, /^Dana/, "Rotate token");
    expect(await screen.findByText(/^This is your own token/)).toBeTruthy();
  });

  it("during a grace period says that the older one ends, and ends it", async () => {
    const on = await open();
    const id = named(on, "Mira Lindqvist")?.key.id ?? "";
    await on.platform.call("operators.rotate", { operator: id, grace: "7d" });
    await on.platform.call("keys.confirm", { key: id });
    await screen.findByRole("row", { name: "Mira Lindqvist, Admin, In grace" });
    await choose(on, /^Mira/, "Rotate token");
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByText(/^An older token works until/)).toBeTruthy();
    await on.user.click(dialog.getByRole("button", { name: "Rotate token" }));
    await screen.findByRole("dialog", { name: "Save the new token now" });
    const states = named(on, "Mira Lindqvist")?.key.secrets.map(({ state }) => state);
    expect(states).toEqual(["unconfirmed", "current", "dead"]);
  });

  it("offers a new token instead where the newest was never saved", async () => {
    const on = await open();
    const id = named(on, "Mira Lindqvist")?.key.id ?? "";
    await on.platform.call("operators.rotate", { operator: id });
    await screen.findByRole("row", { name: /^Mira/ });
    await choose(on, /^Mira/, "Show a new token");
    expect(await screen.findByRole("dialog", { name: "Save the new token now" })).toBeTruthy();
  });
});

describe("removing an operator", () => {
  it("asks for the name of one who was there today, and is done then", async () => {
    const on = await open();
    await choose(on, /^Release pipeline/, "Remove");
    const question = within(await screen.findByRole("alertdialog"));
    await on.user.click(question.getByRole("button", { name: "Remove operator" }));
    expect(question.getByText(/exactly as shown/)).toBeTruthy();
    await on.user.type(question.getByRole("textbox"), "Release pipeline");
    await on.user.click(question.getByRole("button", { name: "Remove operator" }));
    expect(await screen.findByText("Operator removed")).toBeTruthy();
    expect(await screen.findByRole("row", { name: "Release pipeline, Issuer, Removed" })).toBeTruthy();
  });

  it("of the last admin is refused in place, with the way on", async () => {
    const on = await open();
    const mira = named(on, "Mira Lindqvist")?.key.id ?? "";
    await on.platform.call("operators.remove", { operator: mira });
    await screen.findByRole("row", { name: /^Mira Lindqvist, Admin, Removed/ });
    await choose(on, /^Dana/, "Remove");
    const question = within(await screen.findByRole("alertdialog"));
    expect(question.getByText("This is you: you are signed out at once.")).toBeTruthy();
    await on.user.type(question.getByRole("textbox"), "Dana Okafor");
    await on.user.click(question.getByRole("button", { name: "Remove operator" }));
    expect(await question.findAllByText(/Make another operator an admin first/)).toHaveLength(1);
  });
});
