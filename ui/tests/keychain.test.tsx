// The banner over an open connection whose keychain is not there: once, with its one action.
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useKeychainBanner } from "@/app/KeychainBanner";
import { violations } from "./violations";
import { openWindow } from "./window";

const SHARED = { store: "connection", connections: "some" } as const;

describe("a keychain that is not there", () => {
  const WORDS = /^No system keychain is running/;

  it("is said once, is looked for again when asked, and is not said again when sent away", async () => {
    useKeychainBanner.setState({ dismissed: false });
    const on = openWindow("/keys", { ...SHARED, keychain: "no_service" });
    const banner = (await screen.findByText(WORDS)).closest<HTMLElement>("[role=status]");
    expect(screen.getAllByText(WORDS)).toHaveLength(1);
    expect(await violations()).toEqual([]);
    on.platform.connections.keychainAfterRetry = "no_service";
    await on.user.click(within(banner ?? document.body).getByRole("button", { name: "Retry" }));
    await waitFor(() => expect(on.platform.calls).toContain("keychain_retry"));
    on.platform.connections.keychainAfterRetry = "available";
    await on.user.click(screen.getByRole("button", { name: "Retry" }));
    await waitFor(() => expect(screen.queryByText(WORDS)).toBeNull());
    on.unmount();
    const again = openWindow("/keys", { ...SHARED, keychain: "no_service" });
    await screen.findByText(WORDS);
    await again.user.click(screen.getByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(screen.queryByText(WORDS)).toBeNull());
    again.unmount();
    const later = openWindow("/keys", { ...SHARED, keychain: "no_service" });
    await screen.findByRole("row", { name: /n8n production/ });
    expect(later.platform.calls).not.toContain("keychain_state");
    useKeychainBanner.setState({ dismissed: false });
  });
});
