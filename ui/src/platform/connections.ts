// What the window can ask about saved connections, the keychain and the lock, in types. Spelt as on
// the wire (crates/latchkey-connections, src-tauri). Holds no implementation.
import type { AdminError } from "@/generated/AdminError";

export type Environment = "none" | "development" | "staging" | "production";
export type Encryption = "verify_full" | "require" | "off";
/** Where a connection's secret is kept: system keychain, this session's memory, the encrypted file. */
export type Keep = "keychain" | "session" | "file";

/** A PostgreSQL database and how it is reached, without the password. */
export interface PostgresPlace {
  host: string;
  port: number;
  database: string;
  user: string;
  schema: string;
  encryption: Encryption;
  ca_file?: string | null;
  client_certificate?: string | null;
  client_key?: string | null;
}

export type ConnectionKind =
  | { kind: "local"; path: string }
  | ({ kind: "postgres" } & PostgresPlace)
  | { kind: "server"; url: string; ca_file?: string | null };

interface Settings {
  name: string;
  environment: Environment;
  keep: Keep;
  read_only: boolean;
  lock_after_minutes: number | null;
}

/** A saved connection: everything but its secret. */
export type Connection = Settings & { id: string; last_used_at: string | null } & ConnectionKind;

/** The same before it is saved: a new one has no id yet. */
export type ConnectionDraft = Settings & { id: string | null } & ConnectionKind;

/** What becomes of the secret when a connection is saved or tested. */
export type SecretChange = { change: "keep" } | { change: "set"; text: string } | { change: "clear" };

export type KeychainStateName =
  | "available"
  | "no_service"
  | "locked"
  | "no_default_collection"
  | "prompt_dismissed"
  | "entry_gone"
  | "ambiguous"
  | "failed";

/** A state of the keychain, what a person reads, and the one thing to press. */
export interface KeychainWords {
  state: KeychainStateName;
  message: string;
  action: string | null;
}

/** Everything that is saved. */
export interface Connections {
  connections: Connection[];
  /** Whether connections.json can be read and written; the words say what to do. */
  file: { state: "ok" | "damaged" | "unwritable" | "loose"; message: string | null };
  /** Whether there is an encrypted file, and whether its passphrase was given. */
  encrypted_file: "absent" | "locked" | "open";
}

/** Steps of the schema that are still to come; none of them is ever taken unasked. */
export interface Found {
  schema_version: number | null;
  steps: { version: number; name: string; about: string }[];
}

export interface ConnectionCommands<StartState> {
  connections_list: { request: Record<string, never>; answer: Connections };
  connection_save: {
    request: { connection: ConnectionDraft; secret: SecretChange; passphrase?: string };
    /** `secret_error`: the connection is saved, its secret is not; why, and in which keychain state. */
    answer: { saved: string; connections: Connections; secret_error?: AdminError | null };
  };
  connection_remove: {
    request: { id: string };
    answer: { connections: Connections; secret_error?: AdminError | null };
  };
  /** Reads a pasted URL; `notes` say what was not followed. */
  connection_read_url: {
    request: { text: string };
    answer: { place: PostgresPlace; password: string | null; notes: string[] };
  };
  connection_test: {
    request: { connection: ConnectionDraft; secret: SecretChange };
    answer: { message: string; warnings: string[] };
  };
  /** Rejects with `credential_needed` (field `password`, `token` or `passphrase`), `keychain`,
   * `store_empty`, `schema_older`, `schema_newer`, `auth_failed`, `tls_untrusted`, `unreachable` … */
  connection_open: {
    request: { id: string; secret?: string; remember?: boolean; passphrase?: string };
    answer: StartState;
  };
  /** Ends the waiting for an opening, test, look, set-up or migration that is under way: that call rejects with
   * `busy` ("Cancelled."), and what it opens late is closed. A set-up or migration itself goes on to its end. */
  connection_cancel: { request: Record<string, never>; answer: null };
  connection_look: { request: { id: string }; answer: Found };
  connection_set_up: { request: { id: string; prefix: string }; answer: StartState };
  connection_migrate: { request: { id: string }; answer: StartState };
  keychain_state: { request: Record<string, never>; answer: KeychainWords };
  /** Looks again: after the service was started or the keyring unlocked (the system may ask). */
  keychain_retry: { request: Record<string, never>; answer: KeychainWords };
  /** Makes the encrypted file, or opens it. */
  encrypted_file_open: { request: { passphrase: string }; answer: Connections };
  choose_file: {
    request: { what: "store" | "new_store" | "ca" | "certificate" | "key" };
    answer: { path: string | null };
  };
  /** Drops pool and credentials. */
  lock: { request: Record<string, never>; answer: StartState };
  unlock: { request: { secret?: string; passphrase?: string }; answer: StartState };
  /** The person is here: idle time begins anew. At most twice a minute. */
  still_here: { request: Record<string, never>; answer: null };
}
