// "Type NAME to confirm": a moment to think before something that others rely on is ended. Holds no
// decision when that is due.
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/components/Field";
import { TextInput } from "@/components/TextInput";

/**
 * `field` draws the field while `needed`; Enter in it does what the question's button does. `check` says
 * whether the name stands in it, and shows when it does not.
 */
export function useTypedName(
  name: string,
  needed: boolean,
): { check: () => boolean; field: (onEnter?: () => void) => ReactNode } {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const matches = !needed || typed.trim() === name.trim();
  const check = () => {
    setTried(true);
    return matches;
  };
  const field = (onEnter?: () => void) =>
    needed && (
      <Field
        label={t("change_key.type_name", { name })}
        error={tried && !matches ? t("change_key.type_name_wrong", { name }) : undefined}
        className="mt-4"
      >
        <TextInput
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && onEnter?.()}
        />
      </Field>
    );
  return { check, field };
}
