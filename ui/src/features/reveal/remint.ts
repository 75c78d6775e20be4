// "Show a new secret": mints the newest secret of a key again and opens the reveal with it.
// Holds no plaintext and no words.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AdminError } from "@/platform/platform";
import { openReveal, revealOf } from "./reveal-state";

/** Mints again and answers why not; tries that follow a failure carry the same idempotency key, so they mint once. */
export function useRemint() {
  const platform = usePlatform();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<AdminError | null>(null);
  const attempt = useRef<{ key: string; id: string } | null>(null);
  const remint = useCallback(
    async (key: string): Promise<AdminError | null> => {
      if (attempt.current?.key !== key) attempt.current = { key, id: crypto.randomUUID() };
      setBusy(true);
      setError(null);
      try {
        const answer = await platform.call(
          "keys.remint",
          { key, confirm: "later" },
          { idempotencyKey: attempt.current.id },
        );
        attempt.current = null;
        const current = answer.key.secrets.some((secret) => secret.state === "current");
        const old = current ? { grace: null, key_ends_at: answer.key.expires_at } : null;
        openReveal(platform, revealOf(answer, "reminted", old));
        void client.invalidateQueries();
        return null;
      } catch (thrown) {
        const failure = asAdminError(thrown);
        setError(failure);
        return failure;
      } finally {
        setBusy(false);
      }
    },
    [platform, client],
  );
  return { remint, busy, error };
}
