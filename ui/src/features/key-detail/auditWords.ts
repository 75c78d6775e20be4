// An audit entry as a sentence, and what an edit changed. The entry's before and after are JSON
// texts without secrets. Pure functions.
import type { AuditEntry } from "@/generated/AuditEntry";
import { t } from "@/i18n";
import { exactTime } from "@/time/format";

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

/** "Dana revoked n8n production". */
export function auditSentence(entry: AuditEntry): string {
  const known = ACTIONS.find((action) => entry.action === `keys.${action}`);
  const { actor: who, action } = entry;
  const name = entry.target.name;
  return known === undefined
    ? t("activity.other", { who, action, name })
    : t(`activity.${known}`, { who, name });
}

/** What an edit shows line by line: those plain properties that people set. */
const SHOWN = [
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

/** "Name: CI → CI deploy" for every property that an update changed. */
export function whatChanged(entry: AuditEntry): string[] {
  if (entry.action !== "keys.update") return [];
  const [before, after] = [read(entry.before), read(entry.after)];
  return SHOWN.filter((field) => field in after && words(before[field]) !== words(after[field])).map(
    (field) =>
      t("activity.change", {
        field: t(`activity.field_${field}`),
        before: shown(field, before[field]),
        after: shown(field, after[field]),
      }),
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

function shown(field: (typeof SHOWN)[number], value: unknown): string {
  if (field === "expires_at" && typeof value === "string") return exactTime(new Date(value));
  return words(value);
}

function words(value: unknown): string {
  if (value === null || value === undefined || value === "") return t("activity.nothing");
  if (Array.isArray(value)) return value.length === 0 ? t("activity.nothing") : value.map(words).join(", ");
  if (typeof value === "string") return value;
  if (typeof value === "object" && "name" in value) return words(value.name);
  return JSON.stringify(value);
}
