// Saved connections at the left, the chosen one at the right, and the questions that connecting
// raises above them. Runs what the person asks for.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { Banner, BannerAction, ErrorCard } from "@/components/Notices";
import { formError } from "@/data/errors";
import { CredentialDialog, neededBy, type Given, type Needed } from "@/features/connections/CredentialDialog";
import { duplicateOf, placeOf, secretContext, usualSecret } from "@/features/connections/values";
import type { Connection, Connections } from "@/platform/connections";
import type { AdminError, StartState } from "@/platform/platform";
import { ConnectionList } from "./ConnectionList";
import { Failure } from "./Failure";
import { firstSelected, idOfStore, localExists, placesOf, standing } from "./places";
import { RemoveDialog } from "./RemoveDialog";
import { StepsDialog } from "./StepsDialog";
import { ConnectionSummary, LocalSummary } from "./Summary";
import { LOCAL, type Connecting } from "./useConnecting";

interface ChooserProps {
  start: StartState;
  saved: Connections;
  connecting: Connecting;
  chosen: string | null;
  onChoose: (id: string) => void;
}

/** A question above the page, about a connection. */
type Question =
  | { kind: "credential"; connection: Connection; needed: Needed }
  | { kind: "remove"; connection: Connection }
  | { kind: "set_up" | "migrate"; connection: Connection };

/** What pressing something does: connect, or ask first. */
function useActs({ start, saved, connecting }: ChooserProps) {
  const [question, setQuestion] = useState<Question | null>(null);
  const openLayer = useLayers((layers) => layers.open);
  const find = (id: string) => saved.connections.find((one) => one.id === id) ?? null;
  const connect = async (id: string, by: Given | "keychain" = {}) => {
    const target = find(id);
    if (connecting.attempt?.pending === true) return;
    if (target === null) {
      if (localExists(start)) void connecting.openLocal(null);
      return;
    }
    const error = await (by === "keychain" ? connecting.connectByKeychain(id) : connecting.connect(id, by));
    if (error === undefined) return;
    const needed = neededBy(error, usualSecret(target));
    setQuestion(needed === null ? null : { kind: "credential", connection: target, needed });
  };
  const ask = (kind: "edit" | "duplicate" | "remove", target: Connection | null) => {
    if (target === null) return;
    if (kind === "remove") setQuestion({ kind, connection: target });
    else {
      const draft = kind === "edit" ? target : duplicateOf(target);
      openLayer({ kind: "connection", draft });
    }
  };
  return { find, connect, ask, question, setQuestion };
}

/** The list and what is chosen in it. */
export function Chooser(props: ChooserProps) {
  const { start, saved, connecting, chosen, onChoose } = props;
  const places = placesOf(saved.connections);
  const [initial] = useState(() => firstSelected(places, start));
  const selected = [chosen, initial].find((id) => places.some((place) => place.id === id)) ?? LOCAL;
  const { find, connect, ask, question, setQuestion } = useActs(props);
  const { attempt } = connecting;
  const connection = find(selected);
  const now = standing(selected, start, attempt);
  return (
    <>
      {/* Side by side, each scrolling by itself; one under the other where large text leaves no room. */}
      <div className="grid grid-cols-1 gap-4 @min-[38rem]:min-h-72 @min-[38rem]:flex-1 @min-[38rem]:grid-cols-[minmax(16rem,20rem)_minmax(0,1fr)]">
        <ConnectionList
          places={places}
          selected={selected}
          onSelect={onChoose}
          onConnect={(id) => void connect(id)}
          onEdit={(id) => ask("edit", find(id))}
          onRemove={(id) => ask("remove", find(id))}
        />
        {connection === null ? (
          <LocalPane start={start} connecting={connecting} />
        ) : (
          <ConnectionSummary
            key={connection.id}
            connection={connection}
            pending={now.pending}
            busy={attempt?.pending ?? false}
            failure={
              now.error !== null && (
                <ConnectionFailure
                  connection={connection}
                  error={now.error}
                  connect={(by) => void connect(connection.id, by)}
                  onQuestion={setQuestion}
                  onEdit={() => ask("edit", connection)}
                />
              )
            }
            onConnect={() => void connect(connection.id)}
            onCancel={connecting.cancel}
            onEdit={() => ask("edit", connection)}
            onDuplicate={() => ask("duplicate", connection)}
            onRemove={() => ask("remove", connection)}
          />
        )}
      </div>
      <Questions
        question={question}
        start={start}
        connecting={connecting}
        connect={(id, given) => void connect(id, given)}
        onClose={() => setQuestion(null)}
      />
    </>
  );
}

