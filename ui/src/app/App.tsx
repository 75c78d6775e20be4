// Everything that is there once: providers, the gate between the start and the shell, the reveal,
// the answer to "the window wants to close". Holds no screen.
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ErrorBoundary } from "react-error-boundary";
import { Skeleton } from "@/components/Notices";
import { ToastProvider } from "@/components/Toast";
import { TooltipProvider } from "@/components/Tooltip";
import { createQueryClient } from "@/data/queries";
import { useStartState } from "@/data/startState";
import { RevealDialog } from "@/features/reveal/RevealDialog";
import { StartScreen } from "@/features/start/StartScreen";
import { PlatformProvider } from "@/platform/context";
import type { Platform } from "@/platform/platform";
import { Broken } from "./Broken";
import { followCloseRequests } from "./closeGuards";
import { createAppRouter } from "./router";

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

/** The start while no store is open, the shell while one is. */
function StoreGate() {
  const start = useStartState();
  const [router] = useState(createAppRouter);
  const state = start.data?.store.state;
  useEffect(() => {
    // Another store has other keys: its window does not begin at a page of the one before.
    if (state !== undefined && state !== "open")
      void router.navigate({ to: "/keys", search: {}, replace: true });
  }, [router, state]);
  if (start.data === undefined) {
    return start.error === null ? <Skeleton rows={3} /> : <StartScreen start={null} error={start.error} />;
  }
  if (start.data.store.state !== "open") {
    return <StartScreen start={start.data} error={start.data.store.error ?? null} />;
  }
  return <RouterProvider router={router} />;
}
