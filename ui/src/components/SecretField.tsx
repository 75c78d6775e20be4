// The box that shows a secret: masked, or in the open while the caller passes the plaintext.
// Keeps nothing: the plaintext is a prop and is gone when the prop is.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface SecretFieldProps {
  /** The masked text: `sk_live_8Qv2mT••••`. */
  preview: string;
  /** The whole key, only while it is shown. */
  plaintext: string | null;
  /** Buttons under it: copy, show or hide, save. */
  actions: ReactNode;
}

/** A secret with its buttons. Grouped by nothing: every glyph stands as it is. */
export function SecretField({ preview, plaintext, actions }: SecretFieldProps) {
  const { t } = useTranslation();
  const text = plaintext ?? preview;
  const cut = text.lastIndexOf("_") + 1;
  return (
    <div className="rounded-table border border-line-strong bg-sunken p-3.5">
      <p
        aria-label={plaintext === null ? t("secret.masked") : t("secret.shown")}
        role="group"
        className="secret-text selectable m-0 text-secret break-all text-fg"
      >
        <span className="text-fg-3">{text.slice(0, cut)}</span>
        <span>{text.slice(cut)}</span>
      </p>
      <div className="mt-3 flex flex-wrap gap-2">{actions}</div>
    </div>
  );
}
