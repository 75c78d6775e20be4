// The connection form's values, and how they become a connection and back. What may stand in a
// field is Rust's; here is only what is missing. Holds no secret.
import { z } from "zod";
import { t as words } from "@/i18n";
import type {
  Connection,
  ConnectionDraft,
  ConnectionKind,
  Encryption,
  Environment,
  Keep,
} from "@/platform/connections";

/** What is typed, as text. Named like the fields that Rust's refusals name. */
export interface ConnectionValues {
  name: string;
  environment: Environment;
  kind: ConnectionKind["kind"];
  path: string;
  host: string;
  port: string;
  database: string;
  user: string;
  schema: string;
  encryption: Encryption;
  ca_file: string;
  client_certificate: string;
  client_key: string;
  url: string;
  keep: Keep;
  read_only: boolean;
  lock_after_minutes: string;
}

/** The fields at which a refusal is shown. */
export const FIELDS = [
  "name",
  "path",
  "host",
  "port",
  "database",
  "user",
  "schema",
  "encryption",
  "ca_file",
  "client_certificate",
  "client_key",
  "url",
  "lock_after_minutes",
  "password",
  "token",
  "passphrase",
];

const PORT = 5432;
const SCHEMA = "latchkey";
const MOST_MINUTES = 1440;

/** Whether nothing leaves this computer on the way to `host`. */
function staysHere(host: string): boolean {
  return /^(\/.*|localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host.trim());
}

/** What a person gets who chooses nothing. */
export function usualEncryption(host: string): Encryption {
  return staysHere(host) ? "off" : "verify_full";
}

/** Nothing filled in. */
export function newDraft(kind: ConnectionKind["kind"]): ConnectionDraft {
  const settings = {
    id: null,
    name: "",
    environment: "none",
    keep: "keychain",
    read_only: false,
    lock_after_minutes: null,
  } as const;
  if (kind === "local") return { ...settings, keep: "session", kind, path: "" };
  if (kind === "server") return { ...settings, kind, url: "" };
  return {
    ...settings,
    kind,
    host: "",
    port: PORT,
    database: "",
    user: "",
    schema: SCHEMA,
    encryption: "verify_full",
  };
}

/** Another connection like this one, without its secret. */
export function duplicateOf(connection: Connection): ConnectionDraft {
  const { last_used_at: _used, ...rest } = connection;
  return { ...rest, id: null, name: words("connections.copy_of", { name: connection.name }) };
}

/** What stands in the form at first. */
export function valuesOf(draft: ConnectionDraft): ConnectionValues {
  const place = draft.kind === "postgres" ? draft : null;
  return {
    name: draft.name,
    environment: draft.environment,
    kind: draft.kind,
    path: draft.kind === "local" ? draft.path : "",
    host: place?.host ?? "",
    port: String(place?.port ?? PORT),
    database: place?.database ?? "",
    user: place?.user ?? "",
    schema: place?.schema ?? SCHEMA,
    encryption: place?.encryption ?? "verify_full",
    ca_file: (draft.kind === "local" ? null : draft.ca_file) ?? "",
    client_certificate: place?.client_certificate ?? "",
    client_key: place?.client_key ?? "",
    url: draft.kind === "server" ? draft.url : "",
    keep: draft.keep,
    read_only: draft.read_only,
    lock_after_minutes: draft.lock_after_minutes === null ? "" : String(draft.lock_after_minutes),
  };
}

/** The connection that the form describes. */
export function draftOf(values: ConnectionValues, id: string | null): ConnectionDraft {
  const file = (path: string) => (path.trim() === "" ? null : path.trim());
  const minutes = values.lock_after_minutes.trim();
  const settings = {
    id,
    name: values.name.trim(),
    environment: values.environment,
    read_only: values.read_only,
    lock_after_minutes: minutes === "" ? null : Number(minutes),
  };
  if (values.kind === "local")
    return { ...settings, keep: "session", kind: "local", path: values.path.trim() };
  if (values.kind === "server") {
    const ca_file = file(values.ca_file);
    return { ...settings, keep: values.keep, kind: "server", url: values.url.trim(), ca_file };
  }
  return {
    ...settings,
    keep: values.keep,
    kind: "postgres",
    host: values.host.trim(),
    port: Number(values.port),
    database: values.database.trim(),
    user: values.user.trim(),
    schema: values.schema.trim(),
    encryption: values.encryption,
    ca_file: file(values.ca_file),
    client_certificate: file(values.client_certificate),
    client_key: file(values.client_key),
  };
}

/** What is missing, or cannot be sent. */
export const schema = z.custom<ConnectionValues>().superRefine((values, context) => {
  const wrong = (field: keyof ConnectionValues, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (values.name.trim() === "") wrong("name", words("connections.missing_name"));
  const minutes = values.lock_after_minutes.trim();
  if (
    minutes !== "" &&
    !(/^\d{1,4}$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= MOST_MINUTES)
  )
    wrong("lock_after_minutes", words("connections.wrong_minutes"));
  if (values.kind === "local" && values.path.trim() === "") wrong("path", words("connections.missing_path"));
  if (values.kind === "server" && values.url.trim() === "") wrong("url", words("connections.missing_url"));
  if (values.kind !== "postgres") return;
  if (values.host.trim() === "") wrong("host", words("connections.missing_host"));
  if (values.database.trim() === "") wrong("database", words("connections.missing_database"));
  if (values.user.trim() === "") wrong("user", words("connections.missing_user"));
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) < 1 || Number(values.port) > 65_535)
    wrong("port", words("connections.wrong_port"));
});

/** Why the line of these values is weak; nothing when it is not. */
export function weakness(
  values: Pick<ConnectionValues, "kind" | "host" | "encryption" | "environment">,
): string | null {
  if (values.kind !== "postgres" || values.encryption === "verify_full" || staysHere(values.host))
    return null;
  if (values.environment === "production") return words("connections.weak_production");
  return values.encryption === "off" ? words("connections.weak_off") : words("connections.weak_require");
}

/** What is asked for where a connection's secret is not known. */
export function usualSecret({ kind }: Pick<Connection, "kind">): "password" | "token" {
  return kind === "server" ? "token" : "password";
}

/** The context of words about that secret: `token`, or nothing for a password. */
export function secretContext(connection: Pick<Connection, "kind">): "token" | undefined {
  return usualSecret(connection) === "token" ? "token" : undefined;
}

/** Where a connection leads: `user@host/database`, a file, an address. */
export function placeOf(connection: ConnectionDraft | Connection): string {
  if (connection.kind === "local") return connection.path;
  if (connection.kind === "server") return connection.url;
  const { host, port, user, database } = connection;
  const server = host.includes(":") ? `[${host}]` : host;
  return `${user}@${server}${port === PORT ? "" : `:${port}`}/${database}`;
}

/** The host, the file or the address alone, for the list. */
export function hostOf(connection: Connection): string {
  if (connection.kind === "server" && URL.canParse(connection.url)) return new URL(connection.url).host;
  return connection.kind === "postgres" ? connection.host : placeOf(connection);
}
