// Whether the reveal shows a customer's key or an operator's token: the words differ, nothing else does.
// Holds no words.
import { createContext, useContext } from "react";
import { isReserved } from "@/features/operators/reserved";
import type { OpenReveal } from "./reveal-state";

/** The context of the words: `token`, or nothing for a key. */
export type What = "token" | undefined;

const WhatContext = createContext<What>(undefined);

export const WhatProvider = WhatContext.Provider;

/** What is shown here. */
export function useWhat(): What {
  return useContext(WhatContext);
}

/** What a reveal shows: tokens belong to the reserved tenant. */
export function whatOf(shown: OpenReveal): What {
  return isReserved({ slug: shown.tenant }) ? "token" : undefined;
}
