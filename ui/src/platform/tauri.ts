// The desktop behind the window, over Tauri's IPC. The only file that imports @tauri-apps.
// Holds no logic: names, arguments, errors in the one shape.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { asAdminError, type Platform } from "./platform";

async function ask<T>(command: string, args: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (thrown) {
    throw asAdminError(thrown);
  }
}

/** The real desktop. */
export const tauriPlatform: Platform = {
  call: (name, request, options) =>
    ask("perform", { name, request, idempotency_key: options?.idempotencyKey }),
  command: (name, request) => ask(name, request),
  on: (event, hear) => {
    const unlisten = listen(event, (message) => hear(message.payload as never));
    return () => {
      void unlisten.then((stop) => stop());
    };
  },
};
