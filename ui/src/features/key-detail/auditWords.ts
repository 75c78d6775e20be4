// An audit entry as a sentence, and what an edit changed. The entry's before and after are JSON
// texts without secrets. Pure functions.
import { differences } from "@/data/differences";
import { KEY_FACTS, keyFactLabel } from "@/features/keys/keyFacts";
import type { AuditEntry } from "@/generated/AuditEntry";
import { t } from "@/i18n";

const ACTIONS = [
  "issue",
  "update",
  "rotate",
  "confirm",
  "remint",
  "retire_old",
  "extend_grace",
  "undo_rotation",
  "revoke",
  "suspend",
  "resume",
  "reactivate",
] as const;

/** What is done to an operator is done to its token, which is a key. */
const ON_OPERATORS = ["create", "update", "rotate", "remove"] as const;

/** "Dana revoked n8n production". */
export function auditSentence(entry: AuditEntry): string {
  const known = ACTIONS.find((action) => entry.action === `keys.${action}`);
  const { actor: who, action } = entry;
  const name = entry.target.name;
  const onOperator = ON_OPERATORS.find((one) => action === `operators.${one}`);
  if (onOperator !== undefined) return t(`activity.operators_${onOperator}`, { who, name });
  return known === undefined
    ? t("activity.other", { who, action, name })
    : t(`activity.${known}`, { who, name });
}

/** "Name: CI → CI deploy" for every property that an update changed. */
export function whatChanged(entry: AuditEntry): string[] {
  if (entry.action !== "keys.update") return [];
  const [before, after] = [read(entry.before), read(entry.after)];
  // An entry without a field was written before the field was known.
  const known = KEY_FACTS.filter((field) => field in after);
  return differences(known, before, after).map(({ field, before: from, theirs: to }) =>
    t("activity.change", { field: keyFactLabel(field), before: from, after: to }),
  );
}

function read(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Empty for something new.
    return {};
  }
}
