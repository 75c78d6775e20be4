// Security events: what stands in the stream, how it is narrowed, where it leads, and that it is live.
import { act, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { eventsSearch, sinceOf, toRequest } from "@/features/security/filters";
import { addEvent } from "@/platform/fake/watching";
import { openWindow } from "./window";

async function open(address = "/security") {
  const on = openWindow(address, { store: "connection", operator: "viewer" });
  await screen.findByRole("heading", { level: 1 });
  return on;
}

const rows = () => screen.getAllByRole("row").slice(1);

afterEach(() => vi.useRealTimers());

describe("the security events", () => {
  it("say what happened, with whose key, from where, how it ended and how often", async () => {
    await open();
    const row = within(await screen.findByRole("row", { name: /^Stopped key used, [34] min ago/ }));
    expect(row.getByRole("link", { name: "Contractor laptop" })).toBeTruthy();
    expect(row.getByText("198.51.100.23")).toBeTruthy();
    expect(row.getByText("Revoked")).toBeTruthy();
    expect(row.getByText("14")).toBeTruthy();
  });

  it("say of a customer's key at the admin API that it is no operator's", async () => {
    await open("/security?kind=operator_refused");
    const link = await screen.findByRole("link", { name: "Billing webhook" });
    const row = within(link.closest("[role=row]") as HTMLElement);
    expect(row.getByText("Not an operator's token")).toBeTruthy();
  });

  it("lead to the key", async () => {
    const { user } = await open();
    await user.click(await screen.findByRole("link", { name: "Contractor laptop" }));
    expect(await screen.findByRole("heading", { name: "Contractor laptop" })).toBeTruthy();
  });

  it("lead to the operators where it was an operator's token", async () => {
    const { user } = await open();
    await user.click(await screen.findByRole("link", { name: "Operator Sam Whitfield" }));
    expect(await screen.findByRole("heading", { name: "Operators" })).toBeTruthy();
  });

  it("are narrowed by kind, by time and by key, and wide again", async () => {
    const { user } = await open();
    await screen.findByRole("link", { name: "Contractor laptop" });
    const all = rows().length;
    await user.click(screen.getByRole("button", { name: "Kind" }));
    await user.click(await screen.findByRole("option", { name: "Stopped key used" }));
    await waitFor(() => expect(rows()).toHaveLength(3));
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "Time" }));
    await user.click(await screen.findByRole("option", { name: "Last hour" }));
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(screen.getByText("1 event matches")).toBeTruthy();
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "Clear filters" }));
    await waitFor(() => expect(rows()).toHaveLength(all));
    await user.click(screen.getByRole("button", { name: "Key" }));
    await user.click(await screen.findByRole("option", { name: /^Legacy export/ }));
    await waitFor(() => expect(rows()).toHaveLength(1));
  });

  it("are counted in the navigation, those of the last 24 hours", async () => {
    await open();
    expect(await screen.findByText("5 in the last 24 hours")).toBeTruthy();
  });

  it("say that nothing looked wrong, and that nothing matches", async () => {
    const { platform, user } = await open("/security?kind=operator_refused");
    platform.world.events = [];
    await user.keyboard("{F5}");
    expect(await screen.findByText("No events match these filters.")).toBeTruthy();
    await user.click(screen.getAllByRole("button", { name: "Clear filters" })[0] as HTMLElement);
    expect(await screen.findByText(/^Nothing looked wrong/)).toBeTruthy();
  });

  it("appear by themselves while one looks", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const { platform } = await open();
    await screen.findByRole("link", { name: "Contractor laptop" });
    const seen = { kind: "limit_hit", ip: "10.1.1.1", outcome: "rate_limited", count: 1 } as const;
    addEvent(platform.world, seen, null);
    await act(() => vi.advanceTimersByTimeAsync(11_000));
    expect(await screen.findByText("10.1.1.1")).toBeTruthy();
  });

  it("that cannot be loaded say so, with a way to try again", async () => {
    const { platform, user } = await open("/keys");
    const call = platform.call.bind(platform);
    let broken = true;
    platform.call = async (name, request, options) => {
      if (broken && name === "events.list") throw { code: "internal", message: "Something went wrong." };
      return call(name, request, options);
    };
    await user.click(screen.getByRole("link", { name: /^Security/ }));
    expect(await screen.findByText("The security events could not be loaded.")).toBeTruthy();
    broken = false;
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await screen.findByRole("link", { name: "Contractor laptop" })).toBeTruthy();
  });
});

describe("the filters of events", () => {
  it("leave out of the address what they do not know", () => {
    expect(eventsSearch.parse({ kind: "nonsense", time: "2y", key: 5 })).toEqual({});
  });

  it("begin a span in steps, so that the same question is not asked anew every second", () => {
    const at = new Date("2026-11-21T12:03:59Z");
    expect(sinceOf("1h", at)).toBe("2026-11-21T11:00:00.000Z");
    expect(sinceOf("24h", at)).toBe("2026-11-20T12:00:00.000Z");
  });

  it("ask for nothing that is not set", () => {
    expect(toRequest({ time: "1h" }, undefined)).toEqual({ limit: 100 });
  });
});
