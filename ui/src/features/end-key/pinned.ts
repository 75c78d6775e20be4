// The key a form is about stays the one it was opened for. Holds no form.
import { useCallback } from "react";
import { usePinned } from "@/data/pinned";
import { perform } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePlatform } from "@/platform/context";
import type { AdminError } from "@/platform/platform";

/** The key as it was opened, and what stands now once `error` tells of a conflict. */
export function usePinnedKey(opened: KeyDetails, error: AdminError | null) {
  const platform = usePlatform();
  const read = useCallback(() => perform(platform, "keys.get", { key: opened.id }), [platform, opened.id]);
  return usePinned(opened, error, read);
}
