// The whole window on the stand-in for the desktop, for tests that act as a person does.
// Holds no tests.
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { App } from "@/app/App";
import { useLayers } from "@/app/layers";
import { closeReveal } from "@/features/reveal/reveal-state";
import { createFakePlatform, type FakePlatform } from "@/platform/fake";

type Options = Parameters<typeof createFakePlatform>[0];

/** Opens a window at an address. */
export function openWindow(address = "/keys", options: Options = { store: "sample" }) {
  window.location.hash = `#${address}`;
  useLayers.getState().close();
  const platform: FakePlatform = createFakePlatform(options);
  // What a test before left open.
  closeReveal(platform);
  const view = render(<App platform={platform} />);
  return { ...view, platform, user: userEvent.setup() };
}
