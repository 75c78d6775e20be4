// The frame around every screen (S3): sidebar, main, status line, and what lies above them.
// Holds no screen.
import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { ErrorBoundary } from "react-error-boundary";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/classes";
import { Banner, BannerAction } from "@/components/Notices";
import { useConnection } from "@/data/connection";
import { reconnectNow, useLiveChanges } from "@/data/live";
import { useProduction, useStartState } from "@/data/startState";
import { usualSecret } from "@/features/connections/values";
import { UnsavedBanner } from "@/features/unsaved/UnsavedBanner";
import { Broken } from "./Broken";
import { whenFree } from "./closeGuards";
import { KeychainBanner } from "./KeychainBanner";
import { LayerHost } from "./LayerHost";
import { useLayers } from "./layers";
import { useSequence, useShortcut } from "./shortcuts";
import { Sidebar } from "./Sidebar";
import { StatusLine } from "./StatusLine";
import { useStillHere } from "./stillHere";
import { useSwitchQuestion } from "./switching";

/** Sidebar, screen, status line. */
export function Shell() {
  const { t } = useTranslation();
  useLiveChanges();
  useStillHere();
  useGlobalShortcuts();
  const production = useProduction();
  const skip = () => document.querySelector<HTMLElement>("main")?.focus();
  return (
    <div
      className={cx(
        "grid h-full grid-cols-[14.25rem_minmax(0,1fr)] grid-rows-[minmax(0,1fr)_1.625rem]",
        // Room for the bar.
        production && "pt-[3px]",
      )}
    >
      <button
        type="button"
        onClick={skip}
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-control focus:bg-panel focus:px-3 focus:py-2"
      >
        {t("shell.skip")}
      </button>
      <Sidebar />
      <main
        tabIndex={-1}
        className="flex min-h-0 min-w-0 flex-col overflow-y-auto px-6 pt-5 pb-5 outline-none"
      >
        <Warnings />
        <LostBanner />
        <SignedOutBanner />
        <KeychainBanner />
        <UnsavedBanner />
        <ErrorBoundary FallbackComponent={Broken}>
          <Outlet />
        </ErrorBoundary>
      </main>
      <StatusLine />
      <LayerHost />
    </div>
  );
}

function LostBanner() {
  const { t } = useTranslation();
  const start = useStartState();
  const lost = useConnection(({ state }) => state === "reconnecting");
  if (!lost) return null;
  return (
    <Banner
      className="mb-4 shrink-0"
      actions={<BannerAction onClick={reconnectNow}>{t("lost.reconnect")}</BannerAction>}
    >
      {t("lost.banner", { name: start.data?.store.name ?? "" })}
    </Banner>
  );
}

/** The server takes the token no more: the way back is another one. */
function SignedOutBanner() {
  const { t } = useTranslation();
  const connection = useStartState().data?.store.connection;
  const refusal = useConnection(({ refusal }) => refusal);
  if (refusal === null) return null;
  const ask = () => {
    if (connection === null || connection === undefined) return;
    const needed = usualSecret(connection);
    // Why it is asked stands here already.
    whenFree(() => useSwitchQuestion.setState({ question: { connection, needed, error: null } }));
  };
  const again = connection?.kind === "server" ? "signed_out.again" : "signed_out.again_password";
  return (
    <Banner
      tone="bad"
      className="mb-4 shrink-0"
      actions={
        connection !== null &&
        connection !== undefined && <BannerAction onClick={ask}>{t(again)}</BannerAction>
      }
    >
      {t("signed_out.banner", { why: refusal.message })}
    </Banner>
  );
}

/** What must be known as long as this store is open; it cannot be sent away. */
function Warnings() {
  const store = useStartState().data?.store;
  const signedOut = useConnection(({ state }) => state === "signed_out");
  // What a server's warnings are about ended with the sign-in.
  if (signedOut && store?.connection?.kind === "server") return null;
  const warnings = store?.warnings ?? [];
  return warnings.map((words) => (
    <Banner key={words} className="mb-4 shrink-0">
      {words}
    </Banner>
  ));
}

function useGlobalShortcuts(): void {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const navigate = useNavigate();
  const client = useQueryClient();
  const createKey = () => open({ kind: "create-key" });
  const refresh = () => void client.invalidateQueries();
  useShortcut("N", t("shortcuts.create_key"), createKey);
  useShortcut("Mod+N", t("shortcuts.create_key"), createKey);
  useShortcut("F5", t("shortcuts.refresh"), refresh);
  useShortcut("Mod+R", t("shortcuts.refresh"), refresh);
  useShortcut("?", t("shortcuts.help"), () => open({ kind: "shortcuts" }));
  useSequence(["G", "K"], t("shortcuts.go_keys"), () => void navigate({ to: "/keys", search: {} }));
  useSequence(["G", "T"], t("shortcuts.go_tenants"), () => void navigate({ to: "/tenants", search: {} }));
  useSequence(["G", "R"], t("shortcuts.go_roles"), () => void navigate({ to: "/roles", search: {} }));
  useSequence(["G", "S"], t("shortcuts.go_security"), () => void navigate({ to: "/security", search: {} }));
  useSequence(["G", "O"], t("shortcuts.go_operators"), () => void navigate({ to: "/operators", search: {} }));
}
