// The card at the top of the sidebar: what is open and what it is for; pressed, it lists the saved
// connections to switch to, the way back to all of them, and the lock. Opens nothing itself.
import { ChevronsUpDown, LayoutList, Lock } from "lucide-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/Details";
import { Menu, type MenuAction } from "@/components/Menu";
import { Badge } from "@/components/StatusBadge";
import { toast } from "@/components/Toast";
import { useCloseStore, useLock, useStartState, useSwitch } from "@/data/startState";
import { CredentialDialog, neededBy, type Given } from "@/features/connections/CredentialDialog";
import { EnvironmentBadge, EnvironmentDot } from "@/features/connections/EnvironmentBadge";
import { useConnections } from "@/features/connections/useConnections";
import { hostOf, placeOf, usualSecret } from "@/features/connections/values";
import { signedInWords } from "@/features/operators/words";
import type { Connection } from "@/platform/connections";
import { asAdminError, type StoreState } from "@/platform/platform";
import { whenFree } from "./closeGuards";
import { useLayers } from "./layers";
import { chord, useShortcut } from "./shortcuts";
import { forgetSwitch, useSwitchQuestion } from "./switching";

/** As many connections have a number to press. */
const NUMBERED = 9;

/** What is open, and the ways away from it. */
export function Switcher() {
  const { t } = useTranslation();
  const store = useStartState().data?.store;
  const saved = useConnections().data?.connections ?? [];
  const closeStore = useCloseStore();
  const { switchTo, lock } = useLeaving();
  useShortcut("Mod+L", t("shell.lock"), lock, { always: true, enabled: store?.kind !== "sample" });
  if (store === undefined) return null;
  const current = store.connection?.id;
  const entries = saved.map((one, at) => entry(one, at, one.id === current));
  const ways: MenuAction[] = [
    {
      label: t("shell.all_connections"),
      icon: <LayoutList className="size-4" />,
      run: () => whenFree(() => closeStore.mutate()),
    },
  ];
  if (store.kind !== "sample") {
    ways.push({
      label: t("shell.lock"),
      icon: <Lock className="size-4" />,
      hint: <Kbd>{chord("Mod+L")}</Kbd>,
      run: lock,
    });
  }
  return (
    <>
      {saved.slice(0, NUMBERED).map((one, at) => (
        <Numbered
          key={one.id}
          connection={one}
          at={at}
          onSwitch={() => one.id !== current && switchTo(one)}
        />
      ))}
      <SecretQuestion onSwitch={switchTo} />
      <Menu align="start" className="w-96" trigger={<Card store={store} />} groups={[entries, ways]} />
    </>
  );

  function entry(one: Connection, at: number, isCurrent: boolean): MenuAction {
    return {
      label: one.name,
      detail: t(`shell.kind_${one.kind === "local" ? "local_named" : one.kind}`, { host: hostOf(one) }),
      icon: <EnvironmentDot environment={one.environment} />,
      current: isCurrent,
      hint: (
        <span className="flex items-center gap-2">
          <Purpose store={{ environment: one.environment }} />
          {at < NUMBERED && <Kbd>{chord(`Mod+${at + 1}`)}</Kbd>}
        </span>
      ),
      run: () => {
        if (!isCurrent) switchTo(one);
      },
    };
  }
}

/** What the program has to be told before it can switch; until then the store before stays open. */
function SecretQuestion({ onSwitch }: { onSwitch: (connection: Connection, given: Given) => void }) {
  const { t } = useTranslation();
  const question = useSwitchQuestion((now) => now.question);
  if (question === null) return null;
  const { connection, needed, error } = question;
  return (
    <CredentialDialog
      open
      needed={needed}
      name={connection.name}
      place={placeOf(connection)}
      keep={connection.keep}
      error={error}
      pending={false}
      submitWords={t("start.connect")}
      submittingWords={t("start.connecting")}
      onSubmit={(given) => {
        forgetSwitch();
        onSwitch(connection, given);
      }}
      onCancel={forgetSwitch}
    />
  );
}

/** Away from what is open, once nothing on the screen would be lost by it. */
function useLeaving() {
  const { t } = useTranslation();
  const open = useSwitch();
  const lockNow = useLock();
  const leave = (then: () => void) =>
    whenFree(() => {
      useLayers.getState().close();
      then();
    });
  return {
    switchTo: (connection: Connection, given: Given = {}) =>
      leave(
        () =>
          void open(connection, given).then((error) => {
            if (error === null) return;
            const needed = neededBy(error, usualSecret(connection));
            if (needed !== null) {
              useSwitchQuestion.setState({ question: { connection, needed, error } });
              return;
            }
            const title = t("shell.not_switched", { name: connection.name });
            toast.failed(title, { description: error.message });
          }),
      ),
    lock: () =>
      leave(
        () =>
          void lockNow().catch((thrown: unknown) =>
            toast.failed(t("shell.lock_failed"), { description: asAdminError(thrown).message }),
          ),
      ),
  };
}

/** One number key; a component, because each registers a shortcut. */
function Numbered({
  connection,
  at,
  onSwitch,
}: {
  connection: Connection;
  at: number;
  onSwitch: () => void;
}) {
  const { t } = useTranslation();
  useShortcut(`Mod+${at + 1}` as "Mod+1", t("shell.switch_to", { name: connection.name }), onSwitch, {
    always: true,
  });
  return null;
}

function Card({ store, ...trigger }: { store: StoreState } & ComponentProps<"button">) {
  const { t } = useTranslation();
  const { connection } = store;
  const kind = () => {
    if (connection === null || connection === undefined)
      return store.kind === "sample" ? t("shell.kind_sample") : t("shell.kind_local");
    if (connection.kind === "local") return t("shell.kind_local");
    return t(`shell.kind_${connection.kind}`, { host: hostOf(connection) });
  };
  const readOnly = typeof store.read_only === "string";
  return (
    <button
      type="button"
      {...trigger}
      className="flex items-center gap-2 rounded-table border border-line bg-panel px-2.5 py-2 text-left hover:border-line-strong"
    >
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate text-left font-semibold text-fg">
          {store.name}
        </span>
        <span className="block truncate text-tiny text-fg-2">{kind()}</span>
        {store.operator !== null && store.operator !== undefined && (
          <span dir="auto" className="block truncate text-left text-tiny text-fg-2">
            {signedInWords(store.operator)}
          </span>
        )}
        {(readOnly || (store.environment ?? "none") !== "none" || store.kind === "sample") && (
          <span className="mt-1 flex flex-wrap gap-1">
            <Purpose store={store} />
            {store.kind === "sample" && <Badge tone="info">{t("shell.sample_badge")}</Badge>}
            {readOnly && <Badge>{t("shell.read_only")}</Badge>}
          </span>
        )}
      </span>
      <ChevronsUpDown aria-hidden="true" className="size-4 shrink-0 text-fg-3" />
    </button>
  );
}

/** What it is for. Production is said in one short word, which everybody knows. */
function Purpose({ store }: { store: Pick<StoreState, "environment"> }) {
  const { t } = useTranslation();
  const environment = store.environment ?? "none";
  if (environment === "production") return <Badge tone="bad">{t("shell.badge_production")}</Badge>;
  return <EnvironmentBadge environment={environment} />;
}
