// The fake's connections: saved places, their secrets, a keychain that can be in every state, and
// databases that refuse in every way. Behaves plausibly, decides nothing. Never in the production bundle.
import type {
  Connection,
  ConnectionDraft,
  Connections,
  Found,
  KeychainStateName,
  KeychainWords,
  SecretChange,
} from "../connections";
import type { AdminError, StoreState } from "../platform";
import { fault } from "./world";

const KEYCHAIN: Record<KeychainStateName, [message: string, action: string | null]> = {
  available: ["Using GNOME Keyring.", null],
  no_service: [
    "No system keychain is running, so Latchkey asks for passwords each time. Install one (for example gnome-keyring) and press Retry.",
    "Retry",
  ],
  locked: ["The system keychain is locked.", "Unlock"],
  no_default_collection: [
    "Your keychain has no default keyring yet. Open “Passwords and Keys” and create one named Login, then press Retry.",
    "Retry",
  ],
  prompt_dismissed: ["Access was refused in the system prompt.", "Try again"],
  entry_gone: ["The system keychain has no password for this connection. Enter it.", "Enter the password"],
  ambiguous: [
    "The system keychain holds two entries for this connection, so Latchkey uses neither. Delete one in “Passwords and Keys”, or enter the password again to replace both.",
    "Enter the password",
  ],
  failed: ["The system keychain failed. Try again; the log says more.", "Try again"],
};

const STEPS: Found["steps"] = [
  { version: 1, name: "init", about: "Makes the tables for tenants, roles, keys and their audit." },
  { version: 2, name: "notes", about: "Lets every change be found again by its idempotency key." },
];

const ENGINE = {
  local: "SQLite 3.51.3",
  postgres: "PostgreSQL 15.18",
  server: "Latchkey server 0.1.0",
} satisfies Record<Connection["kind"], string>;

const PLACE = { port: 5432, schema: "latchkey", ca_file: null, client_certificate: null, client_key: null };

/** Three connections as people have them: production, staging, read-only. */
export function sampleConnections(now: number): Connection[] {
  const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  const shared = { kind: "postgres", ...PLACE, user: "dana", keep: "keychain" } as const;
  return [
    {
      ...shared,
      id: "6f1d0c1e-0000-4000-8000-000000000001",
      name: "Acme platform",
      environment: "production",
      host: "db.internal",
      database: "keys",
      encryption: "verify_full",
      read_only: false,
      lock_after_minutes: 15,
      last_used_at: ago(12),
    },
    {
      ...shared,
      id: "6f1d0c1e-0000-4000-8000-000000000002",
      name: "Acme staging",
      environment: "staging",
      host: "staging.db.internal",
      database: "keys",
      encryption: "require",
      read_only: false,
      lock_after_minutes: null,
      last_used_at: ago(60 * 27),
    },
    {
      ...shared,
      id: "6f1d0c1e-0000-4000-8000-000000000003",
      name: "Reporting",
      environment: "none",
      host: "127.0.0.1",
      database: "reporting",
      encryption: "off",
      keep: "session",
      read_only: true,
      lock_after_minutes: null,
      last_used_at: null,
    },
  ];
}

/** A server as people have it. */
export function sampleServer(now: number): Connection {
  return {
    kind: "server",
    url: "https://keys.acme.example",
    ca_file: null,
    id: "6f1d0c1e-0000-4000-8000-000000000009",
    name: "Acme keys",
    environment: "staging",
    keep: "keychain",
    read_only: false,
    lock_after_minutes: null,
    last_used_at: new Date(now - 40 * 60_000).toISOString(),
  };
}

