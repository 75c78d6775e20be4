// Hands the platform to components. Holds no implementation.
import { createContext, useContext } from "react";
import type { Platform } from "./platform";

const PlatformContext = createContext<Platform | null>(null);

export const PlatformProvider = PlatformContext.Provider;

/** The program around the window. */
export function usePlatform(): Platform {
  const platform = useContext(PlatformContext);
  if (platform === null) throw new Error("no PlatformProvider above");
  return platform;
}
