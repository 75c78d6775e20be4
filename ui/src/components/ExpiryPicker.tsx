// Choosing when a key ends, and how long a grace period lasts, each with the sentence that says
// what was chosen. The date is typed as text: what cannot be a date stays to be corrected.
// The rules are in time/expiry.ts and in Rust.
import { useTranslation } from "react-i18next";
import {
  EXPIRY_SPANS,
  expiryEcho,
  isFarAway,
  readExpiry,
  type ExpiryChoice,
  type ExpirySpan,
} from "@/time/expiry";
import { useNow } from "@/time/useNow";
import { Field, FieldGroup } from "./Field";
import { Segmented } from "./Segmented";
import { Select } from "./Select";
import { TextInput } from "./TextInput";

interface ExpiryPickerProps {
  label: string;
  value: ExpiryChoice;
  onChange: (value: ExpiryChoice) => void;
  /** Shown instead of the sentence. */
  error?: string | undefined;
  /** Leaves choices out, for example when the policy knows no "never". */
  without?: readonly string[];
}

const NOTHING: readonly string[] = [];

/** 7 days, 30 days, 90 days, 1 year, custom date and time, never. */
export function ExpiryPicker({ label, value, onChange, error, without = NOTHING }: ExpiryPickerProps) {
  const { t } = useTranslation();
  const now = useNow();
  const reading = readExpiry(value, now);
  const options = [
    ...EXPIRY_SPANS.map((span) => ({ value: span as string, label: t(`expiry.span_${span}`) })),
    { value: "custom", label: t("expiry.custom") },
    { value: "never", label: t("expiry.never") },
  ].filter((option) => !without.includes(option.value));
  const pick = (choice: string) => {
    if (choice === "never") onChange({ kind: "never" });
    else if (choice === "custom") onChange({ kind: "custom", date: "", time: "" });
    else onChange({ kind: "span", span: choice as ExpirySpan });
  };
  const far = reading.ok && reading.at !== null && isFarAway(reading.at, now);
  return (
    <FieldGroup
      label={label}
      error={error}
      description={
        far ? `${expiryEcho(reading)}. ${t("expiry.far")}` : expiryEcho(reading) || t("expiry.custom_about")
      }
    >
      <Segmented
        label={label}
        options={options}
        value={value.kind === "span" ? value.span : value.kind}
        onChange={pick}
      />
      {value.kind === "custom" && (
        <div className="mt-1 flex gap-3">
          <Field label={t("expiry.date")} className="w-36">
            <TextInput
              value={value.date}
              placeholder="2027-12-31"
              inputMode="numeric"
              onChange={(event) => onChange({ ...value, date: event.currentTarget.value })}
            />
          </Field>
          <Field label={t("expiry.time")} className="w-36">
            <TextInput
              value={value.time}
              placeholder="23:59"
              inputMode="numeric"
              onChange={(event) => onChange({ ...value, time: event.currentTarget.value })}
            />
          </Field>
        </div>
      )}
    </FieldGroup>
  );
}

interface DurationPickerProps {
  label: string;
  /** The wire's words: `0s`, `1h`, `24h`, `7d`, `30d`, or what was typed as custom. */
  value: DurationChoice;
  onChange: (value: DurationChoice) => void;
  options: readonly { value: string; label: string }[];
  /** The sentence under it. */
  description?: string | undefined;
  error?: string | undefined;
}

/** A duration as it was picked; `amount` is as typed. */
export type DurationChoice =
  { kind: "span"; span: string } | { kind: "custom"; amount: string; unit: "m" | "h" | "d" };

/** The wire's words of a choice; nothing when the amount is no whole number. */
export function durationWire(choice: DurationChoice): string | undefined {
  if (choice.kind === "span") return choice.span;
  return /^\d{1,6}$/.test(choice.amount.trim()) ? `${Number(choice.amount.trim())}${choice.unit}` : undefined;
}

/** A few durations, and custom. */
export function DurationPicker({ label, value, onChange, options, description, error }: DurationPickerProps) {
  const { t } = useTranslation();
  const all = [...options, { value: "custom", label: t("duration.custom") }];
  return (
    <FieldGroup label={label} description={description} error={error}>
      <Segmented
        label={label}
        options={all}
        value={value.kind === "span" ? value.span : "custom"}
        onChange={(next) =>
          onChange(
            next === "custom" ? { kind: "custom", amount: "", unit: "h" } : { kind: "span", span: next },
          )
        }
      />
      {value.kind === "custom" && (
        <div className="mt-1 flex items-end gap-2">
          <Field label={t("duration.amount")} className="w-24">
            <TextInput
              value={value.amount}
              inputMode="numeric"
              onChange={(event) => onChange({ ...value, amount: event.currentTarget.value })}
            />
          </Field>
          <Select
            label={t("duration.unit")}
            className="w-32"
            value={value.unit}
            options={[
              { value: "m", label: t("duration.minutes") },
              { value: "h", label: t("duration.hours") },
              { value: "d", label: t("duration.days") },
            ]}
            onChange={(unit) => onChange({ ...value, unit })}
          />
        </div>
      )}
    </FieldGroup>
  );
}