/** Everything the fake knows of connections. */
export class FakeConnections {
  saved: Connection[] = [];
  file: Connections["file"] = { state: "ok", message: null };
  keychain: KeychainStateName = "available";
  /** What the keychain becomes when it is looked at again. */
  keychainAfterRetry: KeychainStateName = "available";
  encryptedFile: Connections["encrypted_file"] = "absent";
  passphrase = "";
  /** Secrets by connection, wherever they are kept. */
  secrets = new Map<string, string>();
  /** Connections whose secret was asked to be remembered when it was entered. */
  remembered = new Set<string>();
  /** What each database accepts; any secret where nothing is said. */
  accepted = new Map<string, string>();
  /** What opening, looking, setting up or testing is refused with, by connection. */
  refusals = new Map<string, AdminError>();
  /** Why the next secret is not kept although its connection is saved. */
  saveRefusal: AdminError | null = null;
  /** As whom one is signed in on every server. */
  operator: StoreState["operator"] = null;
  /** What is always said while a server is open. */
  warnings: string[] = [];
  chosenPath: string | null = "/etc/ssl/acme-ca.pem";
  private ids = 16;

  constructor(private readonly clock: () => number) {}

  list(): Connections {
    return { connections: this.saved, file: this.file, encrypted_file: this.encryptedFile };
  }

  find(id: string): Connection {
    const found = this.saved.find((one) => one.id === id);
    if (found === undefined)
      throw fault("not_found", "This connection does not exist, or you may not see it.");
    return found;
  }

  words(): KeychainWords {
    const [message, action] = KEYCHAIN[this.keychain];
    return { state: this.keychain, message, action };
  }

  retry(): KeychainWords {
    this.keychain = this.keychainAfterRetry;
    return this.words();
  }

  save(draft: ConnectionDraft, secret: SecretChange, passphrase?: string) {
    const taken = this.saved.some(
      (one) => one.id !== draft.id && one.name.toLowerCase() === draft.name.trim().toLowerCase(),
    );
    if (taken) throw fault("name_taken", "There is a connection with this name already.", "name");
    if (this.file.state === "damaged") throw fault("store_unusable", this.file.message ?? "");
    if (passphrase !== undefined && this.saveRefusal === null) this.openEncrypted(passphrase);
    const before = this.saved.find((one) => one.id === draft.id);
    this.ids += 1;
    const id = draft.id ?? `6f1d0c1e-0000-4000-8000-0000000000${this.ids}`;
    const connection: Connection = { ...draft, id, last_used_at: before?.last_used_at ?? null };
    this.saved = before
      ? this.saved.map((one) => (one === before ? connection : one))
      : [...this.saved, connection];
    if (secret.change === "clear") this.secrets.delete(id);
    const refused =
      this.saveRefusal ?? (secret.change === "set" ? this.remember(connection, secret.text) : null);
    this.saveRefusal = null;
    return { saved: id, connections: this.list(), secret_error: refused };
  }

  remember(connection: Connection, secret: string): AdminError | null {
    if (connection.keep === "keychain" && this.keychain !== "available") return this.keychainFault();
    this.secrets.set(connection.id, secret);
    return null;
  }

  remove(id: string) {
    this.saved = this.saved.filter((one) => one.id !== id);
    this.secrets.delete(id);
    return {
      connections: this.list(),
      secret_error: this.keychain === "available" ? null : this.keychainFault(),
    };
  }

  openEncrypted(passphrase: string): void {
    if (this.encryptedFile === "locked" && passphrase !== this.passphrase) {
      throw fault("auth_failed", "This passphrase does not open the encrypted file.", "passphrase");
    }
    this.passphrase = passphrase;
    this.encryptedFile = "open";
  }

  /** Everything that stands between a saved connection and its store. */
  enter(
    id: string,
    given: { secret?: string; remember?: boolean; passphrase?: string } = {},
    more: readonly string[] = [],
  ): Connection {
    const connection = this.find(id);
    if (connection.kind !== "local") this.credential(connection, given);
    const refusal = this.refusals.get(id);
    if (refusal !== undefined && !more.includes(refusal.code)) throw refusal;
    const used = { ...connection, last_used_at: new Date(this.clock()).toISOString() };
    this.saved = this.saved.map((one) => (one.id === id ? used : one));
    return used;
  }

