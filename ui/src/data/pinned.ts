// What a form or question is about stays what it was when it was opened: a change that somebody else
// made meanwhile is then refused as a conflict, with who and when, instead of slipping under the
// person's hands. Holds no form.
import { useCallback, useEffect, useRef, useState } from "react";
import { asAdminError, type AdminError } from "@/platform/platform";

/** What somebody else made of it, once a conflict tells that there is something to see. */
export interface Pinned<E> {
  /** As it was opened, or as it was taken over since. */
  pinned: E;
  pin: (fresh: E) => void;
  /** What stands now; nothing while there is no conflict, or while it is read. */
  theirs: E | null;
  /** Why what stands now could not be read. */
  failed: AdminError | null;
  /** Reads what stands now, again. */
  look: () => void;
}

/** `error` is that of the change; `read` reads what stands now. */
export function usePinned<E>(opened: E, error: AdminError | null, read: () => Promise<E>): Pinned<E> {
  const [pinned, pin] = useState(opened);
  const [found, setFound] = useState<{ theirs: E | null; failed: AdminError | null }>(NOTHING);
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  }, [read]);
  // Counts looks, so that an answer that comes after the next conflict is not shown for it.
  const looks = useRef(0);
  const look = useCallback(() => {
    looks.current += 1;
    const this_one = looks.current;
    const show = (next: { theirs: E | null; failed: AdminError | null }) =>
      looks.current === this_one && setFound(next);
    setFound(NOTHING);
    latest.current().then(
      (theirs) => show({ theirs, failed: null }),
      (thrown: unknown) => show({ theirs: null, failed: asAdminError(thrown) }),
    );
  }, []);
  useEffect(() => {
    if (error?.code === "conflict") look();
    else {
      looks.current += 1;
      setFound(NOTHING);
    }
  }, [error, look]);
  return { pinned, pin, ...found, look };
}

const NOTHING = { theirs: null, failed: null };
