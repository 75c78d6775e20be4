// A field for a password, token or passphrase. The page never holds what is typed: it stays in the
// control and is read when it is sent, so no rendered attribute ever has it. Holds no meaning.
import { Eye, EyeOff } from "lucide-react";
import { useState, type ReactNode, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/Button";
import { Field } from "@/components/Field";
import { TextInput } from "@/components/TextInput";

interface SecretInputProps {
  label: string;
  description?: ReactNode;
  error?: string | undefined;
  required?: boolean;
  disabled?: boolean;
  /** Read it when the form is sent. */
  input: RefObject<HTMLInputElement | null>;
  /** Told that something was typed, not what. */
  onTyped?: () => void;
}

/** A secret to type, with an eye to look at it. */
export function SecretInput({
  input,
  onTyped,
  disabled = false,
  required = false,
  ...texts
}: SecretInputProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Field {...texts} required={required}>
      <div className="relative">
        <TextInput
          ref={input}
          type={shown ? "text" : "password"}
          autoComplete="off"
          disabled={disabled}
          className="pr-9"
          onInput={() => onTyped?.()}
        />
        <IconButton
          label={shown ? t("connections.hide") : t("connections.show")}
          aria-pressed={shown}
          size="compact"
          disabled={disabled}
          className="absolute inset-y-0.5 right-0.5"
          onClick={() => setShown(!shown)}
        >
          {shown ? <EyeOff className="size-4" /> : <Eye className="size-4" />}
        </IconButton>
      </div>
    </Field>
  );
}

/** What was typed; nothing when nothing was. */
export function typedIn(input: RefObject<HTMLInputElement | null>): string | undefined {
  const text = input.current?.value ?? "";
  return text === "" ? undefined : text;
}
