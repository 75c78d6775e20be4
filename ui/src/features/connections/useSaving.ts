// What the connection sheet can do with what is typed: test it, save it. Reads the secrets from
// their controls when something is sent and never before. Holds no fields.
import { useCallback, useRef, useState } from "react";
import type { UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { ConnectionDraft, Connections, SecretChange } from "@/platform/connections";
import type { AdminError } from "@/platform/platform";
import type { SecretInputs } from "./SecretFields";
import { typedIn } from "./SecretInput";
import { useCommand } from "./useCommand";
import { useTakeConnections } from "./useConnections";
import { draftOf, type ConnectionValues } from "./values";

type TestAnswer = { message: string; warnings: string[] };

/** The secrets in their controls, and what becomes of them. */
function useSecrets(
  draft: ConnectionDraft,
  file: Connections["encrypted_file"],
  refuse: (error: AdminError) => void,
) {
  const { t } = useTranslation();
  const secret = useRef<HTMLInputElement | null>(null);
  const inputs: SecretInputs = { secret, passphrase: useRef(null), again: useRef(null) };
  const change = (values: ConnectionValues): SecretChange => {
    const text = typedIn(inputs.secret);
    if (values.kind === "local") return { change: "keep" };
    if (text !== undefined) return { change: "set", text };
    // Asked each time from now on: what was kept before has no business staying there.
    return values.keep === "session" && draft.keep !== "session" ? { change: "clear" } : { change: "keep" };
  };
  /** The passphrase to send; `false` when what was typed cannot be one. */
  const passphrase = (values: ConnectionValues): string | undefined | false => {
    if (values.keep !== "file" || values.kind === "local" || file === "open") return undefined;
    const text = typedIn(inputs.passphrase);
    const wrong = (field: string, message: string) => {
      refuse({ code: "invalid", field, message });
      return false as const;
    };
    if (text === undefined) return wrong("passphrase", t("connections.missing_passphrase"));
    if (file === "absent" && typedIn(inputs.again) !== text) {
      return wrong("passphrase_again", t("connections.passphrase_differs"));
    }
    return text;
  };
  /** Puts a password that came with a URL where one is typed. */
  const fill = (text: string) => {
    if (secret.current !== null) secret.current.value = text;
  };
  return { inputs, change, passphrase, fill };
}

/** What the form holds; nothing when something in it is missing, which is then said at its field. */
async function validValues(form: UseFormReturn<ConnectionValues>): Promise<ConnectionValues | null> {
  let found: ConnectionValues | null = null;
  await form.handleSubmit((values) => {
    found = values;
  })();
  return found;
}

/** Testing and saving. */
export function useSaving(
  form: UseFormReturn<ConnectionValues>,
  draft: ConnectionDraft,
  file: Connections["encrypted_file"],
) {
  const [local, setLocal] = useState<AdminError | null>(null);
  const secrets = useSecrets(draft, file, setLocal);
  const testing = useCommand("connection_test");
  const saving = useCommand("connection_save");
  const cancelling = useCommand("connection_cancel");
  const takeConnections = useTakeConnections();
  const [tested, setTested] = useState<TestAnswer | null>(null);
  /** Why the secret was not kept although the connection was saved. */
  const [secretError, setSecretError] = useState<AdminError | null>(null);
  const id = useRef(draft.id);
  const { forget: forgetTest } = testing;
  const forget = useCallback(() => {
    setTested(null);
    forgetTest();
  }, [forgetTest]);
  const valid = async (): Promise<ConnectionValues | null> => {
    setLocal(null);
    setSecretError(null);
    setTested(null);
    return validValues(form);
  };
  const tryOut = async () => {
    saving.forget();
    const values = await valid();
    if (values === null) return;
    const answer = await testing.run({
      connection: draftOf(values, id.current),
      secret: secrets.change(values),
    });
    if (answer !== null) setTested(answer);
  };
  const save = async (): Promise<string | null> => {
    testing.forget();
    const values = await valid();
    if (values === null) return null;
    const phrase = secrets.passphrase(values);
    if (phrase === false) return null;
    const answer = await saving.run({
      connection: draftOf(values, id.current),
      secret: secrets.change(values),
      ...(phrase === undefined ? {} : { passphrase: phrase }),
    });
    if (answer === null) return null;
    id.current = answer.saved;
    takeConnections(answer.connections);
    if (answer.secret_error !== null && answer.secret_error !== undefined) {
      setSecretError(answer.secret_error);
      return null;
    }
    return answer.saved;
  };
  return {
    inputs: secrets.inputs,
    fillSecret: secrets.fill,
    pending: saving.pending,
    /** Ends the waiting for a keychain; the connection is saved all the same. */
    cancelWaiting: () => void cancelling.run({}),
    /** What a field or the card shows. */
    refusal: local ?? saving.error ?? testing.error,
    secretError,
    tested,
    test: {
      pending: testing.pending,
      failed: testing.error !== null,
      forget,
      cancel: () => {
        testing.forget();
        void cancelling.run({});
      },
    },
    tryOut,
    save,
  };
}

export type Saving = ReturnType<typeof useSaving>;
