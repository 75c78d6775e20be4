// Show and Hide of a fresh secret. The plaintext is asked of Rust by Show, lives in the state of the
// component that calls this and nowhere else, and is dropped by Hide, after a minute, when the window
// loses focus and when the dialog closes. It must never reach a store, a query or a log.
import { useCallback, useEffect, useRef, useState } from "react";
import { usePlatform } from "@/platform/context";

export const SHOWN_FOR_MS = 60_000;

/** The plaintext while it may be seen; `open` turns false as soon as the dialog starts to close. */
export function useShown(handle: string, open: boolean, onError: (thrown: unknown) => void) {
  const platform = usePlatform();
  const [plaintext, setPlaintext] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  // Counts hidings, so that an answer that comes after one is not shown.
  const hidings = useRef(0);
  const hide = useCallback(() => {
    hidings.current += 1;
    setPlaintext(null);
    setAsked(false);
  }, []);
  const show = useCallback(() => {
    const before = hidings.current;
    setAsked(true);
    platform
      .command("reveal_show", { handle })
      .then((answer) => {
        if (hidings.current === before) setPlaintext(answer.plaintext);
      })
      .catch(onError)
      .finally(() => {
        if (hidings.current === before) setAsked(false);
      });
  }, [platform, handle, onError]);
  useEffect(() => hide, [handle, open, hide]);
  useEffect(() => {
    const whenHidden = () => {
      if (document.visibilityState === "hidden") hide();
    };
    window.addEventListener("blur", hide);
    document.addEventListener("visibilitychange", whenHidden);
    return () => {
      window.removeEventListener("blur", hide);
      document.removeEventListener("visibilitychange", whenHidden);
    };
  }, [hide]);
  useEffect(() => {
    if (plaintext === null) return undefined;
    const timer = setTimeout(hide, SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, [plaintext, hide]);
  return { plaintext, asked, show, hide };
}
