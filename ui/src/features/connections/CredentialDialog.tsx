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
  /** What is entered is for this one time: remembering it is not offered. */
  once?: boolean;
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

/** What is typed into the question, and what is wrong with it. */
function useEntering({ needed, keep, error, onSubmit }: CredentialDialogProps, usable: boolean) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement | null>(null);
  const [remember, setRemember] = useState(keep !== "session");
  const [missing, setMissing] = useState(false);
  /** What was entered was not enough, also when nothing was: some databases need no password. */
  const [sent, setSent] = useState(false);
  const send = () => {
    const text = typedIn(input);
    const lacks = text === undefined && needed !== "password";
    setMissing(lacks);
    if (lacks) {
      input.current?.focus();
      return;
    }
    setSent(true);
    onSubmit(
      needed === "passphrase"
        ? { passphrase: text ?? "" }
        : { secret: text ?? "", remember: remember && usable && text !== undefined },
    );
  };
  const refused = neededBy(error, needed) === needed && (error?.code === "auth_failed" || sent);
  return {
    input,
    remember: remember && usable,
    setRemember,
    send,
    typed: () => setMissing(false),
    wrong: missing
      ? t(`connections.missing_${needed}`)
      : refused
        ? error?.message
        : error?.code === "credential_needed"
          ? undefined
          : fieldError(error, needed),
  };
}

/** A question for a secret. */
export function CredentialDialog(props: CredentialDialogProps) {
  const { t } = useTranslation();
  const { needed, name, pending, error, keep, once = false } = props;
  const keychain = useKeychain(props.open && needed !== "passphrase" && keep !== "file" && !once);
  const usable = keep === "file" || keychain.words?.state === "available";
  const entering = useEntering(props, usable);
  const late = useLater(pending, LATE_MS);
  // The line about the keychain says what is the matter with it.
  const said = error?.code === "keychain" && keychain.words !== null && !usable;
  const other = error !== null && neededBy(error, needed) === null && !said ? error : null;
  return (
    <Dialog
      open={props.open}
      onOpenChange={(next) => !next && props.onCancel()}
      keepOnOutsidePress
      initialFocus={entering.input}
      title={t(`connections.ask_${needed}`, { name })}
      description={needed === "passphrase" ? t("connections.ask_passphrase_about") : props.place}
      footer={
        <>
          {(!pending || late) && <Button onClick={props.onCancel}>{t("action.cancel")}</Button>}
          <Button kind="primary" disabled={pending} onClick={entering.send}>
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
          if (!pending) entering.send();
        }}
      >
        <SecretInput
          key={needed}
          label={t(`connections.${needed}`)}
          input={entering.input}
          error={entering.wrong}
          disabled={pending}
          onTyped={entering.typed}
        />
        {needed !== "passphrase" && !once && (
          <Checkbox
            label={keep === "file" ? t("connections.remember_file") : t("connections.remember_keychain")}
            detail={usable ? undefined : t("connections.remember_not")}
            checked={entering.remember}
            disabled={!usable || pending}
            onChange={entering.setRemember}
          />
        )}
        <KeychainLine keychain={keychain} troubleOnly />
        {other !== null && <ErrorCard title={t("connections.not_opened", { name })} error={other} />}
      </form>
    </Dialog>
  );
}