function LocalPane({ start, connecting }: Pick<ChooserProps, "start" | "connecting">) {
  const { t } = useTranslation();
  const { attempt } = connecting;
  const { pending, error } = standing(LOCAL, start, attempt);
  const told = idOfStore(start) === LOCAL;
  const fresh = !localExists(start);
  const failure = formError(error, ["prefix"]);
  return (
    <LocalSummary
      path={told ? start.store.path : null}
      fresh={fresh}
      proposed={start.proposed_prefix}
      pending={pending}
      busy={attempt?.pending ?? false}
      error={error}
      failure={
        failure !== undefined && (
          <ErrorCard
            title={t("start.failed_title")}
            error={failure}
            onRetry={() => void connecting.openLocal(null)}
          />
        )
      }
      onOpen={(prefix) => void connecting.openLocal(prefix)}
      onCancel={connecting.cancel}
    />
  );
}

interface ConnectionFailureProps {
  connection: Connection;
  error: AdminError;
  connect: (by?: "keychain") => void;
  onQuestion: (question: Question) => void;
  onEdit: () => void;
}

function ConnectionFailure({ connection, error, connect, onQuestion, onEdit }: ConnectionFailureProps) {
  const usual = usualSecret(connection);
  return (
    <Failure
      connection={connection}
      error={error}
      steps={{
        again: () => connect(),
        ask: () => onQuestion({ kind: "credential", connection, needed: neededBy(error, usual) ?? usual }),
        edit: onEdit,
        setUp: () => onQuestion({ kind: "set_up", connection }),
        update: () => onQuestion({ kind: "migrate", connection }),
        keychain: () => connect("keychain"),
      }}
    />
  );
}

interface QuestionsProps {
  question: Question | null;
  start: StartState;
  connecting: Connecting;
  connect: (id: string, given: Given) => void;
  onClose: () => void;
}

function Questions({ question, start, connecting, connect, onClose }: QuestionsProps) {
  const { t } = useTranslation();
  const { attempt } = connecting;
  /** Why the secret of one that was removed is still saved, in words. */
  const [removed, setRemoved] = useState<string | null>(null);
  const connection = question?.connection;
  const now = attempt !== null && attempt.of === connection?.id ? attempt : null;
  return (
    <>
      {removed !== null && (
        <Banner actions={<BannerAction onClick={() => setRemoved(null)}>{t("action.dismiss")}</BannerAction>}>
          {removed}
        </Banner>
      )}
      {question?.kind === "credential" && (
        <CredentialDialog
          open
          needed={question.needed}
          name={question.connection.name}
          place={placeOf(question.connection)}
          keep={question.connection.keep}
          error={now?.error ?? null}
          pending={now?.pending ?? false}
          submitWords={t("start.connect")}
          submittingWords={t("start.connecting")}
          onSubmit={(given) => connect(question.connection.id, given)}
          onCancel={() => {
            if (now?.pending === true) connecting.cancel();
            onClose();
          }}
        />
      )}
      {question?.kind === "remove" && (
        <RemoveDialog
          connection={question.connection}
          onClose={onClose}
          onRemoved={(secretError) => {
            const context = secretContext(question.connection);
            setRemoved(
              secretError === null
                ? null
                : t("start.secret_not_removed", { why: secretError.message, context }),
            );
            connecting.forget();
            onClose();
          }}
        />
      )}
      {(question?.kind === "set_up" || question?.kind === "migrate") && (
        <StepsDialog
          connection={question.connection}
          what={question.kind}
          proposed={start.proposed_prefix}
          pending={now?.pending ?? false}
          error={now?.what === question.kind ? now.error : null}
          onGo={(prefix) =>
            void (question.kind === "set_up"
              ? connecting.setUp(question.connection.id, prefix)
              : connecting.migrate(question.connection.id))
          }
          onClose={onClose}
          onCancel={() => {
            connecting.cancel();
            onClose();
          }}
        />
      )}
    </>
  );
}
