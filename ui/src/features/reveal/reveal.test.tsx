// The one-time reveal: what guards its closing, when Done works, and that the plaintext is gone
// from everywhere once it is hidden.
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { issueAndReveal, stage, type Stage } from "./harness";
import { mayLeave, openReveal, revealOf, useReveal } from "./reveal-state";
import { SHOWN_FOR_MS } from "./useShown";

const question = () => screen.queryByRole("alertdialog", { name: "Close without saving this key?" });
const dialog = () => screen.findByRole("dialog", { name: "Save this key now" });
const button = (name: string | RegExp) => screen.getByRole("button", { name });

async function open(): Promise<{ on: Stage; plaintext: string; user: ReturnType<typeof userEvent.setup> }> {
  const on = stage();
  let plaintext = "";
  await act(async () => {
    plaintext = await issueAndReveal(on);
  });
  await dialog();
  return { on, plaintext, user: userEvent.setup() };
}

describe("every way of closing is guarded while the key is not saved", () => {
  it("Escape asks", async () => {
    const { user } = await open();
    await user.keyboard("{Escape}");
    expect(question()).not.toBeNull();
    expect(useReveal.getState().current).not.toBeNull();
  });

  it("the X asks", async () => {
    const { user } = await open();
    await user.click(button("Close"));
    expect(question()).not.toBeNull();
  });

  it("a press outside does nothing at all", async () => {
    const { user } = await open();
    await user.click(document.body);
    expect(question()).toBeNull();
    expect(await dialog()).toBeDefined();
  });

  it("the window's close button asks, and closes the window only after Close anyway", async () => {
    const { on, user } = await open();
    act(() => on.platform.emit("window:close_requested", null));
    await waitFor(() => expect(question()).not.toBeNull());
    expect(on.given("close_window")).toBe(0);
    await user.click(button("Close anyway"));
    await waitFor(() => expect(on.given("close_window")).toBe(1));
    expect(on.given("reveal_drop")).toBe(1);
  });

  it("Keep open is the default, keeps the dialog, and the window stays", async () => {
    const { on, user } = await open();
    act(() => on.platform.emit("window:close_requested", null));
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Keep open"));
    await user.keyboard("{Enter}");
    await waitFor(() => expect(question()).toBeNull());
    expect(useReveal.getState().current).not.toBeNull();
    expect(on.given("close_window")).toBe(0);
    expect(on.given("reveal_drop")).toBe(0);
  });

  it("Escape in the question is the safe answer", async () => {
    const { user } = await open();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Keep open"));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(question()).toBeNull());
    expect(useReveal.getState().current).not.toBeNull();
  });

  it("whoever closes the store asks first", async () => {
    const { on, user } = await open();
    const asked = mayLeave(on.platform);
    await waitFor(() => expect(question()).not.toBeNull());
    await user.click(button("Keep open"));
    expect(await asked).toBe(false);
  });

  it("nothing asks once the key is copied and confirmed", async () => {
    const { on, user } = await open();
    await user.click(button(/^Copy key/));
    await waitFor(() => expect(useReveal.getState().confirmed).toBe(true));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(useReveal.getState().current).toBeNull());
    expect(question()).toBeNull();
    expect(on.given("reveal_drop")).toBe(1);
  });
});

describe("Done", () => {
  it("is off until the key is copied, saved or said to be stored", async () => {
    const { user } = await open();
    const done = () => button("Done").getAttribute("aria-disabled");
    expect(done()).toBe("true");
    await user.click(screen.getByRole("checkbox", { name: "I have stored this key somewhere safe" }));
    expect(done()).not.toBe("true");
    await user.click(screen.getByRole("checkbox", { name: "I have stored this key somewhere safe" }));
    expect(done()).toBe("true");
    await user.click(button(/^Copy key/));
    await waitFor(() => expect(done()).not.toBe("true"));
  });

  it("a file dialog that was closed does not count as saved", async () => {
    const { on, user } = await open();
    on.answer("reveal_save", () => Promise.resolve({ saved: false, confirmed: false }));
    await user.click(button("Save to file…"));
    await user.click(await screen.findByRole("menuitem", { name: "JSON file" }));
    await waitFor(() => expect(on.given("reveal_save")).toBe(1));
    expect(button("Done").getAttribute("aria-disabled")).toBe("true");
  });

  it("a clipboard that refuses is said, and does not count as copied", async () => {
    const { on, user } = await open();
    on.answer("reveal_copy", () =>
      Promise.resolve({ copied: false, clears_in_s: 0, concealed: false, confirmed: false }),
    );
    await user.click(button(/^Copy key/));
    const words = "The clipboard did not accept the key. Show it and copy it by hand, or save it to a file.";
    expect((await screen.findAllByText(words)).length).toBeGreaterThan(0);
    expect(button("Done").getAttribute("aria-disabled")).toBe("true");
  });

  it("waits until the store has acknowledged, and says so meanwhile", async () => {
    const { on, user } = await open();
    let reachable = false;
    on.answer("reveal_confirm", () => Promise.resolve({ confirmed: reachable }));
    await user.click(screen.getByRole("checkbox", { name: "I have stored this key somewhere safe" }));
    await user.click(button("Done"));
    expect(await screen.findByText("Not confirmed yet, retrying")).toBeDefined();
    expect(useReveal.getState().current).not.toBeNull();
    reachable = true;
    await waitFor(() => expect(useReveal.getState().current).toBeNull(), { timeout: 5000 });
  });
});

