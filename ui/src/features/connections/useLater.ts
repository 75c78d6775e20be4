// Says when something has lasted for a while, so that quick things offer no way out.
// Holds no words.
import { useEffect, useState } from "react";

/** Whether `active` has lasted for `ms`. */
export function useLater(active: boolean, ms: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setTimeout(() => setLate(true), ms);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [active, ms]);
  return late;
}
