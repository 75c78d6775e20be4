// Chooses the program around the window: the desktop, or its stand-in in mock mode. The mode is a
// constant of the build, so the stand-in is cut out of every other bundle.
import type { Platform } from "./platform";
import { tauriPlatform } from "./tauri";

/** The program around this window. */
export async function loadPlatform(): Promise<Platform> {
  if (import.meta.env.MODE === "mock") {
    const { createFakePlatform } = await import("./fake");
    const asked = new URLSearchParams(location.search);
    const fake = createFakePlatform({
      // What the address may ask for is a developer's business.
      store: (asked.get("store") ?? "none") as never,
      connections: asked.has("connections") ? "some" : [],
      keychain: (asked.get("keychain") ?? "available") as never,
      secrets: !asked.has("ask"),
      operator: (asked.get("operator") ?? undefined) as never,
      more: Number(asked.get("more") ?? 0),
      delayMs: Number(asked.get("delay") ?? 15),
    });
    const refusal = asked.get("refuse");
    for (const { id } of refusal === null ? [] : fake.connections.saved) {
      fake.connections.refusals.set(id, { code: refusal as never, message: `Refused: ${refusal}.` });
    }
    const refused = asked.get("signed_out");
    if (refused !== null)
      fake.failNext("changes.since", { code: "auth_failed", message: refused, field: "token" });
    return fake;
  }
  return tauriPlatform;
}
