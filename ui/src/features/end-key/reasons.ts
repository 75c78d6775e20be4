// Why a key was revoked: the wire's words, and what people read. Holds no rule: that a leaked key
// stays revoked is decided in core.
import { t } from "@/i18n";

export const REASONS = ["leaked", "unused", "owner_left"] as const;

/** A reason as people read it; other words stand as they are. */
export function reasonWords(reason: string): string {
  if (reason === "") return t("revoke.reason_none");
  const known = REASONS.find((one) => one === reason);
  return known === undefined ? reason : t(`revoke.reason_${known}`);
}
