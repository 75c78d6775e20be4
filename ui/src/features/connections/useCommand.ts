// Runs a command whose request may carry a secret: nothing of the request is kept, unlike in a
// cache of mutations. What was forgotten or overtaken answers nobody. Holds no command.
import { useCallback, useRef, useState } from "react";
import { usePlatform } from "@/platform/context";
import { asAdminError, type AdminError, type CommandName, type DesktopCommands } from "@/platform/platform";

interface Running {
  pending: boolean;
  error: AdminError | null;
}

const IDLE: Running = { pending: false, error: null };

/** A command of the program: `run` answers nothing when it failed or was forgotten meanwhile. */
export function useCommand<C extends CommandName>(name: C) {
  const platform = usePlatform();
  const [state, setState] = useState(IDLE);
  const turn = useRef(0);
  const run = useCallback(
    async (request: DesktopCommands[C]["request"]): Promise<DesktopCommands[C]["answer"] | null> => {
      turn.current += 1;
      const mine = turn.current;
      setState({ pending: true, error: null });
      try {
        const answer = await platform.command(name, request);
        if (mine !== turn.current) return null;
        setState(IDLE);
        return answer;
      } catch (thrown) {
        if (mine === turn.current) setState({ pending: false, error: asAdminError(thrown) });
        return null;
      }
    },
    [platform, name],
  );
  const forget = useCallback(() => {
    turn.current += 1;
    setState(IDLE);
  }, []);
  return { ...state, run, forget };
}
