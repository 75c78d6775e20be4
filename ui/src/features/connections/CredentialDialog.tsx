// Asks for the password, token or passphrase that opening needs, and whether to remember it.
// What was typed goes straight to the caller and is kept nowhere. Opens nothing itself.
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Checkbox } from "@/components/Checkbox";
import { Dialog } from "@/components/Dialog";
import { ErrorCard } from "@/components/Notices";
import { fieldError } from "@/data/errors";
import type { Keep } from "@/platform/connections";
import type { AdminError } from "@/platform/platform";
import { KeychainLine } from "./KeychainLine";
import { SecretInput, typedIn } from "./SecretInput";
import { useKeychain } from "./useKeychain";
import { useLater } from "./useLater";

/** What can be asked for; the word is the field of `credential_needed`. */
export type Needed = "password" | "token" | "passphrase";

/** What was entered. */
export interface Given {
  secret?: string;
  passphrase?: string;
  remember?: boolean;
}

/** What an opening that failed asks for; nothing when it is not about a secret. */
export function neededBy(error: AdminError | null | undefined, usual: Needed): Needed | null {
  if (error?.code !== "credential_needed" && error?.code !== "auth_failed") return null;
  const field = error.field;
  return field === "password" || field === "token" || field === "passphrase" ? field : usual;
}

interface CredentialDialogProps {
  open: boolean;
  needed: Needed;
  /** The connection's name. */
  name: string;
  /** Where it leads, for the person's eye. */
  place: string;
  /** Where its secret is kept. */
  keep: Keep;
  /** Why what was entered before was not enough. */
  error: AdminError | null;
  pending: boolean;
  submitWords: string;
  submittingWords: string;
  onSubmit: (given: Given) => void;
  /** Closes it; ends what is under way. */
  onCancel: () => void;
}

const LATE_MS = 2000;

/** A question for a secret. */
export function CredentialDialog(props: CredentialDialogProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement | null>(null);
  const { needed, name, pending, error } = props;
  const keychain = useKeychain(props.open && needed !== "passphrase" && props.keep !== "file");
  const [remember, setRemember] = useState(props.keep !== "session");
  const [missing, setMissing] = useState(false);
  /** What was entered was not enough, also when nothing was: some databases need no password. */
  const [sent, setSent] = useState(false);
  const late = useLater(pending, LATE_MS);
  const usable = props.keep === "file" || keychain.words?.state === "available";
  const atField =
    neededBy(error, needed) === needed && error?.code === "auth_failed"
      ? error.message
      : fieldError(error, needed);
  const shownError = missing
    ? t(`connections.missing_${needed}`)
    : error?.code === "credential_needed" && !sent
      ? undefined
      : atField;
  // The line about the keychain says what is the matter with it.
  const said = error?.code === "keychain" && keychain.words !== null && !usable;
  const other = error !== null && neededBy(error, needed) === null && !said ? error : null;
  const send = () => {
    const text = typedIn(input);
    const lacks = text === undefined && needed !== "password";
    setMissing(lacks);
    if (lacks) {
      input.current?.focus();
      return;
    }
    setSent(true);
    props.onSubmit(
      needed === "passphrase"
        ? { passphrase: text ?? "" }
        : { secret: text ?? "", remember: remember && usable && text !== undefined },
    );
  };
  return (
    <Dialog
      open={props.open}
      onOpenChange={(next) => !next && props.onCancel()}
      keepOnOutsidePress
      initialFocus={input}
      title={t(`connections.ask_${needed}`, { name })}
      description={needed === "passphrase" ? t("connections.ask_passphrase_about") : props.place}
      footer={
        <>
          {(!pending || late) && <Button onClick={props.onCancel}>{t("action.cancel")}</Button>}
          <Button kind="primary" disabled={pending} onClick={send}>
            {pending ? props.submittingWords : props.submitWords}
          </Button>
        </>
      }
    >
      <form
        noValidate
        className="mt-4 flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!pending) send();
        }}
      >
        <SecretInput
          key={needed}
          label={t(`connections.${needed}`)}
          input={input}
          error={shownError}
          disabled={pending}
          onTyped={() => setMissing(false)}
        />
        {needed !== "passphrase" && (
          <Checkbox
            label={
              props.keep === "file" ? t("connections.remember_file") : t("connections.remember_keychain")
            }
            detail={usable ? undefined : t("connections.remember_not")}
            checked={remember && usable}
            disabled={!usable || pending}
            onChange={setRemember}
          />
        )}
        <KeychainLine keychain={keychain} troubleOnly />
        {other !== null && <ErrorCard title={t("connections.not_opened", { name })} error={other} />}
      </form>
    </Dialog>
  );
}
