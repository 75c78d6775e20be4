// The Usage tab of a key: the chart and its table, what was denied, and who still uses the old secret.
import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { createFakePlatform } from "@/platform/fake";
import { violations } from "./violations";
import { openWindow } from "./window";

// Ids of the samples are the same in every window.
const { keys } = createFakePlatform({ store: "sample" }).world;

async function open(name: string) {
  const id = keys.find((key) => key.name === name)?.id ?? "";
  const on = openWindow(`/keys/${id}?tab=usage`);
  await screen.findByRole("heading", { name });
  return on;
}

it("shows thirty days as a picture with words, and the same numbers as a table", async () => {
  const { user } = await open("n8n production");
  const chart = await screen.findByRole("img", {
    name: /requests allowed and .* denied in the last 30 days/,
  });
  expect(chart.querySelectorAll("g")).toHaveLength(30);
  const said = /^([\d,]+) requests allowed and ([\d,]+) denied/.exec(chart.getAttribute("aria-label") ?? "");
  await user.click(screen.getByRole("button", { name: "Show as table" }));
  const table = within(screen.getByRole("table", { name: "Requests per day, last 30 days" }));
  const lines = table.getAllByRole("row").slice(1);
  expect(lines).toHaveLength(30);
  const sum = (column: number) =>
    lines
      .map((line) => Number(within(line).getAllByRole("cell")[column]?.textContent?.replaceAll(",", "")))
      .reduce((all, one) => all + one, 0)
      .toLocaleString("en");
  expect([sum(1), sum(2)]).toEqual([said?.[1], said?.[2]]);
  await user.click(screen.getByRole("button", { name: "Show as chart" }));
  expect(await screen.findByRole("img", { name: /in the last 30 days/ })).toBeTruthy();
});

it("says what was denied, by reason and lately", async () => {
  await open("n8n production");
  const why = within(await screen.findByRole("table", { name: "Denied, by reason" }));
  expect(why.getByText("Rate limit reached")).toBeTruthy();
  expect(why.getByText("Permission missing")).toBeTruthy();
  const chart = screen.getByRole("img", { name: /requests allowed and/ }).getAttribute("aria-label") ?? "";
  const sum = why
    .getAllByRole("row")
    .slice(1)
    .map((line) => Number(within(line).getAllByRole("cell")[1]?.textContent?.replaceAll(",", "")))
    .reduce((all, one) => all + one, 0);
  expect(chart).toContain(` ${sum.toLocaleString("en")} denied`);
  const lately = within(screen.getByRole("table", { name: "Recent denials" }));
  expect(lately.getAllByRole("row").length).toBeGreaterThan(1);
});

it("leads to the security events of the key", async () => {
  const { user } = await open("Legacy export");
  await user.click(await screen.findByRole("link", { name: "Security events of this key" }));
  expect(await screen.findByText("1 event matches")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Key: Legacy export" })).toBeTruthy();
});

it("says during a grace period who still uses the old secret", async () => {
  await open("CI deploy");
  expect(await screen.findByText(/^The old secret is still in use: it was last used/)).toBeTruthy();
  const table = within(screen.getByRole("table", { name: "Who uses which secret" }));
  const [fresh, old] = table.getAllByRole("row").slice(1);
  expect(within(fresh as HTMLElement).getByText("In use")).toBeTruthy();
  expect(within(old as HTMLElement).getByText("In grace")).toBeTruthy();
  expect(within(old as HTMLElement).getByText("10.0.4.40")).toBeTruthy();
  expect(
    within(old as HTMLElement).getByRole("img", { name: /requests in the last 24 hours$/ }),
  ).toBeTruthy();
});

it("says that the old one is out of use once nothing comes with it any more", async () => {
  const id = keys.find((key) => key.name === "CI deploy")?.id ?? "";
  const { platform, user } = openWindow(`/keys/${id}`);
  await screen.findByRole("heading", { name: "CI deploy" });
  const old = platform.world.key(id).secrets[1];
  if (old === undefined) throw new Error("no old secret");
  old.usage = { ...old.usage, last_used_at: new Date(Date.now() - 30 * 3_600_000).toISOString() };
  await user.keyboard("{F5}");
  await user.click(screen.getByRole("tab", { name: "Usage" }));
  expect(await screen.findByText(/^Nothing has come with the old secret since/)).toBeTruthy();
});

it("says of a key that nobody uses that it is not used", async () => {
  await open("Load test");
  expect(await screen.findByText("Not used in the last 30 days.")).toBeTruthy();
});

it("says where nobody counts how usage comes to be", async () => {
  const { platform, user } = await open("n8n production");
  platform.world.gathered = false;
  await user.keyboard("{F5}");
  expect(await screen.findByText("Usage appears here when a Latchkey server checks keys.")).toBeTruthy();
  expect(screen.queryByRole("img", { name: /last 30 days/ })).toBeNull();
});

it("that cannot be loaded says so, with a way to try again", async () => {
  const id = keys.find((key) => key.name === "n8n production")?.id ?? "";
  const { platform, user } = openWindow(`/keys/${id}`);
  await screen.findByRole("heading", { name: "n8n production" });
  platform.failNext("usage.get", { code: "internal", message: "Something went wrong." });
  await user.click(screen.getByRole("tab", { name: "Usage" }));
  expect(await screen.findByText("The usage could not be loaded.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByRole("img", { name: /in the last 30 days/ })).toBeTruthy();
});

it.each(["n8n production", "CI deploy", "Load test"])(
  "axe finds nothing wrong with the use of %s",
  async (name) => {
    await open(name);
    await screen.findByText(/^As of /);
    expect(await violations()).toEqual([]);
  },
);

it("says in the list of keys from where a key was last used", async () => {
  const { user } = openWindow("/keys");
  const row = within(await screen.findByRole("row", { name: /n8n production/ }));
  const [time] = row.getAllByText(/ago$/);
  await user.hover(time as HTMLElement);
  expect(await screen.findByText(/, from 10\.0\.4\.12$/)).toBeTruthy();
});
