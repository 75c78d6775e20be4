// What changed between two states of one thing, field by field, as words: for a conflict and for the
// audit. Pure functions. Holds no list of fields: what a thing shows is said where it is shown.
import { t } from "@/i18n";
import { exactTime } from "@/time/format";

/** The fields of something, by name; a value is a text, a number, a list, or something with a name. */
export type Facts = Readonly<Record<string, unknown>>;

/** One field that somebody else changed. */
export interface Difference {
  field: string;
  before: string;
  theirs: string;
  /** What this person made of the same field; nothing when it was left alone. */
  yours: string | null;
}

/** Those of `fields` that stand differently in `theirs` than in `before`. */
export function differences(
  fields: readonly string[],
  before: Facts,
  theirs: Facts,
  yours: Facts = {},
): Difference[] {
  return fields
    .map((field) => ({
      field,
      before: factWords(field, before[field]),
      theirs: factWords(field, theirs[field]),
      yours: field in yours ? factWords(field, yours[field]) : null,
    }))
    .filter((one) => one.before !== one.theirs)
    .map((one) => (one.yours === one.before ? { ...one, yours: null } : one));
}

/** A field's value as people read it. */
function factWords(field: string, value: unknown): string {
  if (field.endsWith("_at") && typeof value === "string") return exactTime(new Date(value));
  return valueWords(value);
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === "") return t("activity.nothing");
  if (Array.isArray(value))
    return value.length === 0 ? t("activity.nothing") : value.map(valueWords).join(", ");
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? t("tenants.yes") : t("tenants.no");
  if (typeof value === "object" && "name" in value) return valueWords(value.name);
  return JSON.stringify(value);
}
