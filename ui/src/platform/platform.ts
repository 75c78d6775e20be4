// What the window can ask of the program around it, in types: operations, the reveal slot, the
// clipboard, the store. Two implementations: tauri.ts (the desktop) and fake/ (tests and mock).
// Holds no implementation.
import type { AdminError as WireError } from "@/generated/AdminError";
import type { Operations } from "@/generated/operations";
import type { OperatorRef } from "@/generated/OperatorRef";
import type { Connection, ConnectionCommands, Environment } from "@/platform/connections";

export type OperationName = keyof Operations;
export type Request<N extends OperationName> = Operations[N]["request"];
export type AnswerOf<N extends OperationName> = Operations[N]["answer"];

/** Every call rejects with this shape; match `code`, never the text. */
export type AdminError = WireError;

/** Where a fresh secret waits: a handle and the masked text, never the plaintext. */
export interface Reveal {
  handle: string;
  preview: string;
  /** Until when it can be confirmed, RFC 3339. */
  until: string;
}

/** In which form a secret is copied or saved. */
export type RevealFormat =
  "plain" | "curl" | "env" | "javascript" | "python" | "csharp" | "kubernetes" | "json" | "txt";

/** A key that was minted but never said to be saved, from the journal. */
export interface Unsaved {
  id: string;
  key_id?: string | null;
  name: string;
  tenant: string;
  operation: string;
  at: string;
}

/** What stands: nothing, a store on its way, one that is open, one that could not be opened, the lock. */
export interface StoreState {
  /** `opening`: the last store is being opened again; `store:changed` tells what came of it. */
  state: "none" | "opening" | "open" | "failed" | "locked";
  kind: "local" | "sample" | "connection";
  name: string;
  /** A file's path, or `user@host/database`. */
  path: string;
  /** The saved connection, where `kind` says so. */
  connection?: Connection | null;
  environment?: Environment;
  /** Why nothing can be changed here, as a sentence; null where changes are allowed. */
  read_only?: string | null;
  /** What the person should always see while this store is open. */
  warnings?: string[];
  /** As whom one is signed in on a server; null elsewhere. */
  operator?: Pick<OperatorRef, "name" | "role" | "expires_at"> | null;
  /** `PostgreSQL 15.18`, `Latchkey server 0.1.0`, once it is known. */
  engine?: string | null;
  /** Why it could not be opened. */
  error?: AdminError | null;
}

/** What is open when the window starts. */
export interface StartState {
  store: StoreState;
  unsaved: Unsaved[];
  version: string;
  /** The prefix that a new store is offered. */
  proposed_prefix: string;
  /** Whether there is a local store in the data folder; where that is not said, what stands tells. */
  local_exists?: boolean;
  /** What is the matter with the settings file, in words; shown as banners on the start page. */
  notices?: string[];
}

/** The commands beside operations. */
export interface DesktopCommands extends ConnectionCommands<StartState> {
  ui_ready: { request: Record<string, never>; answer: null };
  start_state: { request: Record<string, never>; answer: StartState };
  open_local_store: { request: { create: boolean; prefix?: string }; answer: StartState };
  open_sample_store: { request: Record<string, never>; answer: StartState };
  close_store: { request: Record<string, never>; answer: StartState | null };
  reveal_copy: {
    request: { handle: string; format: RevealFormat };
    /** `confirmed`: the store has acknowledged that the secret is saved. */
    answer: { copied: boolean; clears_in_s: number; concealed: boolean; confirmed: boolean };
  };
  reveal_save: {
    request: { handle: string; format: RevealFormat };
    answer: { saved: boolean; path?: string | null; warning?: string | null; confirmed: boolean };
  };
  reveal_show: { request: { handle: string }; answer: { plaintext: string } };
  reveal_confirm: { request: { handle: string }; answer: { confirmed: boolean } };
  reveal_drop: { request: { handle: string }; answer: null };
  discard_unsaved: { request: { id: string }; answer: null };
  clipboard_clear: { request: Record<string, never>; answer: null };
  close_window: { request: Record<string, never>; answer: null };
}

export type CommandName = keyof DesktopCommands;

/** What the program tells the window. */
export interface DesktopEvents {
  "clipboard:countdown": { seconds_left: number };
  "clipboard:cleared": unknown;
  "window:close_requested": unknown;
  /** What `start_state` answers is another now: opened, failed, closed, locked. Ask again. */
  "store:changed": unknown;
}

export interface CallOptions {
  /** The same for every try of one submission, so that a lost answer mints no second key. */
  idempotencyKey?: string;
}

/** The program around the window. */
export interface Platform {
  /** Performs an operation; rejects with an `AdminError`. */
  call<N extends OperationName>(name: N, request: Request<N>, options?: CallOptions): Promise<AnswerOf<N>>;
  /** Runs a command of the desktop; rejects with an `AdminError`. */
  command<C extends CommandName>(
    name: C,
    request: DesktopCommands[C]["request"],
  ): Promise<DesktopCommands[C]["answer"]>;
  /** Listens; the answer stops listening. */
  on<E extends keyof DesktopEvents>(event: E, hear: (payload: DesktopEvents[E]) => void): () => void;
}

/** Whatever was thrown, in the one shape of errors. */
export function asAdminError(thrown: unknown): AdminError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown) {
    return thrown as AdminError;
  }
  // The text may come from the engine and name anything; it is not shown.
  return { code: "internal", message: "Something went wrong in Latchkey. Copy the details and report it." };
}
