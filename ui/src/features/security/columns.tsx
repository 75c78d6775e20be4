// The columns of the security events: what happened, with whose key, from where, how often, when.
// Holds no list.
import { Link } from "@tanstack/react-router";
import { Gauge, KeyRound, ShieldX, Waypoints, type LucideIcon } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { GridColumn } from "@/components/DataGrid";
import { RelativeTime } from "@/components/RelativeTime";
import { outcomeWords } from "@/features/usage/series";
import { isAboutOperator } from "@/features/operators/reserved";
import { t } from "@/i18n";
import type { EventKind } from "@/generated/EventKind";
import type { SecurityEvent } from "@/generated/SecurityEvent";

const LOOK: Record<EventKind, { Icon: LucideIcon; colour: string }> = {
  dead_secret_used: { Icon: KeyRound, colour: "text-bad" },
  operator_refused: { Icon: ShieldX, colour: "text-bad" },
  failures_by_address: { Icon: Waypoints, colour: "text-warn" },
  limit_hit: { Icon: Gauge, colour: "text-info" },
};

/** The columns, in this window's language. */
export function useEventColumns(): GridColumn<SecurityEvent>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: "kind",
        header: t("security.col_kind"),
        width: "minmax(10.5rem, 1.4fr)",
        cell: (event) => <Kind kind={event.kind} />,
      },
      {
        id: "key",
        header: t("security.col_key"),
        width: "minmax(8rem, 1.6fr)",
        cell: (event) => <Who event={event} />,
      },
      {
        id: "ip",
        header: t("security.col_ip"),
        width: "minmax(7rem, 1.5fr)",
        cell: (event) => (
          <span title={event.ip ?? undefined} className="secret-text selectable text-meta text-fg-2">
            {event.ip ?? "–"}
          </span>
        ),
      },
      {
        id: "outcome",
        header: t("security.col_outcome"),
        width: "minmax(8rem, 1.4fr)",
        from: 700,
        cell: (event) => <span className="text-fg-2">{outcomeOf(event)}</span>,
      },
      {
        id: "count",
        header: t("security.col_count"),
        width: "4.5rem",
        cell: (event) => <span className="tabular text-fg-2">{event.count.toLocaleString("en")}</span>,
      },
      {
        id: "at",
        header: t("security.col_at"),
        width: "7.25rem",
        cell: (event) => <RelativeTime at={event.at} none="" className="text-fg-2" />,
      },
    ],
    [t],
  );
}

/** A good key of a customer is none of an operator: that it belongs elsewhere is what refused it. */
function outcomeOf({ kind, outcome }: SecurityEvent): string {
  const foreign = kind === "operator_refused" && (outcome === "valid" || outcome === "wrong_tenant");
  return foreign ? t("security.not_operator") : outcomeWords(outcome);
}

function Kind({ kind }: { kind: EventKind }) {
  const { t } = useTranslation();
  const { Icon, colour } = LOOK[kind];
  return (
    <span className="flex min-w-0 items-center gap-2">
      <Icon aria-hidden="true" className={`size-4 shrink-0 ${colour}`} />
      <span className="truncate font-medium text-fg">{t(`security.kind_${kind}`)}</span>
    </span>
  );
}

const LINK = "rounded-tag text-accent-text underline-offset-2 hover:underline";

function Who({ event }: { event: SecurityEvent }) {
  const { t } = useTranslation();
  const { key_id, key_name } = event;
  if (key_id === null) return <span className="text-fg-3">{t("security.no_key")}</span>;
  if (isAboutOperator(event)) {
    return (
      <Link to="/operators" search={{}} tabIndex={-1} className={LINK}>
        {t("security.operator", { name: key_name ?? key_id })}
      </Link>
    );
  }
  return (
    <Link to="/keys/$keyId" params={{ keyId: key_id }} search={{}} tabIndex={-1} className={LINK}>
      {key_name ?? key_id}
    </Link>
  );
}
