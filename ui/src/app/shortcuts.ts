// Registers shortcuts with the words the shortcuts sheet shows, so that the sheet cannot drift.
// Single letters work only when no field has focus and no layer is open, and can be turned off.
import {
  formatForDisplay,
  useHotkey,
  useHotkeySequence,
  type Hotkey,
  type RegisterableHotkey,
} from "@tanstack/react-hotkeys";
import { create } from "zustand";

const STORED = "latchkey.single-key-shortcuts";

interface ShortcutSettings {
  singleKeys: boolean;
  setSingleKeys: (on: boolean) => void;
}

/** Whether single letters act (WCAG 2.1.4 asks that they can be turned off). */
export const useShortcutSettings = create<ShortcutSettings>((set) => ({
  singleKeys: localStorage.getItem(STORED) !== "off",
  setSingleKeys: (on) => {
    localStorage.setItem(STORED, on ? "on" : "off");
    set({ singleKeys: on });
  },
}));

const SEQUENCE_MS = 1000;
let leaderAt = Number.NEGATIVE_INFINITY;
// Seen before anybody handles it: after G, the next letter belongs to the sequence, not to a row.
document.addEventListener(
  "keydown",
  (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, textarea");
    if (event.key === "g" && !typing) leaderAt = event.timeStamp;
  },
  true,
);

/** Whether the key of `event` may be the second one of a sequence. */
export function isInSequence(event: { timeStamp: number }): boolean {
  return event.timeStamp - leaderAt < SEQUENCE_MS;
}

/** Whether a dialog, sheet or menu lies above the page. A toast has a dialog's role too, and holds nothing up. */
function isLayerOpen(): boolean {
  const layers =
    '[role="dialog"]:not([aria-modal="false"]), [role="alertdialog"]:not([aria-modal="false"]), [role="menu"]';
  return document.querySelector(layers) !== null;
}

interface ShortcutOptions {
  group?: "everywhere" | "page";
  enabled?: boolean;
  /** Also while a dialog lies above the page; what it does must then ask the close guards. */
  always?: boolean;
}

/** One key or chord. */
export function useShortcut(
  keys: RegisterableHotkey & string,
  name: string,
  run: () => void,
  options: ShortcutOptions = {},
): void {
  const { singleKeys } = useShortcutSettings();
  const single = !keys.includes("Mod+") && !/^F\d+$/.test(keys);
  useHotkey(
    keys,
    () => {
      if (options.always === true || !isLayerOpen()) run();
    },
    {
      enabled: (options.enabled ?? true) && (singleKeys || !single),
      ignoreInputs: single,
      conflictBehavior: "allow",
      meta: { name, group: options.group ?? "everywhere" },
    },
  );
}

/** Two keys, one after the other. */
export function useSequence(keys: Hotkey[], name: string, run: () => void): void {
  const { singleKeys } = useShortcutSettings();
  useHotkeySequence(
    keys,
    () => {
      if (!isLayerOpen()) run();
    },
    {
      enabled: singleKeys,
      ignoreInputs: true,
      timeout: SEQUENCE_MS,
      conflictBehavior: "allow",
      meta: { name, group: "everywhere" },
    },
  );
}

/** A chord as this system writes it: `Ctrl+L`, `⌘L`. */
export function chord(keys: string): string {
  return formatForDisplay(keys as never);
}
