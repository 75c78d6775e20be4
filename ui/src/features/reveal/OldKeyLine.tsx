// What becomes of the old secret while and after a new one is saved. The exact end is the store's
// to say: before the confirm the line says how it will be counted. Holds no rule.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlatform } from "@/platform/context";
import { shortTime, spanMs, spanWords } from "@/time/format";
import { useNow } from "@/time/useNow";
import { useReveal, type OpenReveal } from "./reveal-state";
import { useWhat } from "./what";

/** "The old key works until …". Nothing where there is no old key. */
export function OldKeyLine({ shown }: { shown: OpenReveal }) {
  const { t } = useTranslation();
  const now = useNow();
  const context = useWhat();
  const end = useOldEnd(shown.key_id);
  if (shown.old === null) return null;
  const { grace, key_ends_at } = shown.old;
  return <p className="mt-1 text-body text-fg-2">{sentence()}</p>;

  function sentence(): string {
    if (end.known)
      return end.at === null
        ? t("reveal.old_stopped", { context })
        : t("reveal.old_until", { time: shortTime(end.at), context });
    if (grace === null) return t("reveal.old_until_saved", { context });
    const span = spanMs(grace) ?? 0;
    if (span === 0) return t("reveal.old_stops_when_saved", { context });
    const until = new Date(Math.min(now.getTime() + span, key_ends_at ? Date.parse(key_ends_at) : Infinity));
    return t("reveal.old_until_about", { time: shortTime(until), span: spanWords(grace), context });
  }
}

/** When the old secret ends, once the new one is confirmed. */
function useOldEnd(key: string): { known: false } | { known: true; at: Date | null } {
  const platform = usePlatform();
  const confirmed = useReveal((state) => state.confirmed);
  const [end, setEnd] = useState<{ known: false } | { known: true; at: Date | null }>({ known: false });
  useEffect(() => {
    if (!confirmed) {
      setEnd({ known: false });
      return undefined;
    }
    let here = true;
    platform
      .call("keys.get", { key })
      .then(
        (details) =>
          here &&
          setEnd({ known: true, at: details.old_until === null ? null : new Date(details.old_until) }),
      )
      // The line keeps saying how it is counted; the key's page has the exact end.
      .catch(() => undefined);
    return () => {
      here = false;
    };
  }, [platform, confirmed, key]);
  return end;
}
