// Why a connection did not open, in words, with exactly one next step for each reason.
// Takes no step itself.
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ErrorCard } from "@/components/Notices";
import { neededBy } from "@/features/connections/CredentialDialog";
import { keychainStateOf } from "@/features/connections/useKeychain";
import type { Connection } from "@/platform/connections";
import type { AdminError } from "@/platform/platform";

/** What can be done about it. */
interface Steps {
  again: () => void;
  ask: () => void;
  edit: () => void;
  setUp: () => void;
  update: () => void;
  /** Looks at the keychain again, then tries again. */
  keychain: () => void;
}

interface FailureProps {
  connection: Connection;
  error: AdminError;
  steps: Steps;
}

/** A card under the button. */
export function Failure({ connection, error, steps }: FailureProps) {
  const { t } = useTranslation();
  const { words, step, message } = useNextStep(connection, error, steps);
  const state = keychainStateOf(error);
  const asks = state === "entry_gone" || state === "ambiguous";
  return (
    <div className="flex flex-col gap-2">
      <ErrorCard
        title={t("connections.not_opened", { name: connection.name })}
        error={{ ...error, message: message ?? error.message }}
        onRetry={step}
        retryWords={words}
      />
      {state !== null && !asks && (
        <Button kind="link" size="inline" className="self-start" onClick={steps.ask}>
          {t("start.password_instead")}
        </Button>
      )}
    </div>
  );
}

interface NextStep {
  words?: string;
  step?: () => void;
  /** Said in place of the store's words, which are for the command line too. */
  message?: string;
}

function useNextStep(connection: Connection, error: AdminError, steps: Steps): NextStep {
  const { t } = useTranslation();
  const usual = connection.kind === "server" ? "token" : "password";
  const needed = neededBy(error, usual);
  if (needed !== null) return { words: t(`start.enter_${needed}`), step: steps.ask };
  const keychain = keychainStateOf(error);
  if (keychain !== null) {
    const asks = keychain === "entry_gone" || keychain === "ambiguous";
    return { words: t(`keychain.action_${keychain}`), step: asks ? steps.ask : steps.keychain };
  }
  switch (error.code) {
    case "store_empty":
      return connection.read_only
        ? { message: t("start.empty_read_only") }
        : { message: t("start.empty"), words: t("start.set_up"), step: steps.setUp };
    case "schema_older":
      return connection.read_only
        ? { message: t("start.older_read_only") }
        : { message: t("start.older"), words: t("start.update"), step: steps.update };
    case "schema_newer":
      return {};
    case "tls_untrusted":
    case "invalid":
      return { words: t("start.edit_connection"), step: steps.edit };
    default:
      return { words: t("action.retry"), step: steps.again };
  }
}
