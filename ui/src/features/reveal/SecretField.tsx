// The box that shows a secret: masked, or in full while the caller passes the plaintext.
// Keeps nothing: the plaintext is a prop and is gone when the prop is.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useWhat } from "./what";

interface SecretFieldProps {
  /** The masked text: `sk_live_8Qv2mT••••`. */
  preview: string;
  /** The whole key, only while it is shown. */
  plaintext: string | null;
  /** Buttons under it: copy, show or hide, save. */
  actions: ReactNode;
}

/** A secret with its buttons. */
export function SecretField({ preview, plaintext, actions }: SecretFieldProps) {
  const { t } = useTranslation();
  const context = useWhat();
  const shown = plaintext !== null;
  const text = plaintext ?? preview;
  const cut = preview.lastIndexOf("_") + 1;
  const visible = preview.replaceAll("•", "");
  return (
    <div
      role="group"
      aria-label={shown ? t("reveal.field_shown", { context }) : t("reveal.field_hidden", { context })}
      className="mt-4 rounded-table border border-line-strong bg-sunken p-3.5"
    >
      <p className={shown ? "selectable m-0" : "m-0"}>
        {!shown && <span className="sr-only">{t("reveal.hidden", { visible, context })}</span>}
        <span aria-hidden={!shown} className="secret-text text-secret break-all">
          <span className="text-fg-3">{text.slice(0, cut)}</span>
          <span className="text-fg">{shown ? inGroups(text.slice(cut)) : text.slice(cut)}</span>
        </span>
      </p>
      <div className="mt-3 flex flex-wrap gap-2">{actions}</div>
    </div>
  );
}

/** Wider gaps after every four characters, by letter-spacing alone: what is selected has no spaces. */
function inGroups(text: string): ReactNode {
  const groups = text.match(/.{1,4}/g) ?? [];
  return groups.map((group, index) => (
    <span key={index}>
      {group.slice(0, -1)}
      <span className="tracking-[0.35em]">{group.slice(-1)}</span>
    </span>
  ));
}
