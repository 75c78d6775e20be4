// Tells the program that the person is here, so that it locks only what is left alone. Holds no clock
// of its own: how long is too long is the program's to know.
import { useEffect } from "react";
import { usePlatform } from "@/platform/context";

const AT_MOST_EVERY_MS = 30_000;

/** Says so at a press or a key, at most twice a minute. */
export function useStillHere(): void {
  const platform = usePlatform();
  useEffect(() => {
    let last = Number.NEGATIVE_INFINITY;
    const say = (event: Event) => {
      if (event.timeStamp - last < AT_MOST_EVERY_MS) return;
      last = event.timeStamp;
      void platform.command("still_here", {}).catch(() => undefined);
    };
    const signs = ["pointerdown", "pointermove", "wheel", "keydown"];
    for (const sign of signs) window.addEventListener(sign, say, { passive: true, capture: true });
    return () => {
      for (const sign of signs) window.removeEventListener(sign, say, { capture: true });
    };
  }, [platform]);
}
