// Everything that is there once: providers, the gate between the start and the shell, the reveal,
// the lock, the answer to "the window wants to close". Holds no screen.
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useState } from "react";
import { ErrorBoundary } from "react-error-boundary";
import { Skeleton } from "@/components/Notices";
import { toast, ToastProvider } from "@/components/Toast";
import { TooltipProvider } from "@/components/Tooltip";
import { createQueryClient } from "@/data/queries";
import { askAgain, forgetStore, useStartState } from "@/data/startState";
import { useReadOnly, useRole } from "@/data/writes";
import { closeReveal } from "@/features/reveal/reveal-state";
import { RevealDialog } from "@/features/reveal/RevealDialog";
import { StartScreen } from "@/features/start/StartScreen";
import { PlatformProvider, usePlatform } from "@/platform/context";
import type { Platform, StoreState } from "@/platform/platform";
import { Broken } from "./Broken";
import { followCloseRequests } from "./closeGuards";
import { useLayers } from "./layers";
import { LockScreen } from "./LockScreen";
import { ProductionBar } from "./ProductionBar";
import { createAppRouter } from "./router";
import { forgetSwitch } from "./switching";

interface AppProps {
  platform: Platform;
}

/** The window's content. */
export function App({ platform }: AppProps) {
  const [client] = useState(createQueryClient);
  useEffect(() => {
    // Not requestAnimationFrame: it never fires while the window is still hidden.
    const timer = setTimeout(() => void platform.command("ui_ready", {}).catch(() => undefined), 0);
    return () => clearTimeout(timer);
  }, [platform]);
  useEffect(() => followCloseRequests(platform), [platform]);
  return (
    <ErrorBoundary FallbackComponent={Broken}>
      <CSPProvider disableStyleElements>
        <PlatformProvider value={platform}>
          <QueryClientProvider client={client}>
            <TooltipProvider delay={500}>
              <ToastProvider>
                <StoreGate />
                <RevealDialog />
              </ToastProvider>
            </TooltipProvider>
          </QueryClientProvider>
        </PlatformProvider>
      </CSPProvider>
    </ErrorBoundary>
  );
}

/** The start while no store is open, the shell while one is, the lock screen while it is locked. */
function StoreGate() {
  const start = useStartState();
  const [router] = useState(createAppRouter);
  const store = start.data?.store;
  const clean = useFollowStore(store);
  useEffect(() => {
    // Another store has other keys: its window does not begin at a page of the one before.
    if (store !== undefined && store.state !== "open")
      void router.navigate({ to: "/keys", search: {}, replace: true });
  }, [router, store]);
  if (start.data === undefined || store === undefined) {
    return start.error === null ? <Skeleton rows={3} /> : <StartScreen start={null} error={start.error} />;
  }
  const bar = store.environment === "production" && <ProductionBar />;
  if (store.state === "locked") {
    return (
      <>
        {bar}
        <LockScreen store={store} />
      </>
    );
  }
  if (store.state !== "open") return <StartScreen start={start.data} error={store.error ?? null} />;
  // Not before everything of another store is forgotten.
  if (!clean) return bar;
  return (
    <>
      {bar}
      {/* Another store: nothing of the one before stays mounted. */}
      <RouterProvider key={identityOf(store)} router={router} />
    </>
  );
}

function identityOf({ kind, connection }: StoreState): string {
  return `${kind} ${connection?.id ?? ""}`;
}

/**
 * Keeps what the window knows in step with which store stands, and forgets what belongs to one that is
 * left. Answers whether what is known is of the store that is open.
 */
function useFollowStore(store: StoreState | undefined): boolean {
  const platform = usePlatform();
  const client = useQueryClient();
  useEffect(() => platform.on("store:changed", () => void askAgain(client)), [platform, client]);
  const reason = store?.read_only ?? null;
  // Before anybody can press anything.
  useLayoutEffect(() => useReadOnly.setState({ reason }), [reason]);
  const role = store?.operator?.role ?? null;
  useLayoutEffect(() => useRole.setState({ role }), [role]);
  const open = store?.state === "open" ? identityOf(store) : null;
  const locked = store?.state === "locked";
  const [known, setKnown] = useState<string | null>(null);
  useLayoutEffect(() => {
    if (known === open) return;
    // A form that was open belongs to what was in sight; what a message offers, to the store before.
    useLayers.getState().close();
    if (known !== null) {
      toast.clear();
      forgetSwitch();
    }
    forgetStore(client);
    setKnown(open);
  }, [client, known, open]);
  useLayoutEffect(() => {
    if (!locked) return;
    // The program has forgotten the secret already, and whoever unlocks may be somebody else.
    closeReveal(platform);
    toast.clear();
  }, [platform, locked]);
  return known === open;
}
