// What switching to another connection still needs: the secret that the program has not got. Outlives the
// shell, which is not there while another store is asked. Holds no secret.
import { create } from "zustand";
import type { Needed } from "@/features/connections/CredentialDialog";
import type { Connection } from "@/platform/connections";
import type { AdminError } from "@/platform/platform";

/** The question that is due. */
interface SwitchQuestion {
  connection: Connection;
  needed: Needed;
  error: AdminError | null;
}

/** The question above the shell that stayed, if there is one. */
export const useSwitchQuestion = create<{ question: SwitchQuestion | null }>(() => ({ question: null }));

/** Nothing is asked any more. */
export function forgetSwitch(): void {
  useSwitchQuestion.setState({ question: null });
}
