// The fields of a rotation, for a key and for an operator's token: only the words differ. Holds no state.
import { useTranslation } from "react-i18next";
import { DurationPicker } from "@/components/ExpiryPicker";
import { fieldError } from "@/data/errors";
import { isInUse } from "@/features/end-key/usage";
import type { KeyDetails } from "@/generated/KeyDetails";
import { useNow } from "@/time/useNow";
import { NewExpiryField } from "./NewExpiryField";
import { graceEcho, stopsNow } from "./plan";
import type { RotationForm } from "./useRotationForm";

/** The fields of a rotation that go wrong at their place. */
export const ROTATION_FIELDS = ["grace", "expires"];

/** How long the old one keeps working, the name where that must be typed, the new end. */
export function RotationFields({ form, keyShown }: { form: RotationForm; keyShown: KeyDetails }) {
  const { t } = useTranslation();
  const now = useNow();
  const { what: context, wire, expired } = form;
  return (
    <>
      {!expired && (
        <DurationPicker
          label={t("rotate.grace", { context })}
          value={form.grace}
          onChange={form.setGrace}
          options={form.graces}
          description={graceEcho(wire, form.end, now, context)}
          error={form.graceError ?? fieldError(form.error, "grace")}
        />
      )}
      {!expired && stopsNow(wire) && isInUse(keyShown.usage, now) && (
        <p role="status" className="m-0 rounded-control bg-warn-tint px-3 py-2 text-body text-warn">
          {t("rotate.stop_warning", { context })}
        </p>
      )}
      {form.typedName.field()}
      <NewExpiryField
        keyShown={keyShown}
        value={form.expiry}
        onChange={form.setExpiry}
        chosen={form.chosen}
        onChoose={form.setChosen}
        error={form.expiryError ?? fieldError(form.error, "expires")}
        now={now}
      />
    </>
  );
}
