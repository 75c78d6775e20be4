// The way out for a secret that nobody saved: another one is made in its place and shown. Holds no plaintext.
import { useTranslation } from "react-i18next";
import { WriteButton } from "@/app/writes";
import { ErrorCard } from "@/components/Notices";
import { useRemint } from "@/features/reveal/remint";
import type { What } from "@/features/reveal/what";

interface RemintActionProps {
  /** The key, or the key that is an operator's token. */
  id: string;
  what: What;
  /** It is shown. */
  onLeave: () => void;
}

/** The button, and why nothing was made. */
export function RemintAction({ id, what: context, onLeave }: RemintActionProps) {
  const { t } = useTranslation();
  const { remint, busy, error } = useRemint();
  const show = () => void remint(id).then((failure) => failure === null && onLeave());
  return (
    <>
      <WriteButton
        of={context === "token" ? "operators" : "keys"}
        className="mt-3"
        onClick={show}
        disabled={busy}
      >
        {t(busy ? "reveal.reminting" : "reveal.remint", { context })}
      </WriteButton>
      {error !== null && (
        <ErrorCard className="mt-3" title={t("reveal.remint_failed", { context })} error={error} />
      )}
    </>
  );
}