  /** The store as the window is told about it. */
  storeOf(connection: Connection, state: StoreState["state"], error: AdminError | null = null): StoreState {
    const place =
      connection.kind === "postgres"
        ? `${connection.user}@${connection.host}/${connection.database}`
        : connection.kind === "server"
          ? connection.url
          : connection.path;
    const weak =
      connection.kind === "postgres" &&
      connection.encryption !== "verify_full" &&
      connection.host !== "127.0.0.1";
    return {
      state,
      kind: "connection",
      name: connection.name,
      path: place,
      connection,
      environment: connection.environment,
      read_only: connection.read_only ? "This connection is read-only." : null,
      warnings: weak ? ["Traffic to this database is not verified."] : this.warnings,
      operator: connection.kind === "server" ? this.operator : null,
      engine: ENGINE[connection.kind],
      error,
    };
  }

  look(id: string): Found {
    const older = this.refusals.get(id)?.code === "schema_older";
    return older ? { schema_version: 1, steps: STEPS.slice(1) } : { schema_version: null, steps: STEPS };
  }

  test(draft: ConnectionDraft, secret: SecretChange): { message: string; warnings: string[] } {
    const refusal = draft.id === null ? undefined : this.refusals.get(draft.id);
    if (refusal?.code === "store_empty") {
      return {
        message: "Connected to PostgreSQL 15.18 in 12 ms. This database has no Latchkey tables yet.",
        warnings: [],
      };
    }
    if (refusal !== undefined) throw refusal;
    const known = draft.id !== null && this.secrets.has(draft.id);
    if (draft.kind === "postgres" && secret.change !== "set" && !known) {
      throw fault("credential_needed", "Enter the password to test this connection.", "password");
    }
    return {
      message: "Connected to PostgreSQL 15.18 in 12 ms. 1,284 keys, schema version 2.",
      warnings: [],
    };
  }

  /** Reads a URL much as the program does. */
  readUrl(text: string) {
    const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
    if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
      throw fault("invalid", "This is no PostgreSQL URL. Write postgres://USER@HOST/DATABASE.", "url");
    }
    const asked = url.searchParams.get("sslmode");
    const here = url.hostname === "localhost" || url.hostname === "127.0.0.1";
    return {
      place: {
        ...PLACE,
        host: url.hostname,
        port: url.port === "" ? 5432 : Number(url.port),
        database: decodeURIComponent(url.pathname.slice(1)),
        user: decodeURIComponent(url.username),
        encryption: here ? ("off" as const) : ("verify_full" as const),
      },
      password: url.password === "" ? null : decodeURIComponent(url.password),
      notes:
        asked === null || asked === "verify-full"
          ? []
          : [
              `The URL asks for sslmode=${asked}. Latchkey verifies the server; choose otherwise under Encryption.`,
            ],
    };
  }

  private credential(
    connection: Connection,
    given: { secret?: string; remember?: boolean; passphrase?: string },
  ): void {
    const word = connection.kind === "server" ? "token" : "password";
    if (given.passphrase !== undefined) this.openEncrypted(given.passphrase);
    if (given.secret === undefined) {
      if (connection.keep === "keychain" && this.keychain !== "available") throw this.keychainFault();
      if (connection.keep === "file" && this.encryptedFile === "locked") {
        throw fault("credential_needed", "Enter the passphrase of the encrypted file.", "passphrase");
      }
    }
    const secret = given.secret ?? this.secrets.get(connection.id);
    if (secret === undefined || secret === "") {
      throw fault("credential_needed", `Enter the ${word} of “${connection.name}”.`, word);
    }
    const accepted = this.accepted.get(connection.id);
    if (accepted !== undefined && accepted !== secret) {
      throw fault("auth_failed", `The ${word} was not accepted.`, word);
    }
    // Memory of this session; kept beyond it only when the person said so.
    this.secrets.set(connection.id, secret);
    if (given.remember === true) this.remembered.add(connection.id);
  }

  private keychainFault(): AdminError {
    return fault("keychain", KEYCHAIN[this.keychain][0], this.keychain);
  }
}
