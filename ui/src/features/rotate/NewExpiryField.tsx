// Which expiry a rotated key gets: the one it has, its whole life once more, or another one.
// Holds no rule: what may be kept is decided in core.
import { useTranslation } from "react-i18next";
import { ExpiryPicker } from "@/components/ExpiryPicker";
import { FieldGroup } from "@/components/Field";
import { Segmented } from "@/components/Segmented";
import type { KeyDetails } from "@/generated/KeyDetails";
import type { ExpiryChoice } from "@/time/expiry";
import { DAY_MS, exactTime, shortDate } from "@/time/format";
import { endAfter, type NewExpiry } from "./plan";

interface NewExpiryFieldProps {
  keyShown: KeyDetails;
  value: NewExpiry;
  onChange: (value: NewExpiry) => void;
  chosen: ExpiryChoice;
  onChoose: (chosen: ExpiryChoice) => void;
  error: string | undefined;
  now: Date;
}

/** Keep, the same span again, or choose. */
export function NewExpiryField({
  keyShown,
  value,
  onChange,
  chosen,
  onChoose,
  error,
  now,
}: NewExpiryFieldProps) {
  const { t } = useTranslation();
  const end = keyShown.expires_at === null ? null : new Date(keyShown.expires_at);
  const passed = end !== null && end <= now;
  const days = end === null ? 0 : Math.round((end.getTime() - Date.parse(keyShown.created_at)) / DAY_MS);
  const span = { value: "same-span" as const, label: t("rotate.expiry_same_span", { count: days }) };
  const keep = {
    value: "keep" as const,
    label: end === null ? t("rotate.expiry_never") : t("rotate.expiry_keep", { date: shortDate(end) }),
  };
  const options = [
    ...(passed ? [] : [keep]),
    ...(end === null || days < 1 ? [] : [span]),
    { value: "choose" as const, label: t("rotate.expiry_choose") },
  ];
  const after = endAfter(keyShown, value, chosen, now);
  return (
    <>
      <FieldGroup
        label={t("rotate.expiry")}
        description={
          value === "choose"
            ? undefined
            : after === null
              ? t("expiry.echo_never")
              : t("expiry.echo", { time: exactTime(after) })
        }
        error={value === "choose" ? undefined : error}
      >
        <Segmented label={t("rotate.expiry")} options={options} value={value} onChange={onChange} />
      </FieldGroup>
      {value === "choose" && (
        <ExpiryPicker label={t("rotate.expiry_new")} value={chosen} onChange={onChoose} error={error} />
      )}
    </>
  );
}