describe("an answer that was given before", () => {
  it("says that its secret cannot be shown, closes without a question, and offers a new secret", async () => {
    const on = stage();
    const key = on.key("Data warehouse");
    act(() => openReveal(on.platform, revealOf({ key, reveal: null }, "issued")));
    expect(
      await screen.findByText("This key was already created; its secret cannot be shown again."),
    ).toBeDefined();
    expect(button("Show a new secret")).toBeDefined();
    await userEvent.setup().keyboard("{Escape}");
    expect(useReveal.getState().current).toBeNull();
    expect(question()).toBeNull();
  });
});

describe("the keyboard", () => {
  it("has Copy key in focus: Enter copies, and so does Ctrl C", async () => {
    const { on, user } = await open();
    await waitFor(() => expect(document.activeElement).toBe(button(/^Copy key/)));
    await user.keyboard("{Enter}");
    await waitFor(() => expect(on.given("reveal_copy")).toBe(1));
    await user.keyboard("{Control>}c{/Control}");
    await waitFor(() => expect(on.given("reveal_copy")).toBe(2));
    expect(on.given("reveal_show")).toBe(0);
  });
});

describe("the plaintext", () => {
  /** Wherever script could find it: the page, the stores, both caches. */
  const found = (on: Stage, plaintext: string) => {
    const caches = [...on.client.getQueryCache().getAll(), ...on.client.getMutationCache().getAll()];
    const kept = JSON.stringify([useReveal.getState(), caches.map(({ state }) => state)]);
    const random = plaintext.slice(-20);
    return { page: document.body.textContent?.includes(random), kept: kept.includes(random) };
  };

  it("is nowhere before Show, on the page while shown, and nowhere after Hide", async () => {
    const { on, plaintext, user } = await open();
    expect(found(on, plaintext)).toEqual({ page: false, kept: false });
    await user.click(button("Show"));
    await waitFor(() => expect(found(on, plaintext)).toEqual({ page: true, kept: false }));
    await user.click(button("Hide"));
    expect(found(on, plaintext)).toEqual({ page: false, kept: false });
  });

  it("hides when the window loses focus", async () => {
    const { on, plaintext, user } = await open();
    await user.click(button("Show"));
    await waitFor(() => expect(found(on, plaintext).page).toBe(true));
    fireEvent.blur(window);
    expect(found(on, plaintext)).toEqual({ page: false, kept: false });
  });

  it("is not shown by an answer that comes after the window lost focus", async () => {
    const { on, plaintext, user } = await open();
    let give: (answer: { plaintext: string }) => void = () => undefined;
    on.answer("reveal_show", () => new Promise((resolve) => (give = resolve)));
    await user.click(button("Show"));
    fireEvent.blur(window);
    await act(async () => give({ plaintext }));
    expect(found(on, plaintext).page).toBe(false);
  });

  it("that Rust has forgotten after the confirm is not called lapsed", async () => {
    const { on, user } = await open();
    await user.click(button(/^Copy key/));
    await waitFor(() => expect(useReveal.getState().confirmed).toBe(true));
    const message = "This key can no longer be shown.";
    on.answer("reveal_copy", () => Promise.reject({ code: "reveal_gone", message }));
    await user.click(button(/^Copy key/));
    expect((await screen.findAllByText(message)).length).toBeGreaterThan(0);
    expect(button("Done")).toBeDefined();
  });

  it("is gone from the page as soon as the dialog closes", async () => {
    const { on, plaintext, user } = await open();
    await user.click(button("Show"));
    await waitFor(() => expect(found(on, plaintext).page).toBe(true));
    await user.click(button(/^Copy key/));
    await waitFor(() => expect(useReveal.getState().confirmed).toBe(true));
    await user.click(button("Done"));
    await waitFor(() => expect(useReveal.getState().current).toBeNull());
    expect(found(on, plaintext)).toEqual({ page: false, kept: false });
  });
});

describe("time", () => {
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("hides the plaintext by itself after a minute", async () => {
    const { plaintext } = await open();
    fireEvent.click(button("Show"));
    await waitFor(() => expect(document.body.textContent).toContain(plaintext.slice(-20)));
    // The timer starts with the effects, which the fake clock holds back until now.
    await act(async () => undefined);
    act(() => void vi.advanceTimersByTime(SHOWN_FOR_MS - 5_000));
    expect(document.body.textContent).toContain(plaintext.slice(-20));
    act(() => void vi.advanceTimersByTime(5_000));
    expect(document.body.textContent).not.toContain(plaintext.slice(-20));
  });

  it("says after 15 minutes that the secret lapsed, and shows a new one on request", async () => {
    const { on } = await open();
    act(() => void vi.advanceTimersByTime(15 * 60_000));
    expect(screen.getByText(/15 minutes have passed/)).toBeDefined();
    expect(screen.queryByRole("button", { name: "Done" })).toBeNull();
    fireEvent.click(button("Show a new secret"));
    const fresh = await screen.findByRole("dialog", { name: "Save the new key now" });
    expect(within(fresh).getByRole("button", { name: /^Copy key/ })).toBeDefined();
    expect(on.platform.calls).toContain("keys.remint");
  });
});
