// Which fields of a key are shown when they change, how they are called, and how they stand: for the
// key's activity and for conflicts. Pure functions.
import type { ShownFacts } from "@/app/PinnedOutcome";
import type { KeyDetails } from "@/generated/KeyDetails";
import { t } from "@/i18n";

/** Those plain properties that people set. */
export const KEY_FACTS = [
  "name",
  "notes",
  "owner",
  "expires_at",
  "role",
  "scopes",
  "ip",
  "tags",
  "tier",
  "integration",
  "identity",
  "grace",
] as const;

/** What a field of a key is called. */
export function keyFactLabel(field: string): string {
  const known = KEY_FACTS.find((one) => one === field);
  return known === undefined ? t("conflict.status") : t(`activity.field_${known}`);
}

/** A key as a conflict shows it: what people set, and what became of it. */
export const KEY_SHOWN: ShownFacts<KeyDetails> = {
  fields: [...KEY_FACTS, "status"],
  of: (key) => ({ ...key, status: t(`status.${key.status}`) }),
  label: keyFactLabel,
};
