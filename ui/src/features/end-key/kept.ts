// A layer's content stays drawn while the layer fades, and the key a form is about stays the one it
// was opened for. Holds no layer.
import { useCallback, useState } from "react";
import { perform } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePlatform } from "@/platform/context";

/** The last value that was there, until `forget`; `open` says whether it is there now. */
export function useKept<T>(value: T | null): { shown: T | null; open: boolean; forget: () => void } {
  const [kept, setKept] = useState(value);
  if (value !== null && value !== kept) setKept(value);
  const forget = useCallback(() => setKept(null), []);
  return { shown: value ?? kept, open: value !== null, forget };
}

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
