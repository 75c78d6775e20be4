// Why a connection did not open, in words, with exactly one next step for each reason. A database that
// is empty or older has not failed: its step is offered. Takes no step itself.
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ErrorCard, OfferCard } from "@/components/Notices";
import { neededBy } from "@/features/connections/CredentialDialog";
import { keychainStateOf } from "@/features/connections/useKeychain";
import { secretContext, usualSecret } from "@/features/connections/values";
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
export function Failure(props: FailureProps) {
  const { code } = props.error;
  return code === "store_empty" || code === "schema_older" ? (
    <Offer {...props} found={code === "store_empty" ? "empty" : "older"} />
  ) : (
    <Refused {...props} />
  );
}

function Offer({ connection, steps, found }: FailureProps & { found: "empty" | "older" }) {
  const { t } = useTranslation();
  const step = found === "empty" ? steps.setUp : steps.update;
  if (connection.read_only) {
    return <OfferCard title={t(`start.${found}`)}>{t(`start.${found}_read_only`)}</OfferCard>;
  }
  return (
    <OfferCard
      title={t(`start.${found}`)}
      action={
        <Button size="compact" onClick={step}>
          {t(found === "empty" ? "start.set_up" : "start.update")}
        </Button>
      }
    >
      {t(`start.${found}_about`)}
    </OfferCard>
  );
}

function Refused({ connection, error, steps }: FailureProps) {
  const { t } = useTranslation();
  const { words, step } = useNextStep(connection, error, steps);
  const state = keychainStateOf(error);
  const asks = state === "entry_gone" || state === "ambiguous";
  return (
    <div className="flex flex-col gap-2">
      <ErrorCard
        title={t("connections.not_opened", { name: connection.name })}
        error={error}
        onRetry={step}
        retryWords={words}
      />
      {state !== null && !asks && (
        <Button kind="link" size="inline" className="self-start" onClick={steps.ask}>
          {t("start.password_instead", { context: secretContext(connection) })}
        </Button>
      )}
    </div>
  );
}

interface NextStep {
  words?: string;
  step?: () => void;
}

function useNextStep(connection: Connection, error: AdminError, steps: Steps): NextStep {
  const { t } = useTranslation();
  const needed = neededBy(error, usualSecret(connection));
  if (needed !== null) return { words: t(`start.enter_${needed}`), step: steps.ask };
  const keychain = keychainStateOf(error);
  if (keychain !== null) {
    const asks = keychain === "entry_gone" || keychain === "ambiguous";
    return {
      words: t(`keychain.action_${keychain}`, { context: secretContext(connection) }),
      step: asks ? steps.ask : steps.keychain,
    };
  }
  switch (error.code) {
    case "schema_newer":
      return {};
    case "tls_untrusted":
    case "invalid":
      return { words: t("start.edit_connection"), step: steps.edit };
    default:
      return { words: t("action.retry"), step: steps.again };
  }
}
