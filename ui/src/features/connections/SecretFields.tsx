// The connection form's secret: the password or token itself, where it is kept, and the passphrase
// of the encrypted file where that is chosen. The secrets stay in their controls.
import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import type { RefObject } from "react";
import type { UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/classes";
import { FieldGroup } from "@/components/Field";
import { fieldError } from "@/data/errors";
import type { ConnectionDraft, Connections, Keep } from "@/platform/connections";
import type { AdminError } from "@/platform/platform";
import { KeychainLine } from "./KeychainLine";
import { SecretInput } from "./SecretInput";
import { missingKeychain, type Keychain } from "./useKeychain";
import { secretContext, type ConnectionValues } from "./values";

/** The controls that hold secrets; read when the form is sent. */
export interface SecretInputs {
  secret: RefObject<HTMLInputElement | null>;
  passphrase: RefObject<HTMLInputElement | null>;
  again: RefObject<HTMLInputElement | null>;
}

interface SecretFieldsProps {
  form: UseFormReturn<ConnectionValues>;
  /** As it is saved; its id is nothing when it is new. */
  saved: ConnectionDraft;
  inputs: SecretInputs;
  keychain: Keychain;
  file: Connections["encrypted_file"];
  /** What is wrong with a secret. */
  refusal: AdminError | null;
  onTyped: () => void;
}

/** Password or token, and where it is kept. */
export function SecretFields({ form, saved, inputs, keychain, file, refusal, onTyped }: SecretFieldsProps) {
  const { t } = useTranslation();
  const [kind, keep] = form.watch(["kind", "keep"]);
  const word = kind === "server" ? "token" : "password";
  const kept = saved.id !== null && saved.keep === keep && keep !== "session";
  return (
    <>
      <SecretInput
        key={word}
        label={t(`connections.${word}`)}
        input={inputs.secret}
        description={
          kept
            ? t(`connections.secret_kept_${keep}`)
            : keep === "session"
              ? t("connections.secret_asked")
              : undefined
        }
        error={fieldError(refusal, word)}
        onTyped={onTyped}
      />
      <KeepChoice
        value={keep}
        onChange={(next) => form.setValue("keep", next, { shouldDirty: true })}
        keychain={keychain}
        context={secretContext({ kind })}
      />
      {keep === "file" && file !== "open" && (
        <>
          <SecretInput
            label={t("connections.passphrase")}
            required
            input={inputs.passphrase}
            description={t(`connections.passphrase_about_${file}`)}
            error={fieldError(refusal, "passphrase")}
            onTyped={onTyped}
          />
          {file === "absent" && (
            <SecretInput
              label={t("connections.passphrase_again")}
              required
              input={inputs.again}
              error={fieldError(refusal, "passphrase_again")}
              onTyped={onTyped}
            />
          )}
        </>
      )}
    </>
  );
}

interface KeepChoiceProps {
  value: Keep;
  onChange: (keep: Keep) => void;
  keychain: Keychain;
  /** Which secret is spoken of. */
  context: "token" | undefined;
}

const KEEPS: readonly Keep[] = ["keychain", "session", "file"];

function KeepChoice({ value, onChange, keychain, context }: KeepChoiceProps) {
  const { t } = useTranslation();
  const missing = missingKeychain(keychain);
  return (
    <FieldGroup label={t("connections.keep")}>
      <RadioGroup
        aria-label={t("connections.keep")}
        value={value}
        onValueChange={(next) => onChange(next as Keep)}
        className="flex flex-col gap-1"
      >
        {KEEPS.map((keep) => {
          const off = keep === "keychain" && missing !== null;
          return (
            <label key={keep} className={cx("flex items-start gap-2 py-0.5 text-body", off && "text-off-fg")}>
              <Radio.Root
                value={keep}
                disabled={off}
                className={cx(
                  "mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-line-strong bg-panel",
                  "data-checked:border-accent data-checked:bg-accent data-disabled:border-line data-disabled:bg-off",
                )}
              >
                <Radio.Indicator className="size-1.5 rounded-full bg-accent-fg" />
              </Radio.Root>
              <span className="min-w-0">
                {t(`connections.keep_${keep}`)}
                <span className="block text-meta text-fg-3">
                  {off
                    ? t(`connections.keep_off_${missing}`, { context })
                    : t(`connections.keep_about_${keep}`)}
                </span>
              </span>
            </label>
          );
        })}
      </RadioGroup>
      <KeychainLine keychain={keychain} troubleOnly />
    </FieldGroup>
  );
}
