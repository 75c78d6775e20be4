// "Type NAME to confirm": a moment to think before something in use is ended. Holds no decision.
import { useTranslation } from "react-i18next";
import { Field } from "@/components/Field";
import { TextInput } from "@/components/TextInput";

interface TypedNameProps {
  name: string;
  value: string;
  onChange: (value: string) => void;
  /** The form was sent with another text. */
  wrong: boolean;
}

/** The field. */
export function TypedName({ name, value, onChange, wrong }: TypedNameProps) {
  const { t } = useTranslation();
  return (
    <Field
      label={t("change_key.type_name", { name })}
      error={wrong ? t("change_key.type_name_wrong", { name }) : undefined}
      className="mt-4"
    >
      <TextInput value={value} onChange={(event) => onChange(event.currentTarget.value)} />
    </Field>
  );
}
