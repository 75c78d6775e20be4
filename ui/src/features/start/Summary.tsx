// The chosen connection at the right of the start page: what it is, Connect, and what became of
// connecting. Opens nothing itself.
import { Copy, Pencil, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { PropertyList } from "@/components/Details";
import { Field } from "@/components/Field";
import { Banner } from "@/components/Notices";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge } from "@/components/StatusBadge";
import { TextInput } from "@/components/TextInput";
import { fieldError } from "@/data/errors";
import { EnvironmentBadge } from "@/features/connections/EnvironmentBadge";
import { useLater } from "@/features/connections/useLater";
import { placeOf, weakness } from "@/features/connections/values";
import { t as words } from "@/i18n";
import type { Connection } from "@/platform/connections";
import type { AdminError } from "@/platform/platform";

const LATE_MS = 2000;

interface ConnectProps {
  words: string;
  /** Being opened now. */
  pending: boolean;
  /** Another one is being opened. */
  busy: boolean;
  onConnect: () => void;
  onCancel: () => void;
  /** Offered beside Connect while nothing is under way. */
  children?: ReactNode;
}

/** Connect; "Connecting…", with a way out when it lasts. */
function ConnectRow({ words, pending, busy, onConnect, onCancel, children }: ConnectProps) {
  const { t } = useTranslation();
  const late = useLater(pending, LATE_MS);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Button kind="primary" disabled={pending || busy} onClick={onConnect}>
          {pending ? t("start.connecting") : words}
        </Button>
        {late && <Button onClick={onCancel}>{t("action.cancel")}</Button>}
        {!pending && children}
      </div>
      <p role="status" className={late ? "m-0 text-meta text-fg-2" : "sr-only"}>
        {late ? t("start.connecting_late") : pending ? t("start.connecting") : ""}
      </p>
    </div>
  );
}

interface ConnectionSummaryProps {
  connection: Connection;
  pending: boolean;
  busy: boolean;
  /** What became of connecting. */
  failure: ReactNode;
  onConnect: () => void;
  onCancel: () => void;
  onEdit: () => void;
  onDuplicate: () => void;
  onRemove: () => void;
}

/** A saved connection. */
export function ConnectionSummary({ connection, failure, ...props }: ConnectionSummaryProps) {
  const { t } = useTranslation();
  const weak =
    connection.kind === "postgres" ? weakness({ ...connection, environment: connection.environment }) : null;
  return (
    <Pane
      title={connection.name}
      badges={
        <>
          <EnvironmentBadge environment={connection.environment} />
          {connection.read_only && <Badge>{t("connections.read_only")}</Badge>}
        </>
      }
    >
      <ConnectRow
        words={t("start.connect")}
        pending={props.pending}
        busy={props.busy}
        onConnect={props.onConnect}
        onCancel={props.onCancel}
      >
        <Button onClick={props.onEdit}>
          <Pencil aria-hidden="true" className="size-4" />
          {t("start.edit")}
        </Button>
        <Button onClick={props.onDuplicate}>
          <Copy aria-hidden="true" className="size-4" />
          {t("start.duplicate")}
        </Button>
        <Button kind="quiet" className="text-bad hover:bg-bad-tint hover:text-bad" onClick={props.onRemove}>
          <Trash2 aria-hidden="true" className="size-4" />
          {t("start.remove")}
        </Button>
      </ConnectRow>
      {failure}
      <PropertyList items={propertiesOf(connection)} />
      {weak !== null && <Banner>{weak}</Banner>}
    </Pane>
  );
}

interface LocalSummaryProps {
  /** Where it lies; nothing where that is not known. */
  path: string | null;
  /** There is none yet: opening makes it, with the prefix that is chosen here. */
  fresh: boolean;
  proposed: string;
  pending: boolean;
  busy: boolean;
  error: AdminError | null;
  failure: ReactNode;
  onOpen: (prefix: string | null) => void;
  onCancel: () => void;
}

/** The store of the data folder. */
export function LocalSummary({ path, fresh, proposed, error, failure, ...props }: LocalSummaryProps) {
  const { t } = useTranslation();
  const [prefix, setPrefix] = useState(proposed);
  const open = () => props.onOpen(fresh ? prefix.trim() : null);
  return (
    <Pane title={t("start.local_name")} badges={null}>
      <p className="m-0 text-fg-2">{t("start.local_about")}</p>
      {path !== null && !fresh && (
        <PropertyList items={[{ label: t("connections.path"), value: <Path>{path}</Path> }]} />
      )}
      {fresh && (
        <PrefixField
          prefix={prefix}
          onChange={setPrefix}
          onEnter={open}
          error={fieldError(error, "prefix")}
        />
      )}
      <ConnectRow
        words={fresh ? t("start.create_local") : t("start.open_local")}
        pending={props.pending}
        busy={props.busy}
        onConnect={open}
        onCancel={props.onCancel}
      />
      {failure}
    </Pane>
  );
}

interface PrefixFieldProps {
  prefix: string;
  onChange: (prefix: string) => void;
  onEnter: () => void;
  error: string | undefined;
  disabled?: boolean;
}

/** With what the keys of a new store begin. */
export function PrefixField({ prefix, onChange, onEnter, error, disabled = false }: PrefixFieldProps) {
  const { t } = useTranslation();
  return (
    <Field
      label={t("start.prefix")}
      description={t("start.prefix_about", { prefix: prefix.trim() || "acme" })}
      error={error}
    >
      <TextInput
        value={prefix}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && onEnter()}
      />
    </Field>
  );
}

function Pane({ title, badges, children }: { title: string; badges: ReactNode; children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="flex min-h-0 min-w-0 flex-col gap-4 overflow-y-auto rounded-table border border-line bg-panel p-5"
    >
      <div className="flex min-w-0 flex-wrap items-center gap-2">
        <h2 dir="auto" className="m-0 min-w-0 text-left text-title break-words">
          {title}
        </h2>
        {badges}
      </div>
      {children}
    </section>
  );
}

function Path({ children }: { children: string }) {
  return <span className="secret-text text-meta break-all">{children}</span>;
}

function propertiesOf(connection: Connection) {
  const items: { label: string; value: ReactNode }[] = [
    { label: words("connections.kind"), value: words(`connections.kind_${connection.kind}`) },
    { label: words("connections.where"), value: <Path>{placeOf(connection)}</Path> },
  ];
  if (connection.kind === "postgres") {
    items.push({
      label: words("connections.encryption"),
      value: words(`connections.encryption_${connection.encryption}`),
    });
  }
  if (connection.kind !== "local") {
    items.push({
      label: words(connection.kind === "server" ? "connections.token" : "connections.password"),
      value: words(`connections.kept_${connection.keep}`),
    });
  }
  if (connection.lock_after_minutes !== null) {
    items.push({
      label: words("connections.lock_short"),
      value: words("connections.minutes", { count: connection.lock_after_minutes }),
    });
  }
  items.push({
    label: words("start.last_used"),
    value: <RelativeTime at={connection.last_used_at} none={words("start.never_used")} />,
  });
  return items;
}
