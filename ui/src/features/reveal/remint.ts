// "Show a new secret": mints the newest secret of a key again and opens the reveal with it.
// Holds no plaintext.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { sendChange } from "@/data/change";
import { whileStands } from "@/data/connection";
import { whyNoWrites } from "@/data/writes";
import { t } from "@/i18n";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AdminError } from "@/platform/platform";
import { openReveal, revealOf } from "./reveal-state";

/**
 * Mints again and answers why not; tries that follow a failure carry the same idempotency key, so they
 * mint once. While it is not known what became of it, it stays busy.
 */
export function useRemint() {
  const platform = usePlatform();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<AdminError | null>(null);
  const attempt = useRef<{ key: string; id: string } | null>(null);
  const remint = useCallback(
    async (key: string): Promise<AdminError | null> => {
      const reason = whyNoWrites();
      if (reason !== undefined) return { code: "read_only", message: reason };
      if (attempt.current?.key !== key) attempt.current = { key, id: crypto.randomUUID() };
      setBusy(true);
      setError(null);
      const left = whileStands();
      try {
        const request = { key, confirm: "later" } as const;
        const outcome = await sendChange(platform, "keys.remint", request, {
          idempotencyKey: attempt.current.id,
        });
        attempt.current = null;
        // Nobody is there any more who asked for it; the note of what was never saved stays.
        if (left.aborted) return null;
        void client.invalidateQueries();
        // Nobody saw it, so the next press mints anew.
        if (outcome.kind === "made_unseen")
          throw { code: "unreachable", message: t("lost.remint_unseen") } satisfies AdminError;
        const { answer } = outcome;
        const current = answer.key.secrets.some((secret) => secret.state === "current");
        const old = current ? { grace: null, key_ends_at: answer.key.expires_at } : null;
        openReveal(platform, revealOf(answer, "reminted", old));
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
