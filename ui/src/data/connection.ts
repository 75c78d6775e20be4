// What is known about the line to the store: whether it answers, how fast, how often it was tried.
// Holds no calls.
import { create } from "zustand";

interface Connection {
  state: "connecting" | "connected" | "reconnecting";
  /** How often it was tried since it was lost. */
  tries: number;
  /** The last answer's time in milliseconds. */
  latencyMs: number | null;
  measured: (ms: number) => void;
  answered: () => void;
  lost: () => void;
}

/** The line to the store. */
export const useConnection = create<Connection>((set) => ({
  state: "connecting",
  tries: 0,
  latencyMs: null,
  measured: (ms) => set({ latencyMs: Math.max(1, Math.round(ms)), state: "connected", tries: 0 }),
  answered: () => set((now) => (now.state === "connected" ? now : { state: "connected", tries: 0 })),
  lost: () => set((now) => ({ state: "reconnecting", tries: now.tries + 1 })),
}));
