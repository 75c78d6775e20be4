// For tests of the reveal and of what opens it: the fake desktop, the providers, a fresh secret.
// Never in a bundle: only tests import it.
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { followCloseRequests } from "@/app/closeGuards";
import { ToastProvider } from "@/components/Toast";
import { createQueryClient } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { PlatformProvider } from "@/platform/context";
import { createFakePlatform, type FakePlatform } from "@/platform/fake";
import type { CommandName, DesktopCommands, Unsaved } from "@/platform/platform";
import { RevealDialog } from "./RevealDialog";
import { closeReveal, openReveal, revealOf } from "./reveal-state";

export interface Stage {
  platform: FakePlatform;
  client: QueryClient;
  /** Replaces what a command of the desktop does. */
  answer: <C extends CommandName>(
    name: C,
    how: (request: DesktopCommands[C]["request"]) => Promise<DesktopCommands[C]["answer"]>,
  ) => void;
  /** How often a command was given. */
  given: (name: CommandName) => number;
  key: (name: string) => KeyDetails;
}

/** Draws `children` and the reveal over the sample data; `unsaved` is what the journal holds. */
export function stage(children: ReactNode = null, unsaved: Unsaved[] = []): Stage {
  const platform = createFakePlatform({ store: "sample", unsaved });
  const client = createQueryClient();
  // What a test before left open. Its handle may be the same as one to come, so not on this platform.
  closeReveal(createFakePlatform());
  const plain = platform.command.bind(platform);
  const own = new Map<CommandName, (request: never) => Promise<unknown>>();
  const given: CommandName[] = [];
  platform.command = ((name: CommandName, request: never) => {
    given.push(name);
    return own.get(name)?.(request) ?? plain(name, request);
  }) as typeof platform.command;
  followCloseRequests(platform);
  render(
    <PlatformProvider value={platform}>
      <QueryClientProvider client={client}>
        <ToastProvider>
          {children}
          <RevealDialog />
        </ToastProvider>
      </QueryClientProvider>
    </PlatformProvider>,
  );
  return {
    platform,
    client,
    answer: (name, how) => own.set(name, how as (request: never) => Promise<unknown>),
    given: (name) => given.filter((one) => one === name).length,
    key: (name) => {
      const found = platform.world.keys.find((key) => key.name === name);
      if (found === undefined) throw new Error(`no sample key ${name}`);
      return platform.world.view(found);
    },
  };
}

/** Issues a key and opens its reveal; answers the plaintext, which only the fake knows. */
export async function issueAndReveal({ platform }: Stage): Promise<string> {
  const answer = await platform.call("keys.issue", { tenant: "acme", name: "Fresh", confirm: "later" });
  openReveal(platform, revealOf(answer, "issued"));
  const slot = platform.world.reveals.get(answer.reveal?.handle ?? "");
  if (slot === undefined) throw new Error("no reveal slot");
  return slot.text;
}
