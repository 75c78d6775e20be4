// Whether the store may be changed now, and why not: the one answer that every button, menu, shortcut
// and form asks. What is allowed is decided in Rust; this only keeps a person from being refused.
import { create } from "zustand";
import { t } from "@/i18n";
import { useConnection } from "./connection";

/** Why the open store takes no change at all, in the program's words. Set where the store is opened. */
export const useReadOnly = create<{ reason: string | null }>(() => ({ reason: null }));

/** Why nothing can be changed now; nothing while changes are possible. */
export function whyNoWrites(): string | undefined {
  return reasonOf(useReadOnly.getState().reason, useConnection.getState().state);
}

/** The same, renewed when it changes. */
export function useWhyNoWrites(): string | undefined {
  const reason = useReadOnly((now) => now.reason);
  const line = useConnection((now) => now.state);
  return reasonOf(reason, line);
}

function reasonOf(readOnly: string | null, line: "connecting" | "connected" | "reconnecting") {
  if (readOnly !== null) return readOnly;
  return line === "reconnecting" ? t("lost.paused") : undefined;
}
