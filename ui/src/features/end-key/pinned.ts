// The key a form is about stays the one it was opened for. Holds no form.
import { useCallback, useState } from "react";
import { perform } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePlatform } from "@/platform/context";

/**
 * The key as it was when the form opened: a change that somebody else made meanwhile is then refused
 * as a conflict, with who and when, instead of slipping under the person's hands. `reload` takes
 * what stands now.
 */
export function usePinnedKey(opened: KeyDetails) {
  const platform = usePlatform();
  const [key, pin] = useState(opened);
  const reload = useCallback(async () => {
    const fresh = await perform(platform, "keys.get", { key: opened.id });
    pin(fresh);
    return fresh;
  }, [platform, opened.id]);
  return { key, pin, reload };
}
