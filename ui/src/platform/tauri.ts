// The desktop behind the window, over Tauri's IPC. The only file that imports @tauri-apps.
// Holds no logic: names, arguments, errors in the one shape, who hears an event.
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

/** Who hears which event. */
const hearers = new Map<string, Set<(payload: never) => void>>();

/** The real desktop. */
export const tauriPlatform: Platform = {
  call: (name, request, options) =>
    ask("perform", { name, request, idempotency_key: options?.idempotencyKey }),
  command: (name, request) => ask(name, request),
  on: (event, hear) => {
    const hearing = hearers.get(event) ?? new Set();
    if (!hearers.has(event)) {
      // Once for the page's life: an event on its way to a listener that is taken away meanwhile is a
      // warning in the engine's console.
      hearers.set(event, hearing);
      void listen(event, (message) => {
        for (const one of hearing) one(message.payload as never);
      });
    }
    hearing.add(hear as (payload: never) => void);
    return () => {
      hearing.delete(hear as (payload: never) => void);
    };
  },
};
