// The table of keys, for the keys screen and for a tenant's page. Holds no filters.
import { useNavigate } from "@tanstack/react-router";
import { useMemo, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { isInSequence, useShortcutSettings } from "@/app/shortcuts";
import { DataGrid, type GridColumn } from "@/components/DataGrid";
import { KeyHint } from "@/components/Details";
import { RowMenu } from "@/components/Menu";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";
import { Tooltip } from "@/components/Tooltip";
import { useWhyNoWrites } from "@/data/writes";
import type { KeyDetails } from "@/generated/KeyDetails";
import { dayOf, exactTime } from "@/time/format";
import { isDescending } from "./filters";
import { LastUsed } from "./LastUsed";
import { useRowActions, type RowAction } from "./rowActions";

interface KeysGridProps {
  rows: readonly KeyDetails[];
  total: number;
  sort: string;
  onSort: (sort: string) => void;
  onEnd?: () => void;
  /** Leaves the tenant's column out. */
  oneTenant?: boolean;
}

/** Keys in rows. */
export function KeysGrid({ rows, total, sort, onSort, onEnd, oneTenant = false }: KeysGridProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const actionsOf = useRowActions();
  const { singleKeys } = useShortcutSettings();
  const columns = useColumns(oneTenant, actionsOf, useWhyNoWrites());
  const onRowKey = (key: KeyDetails, event: KeyboardEvent) => {
    const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || isInSequence(event)) return;
    if (!singleKeys && letter.length === 1) return;
    const action = actionsOf(key)
      .flat()
      .find((one) => one.letter === letter);
    if (action !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      action.run();
    }
  };
  return (
    <DataGrid
      label={t("keys.table")}
      columns={columns}
      rows={rows}
      total={total}
      rowId={(key) => key.id}
      rowLabel={(key) =>
        t("keys.row", { name: key.name, tenant: key.tenant.slug, status: t(`status.${key.status}`) })
      }
      sort={{ value: sort, onChange: onSort, descending: isDescending }}
      onOpen={(key) => void navigate({ to: "/keys/$keyId", params: { keyId: key.id }, search: {} })}
      onRowKey={onRowKey}
      onEnd={onEnd}
    />
  );
}

function useColumns(
  oneTenant: boolean,
  actionsOf: (key: KeyDetails) => RowAction[][],
  reason: string | undefined,
): GridColumn<KeyDetails>[] {
  const { t } = useTranslation();
  return useMemo(() => {
    const columns: GridColumn<KeyDetails>[] = [
      {
        id: "name",
        header: t("keys.col_name"),
        width: "minmax(9rem, 2fr)",
        sorts: ["name", "name_desc"],
        cell: (key) => <span className="font-medium text-fg">{key.name}</span>,
      },
      {
        id: "tenant",
        header: t("keys.col_tenant"),
        width: "minmax(5rem, 1fr)",
        cell: (key) => <span className="text-fg-2">{key.tenant.slug}</span>,
      },
      {
        id: "key",
        header: t("keys.col_key"),
        width: "9.75rem",
        // Gives way before what an administrator looks for: whether a key is used, when it ends.
        from: 790,
        cell: (key) => <KeyHint hint={key.hint} />,
      },
      {
        id: "role",
        header: t("keys.col_role"),
        width: "minmax(7.25rem, 1fr)",
        from: 904,
        cell: (key) => <RoleCell granted={key} />,
      },
      {
        id: "last_used",
        header: t("keys.col_last_used"),
        width: "7.25rem",
        sorts: ["last_used", "last_used_asc"],
        cell: (key) => <LastUsed usage={key.usage} />,
      },
      {
        id: "expires",
        header: t("keys.col_expires"),
        width: "minmax(7.5rem, 1.6fr)",
        sorts: ["expires", "expires_desc"],
        cell: (key) => <ExpiresCell ends={key} />,
      },
      {
        id: "status",
        header: t("keys.col_status"),
        width: "7rem",
        cell: (key) => <StatusBadge status={key.status} />,
      },
      {
        id: "actions",
        header: t("keys.col_actions"),
        hideHeader: true,
        control: true,
        width: "2rem",
        cell: (key) => <RowMenu groups={actionsOf(key)} />,
      },
    ];
    return columns.filter((column) => !(oneTenant && column.id === "tenant"));
    // The actions read stores alone, so a new function does the same as the old one while the reason
    // why nothing can be changed is the same.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [t, oneTenant, reason]);
}

function RoleCell({ granted }: { granted: KeyDetails }) {
  const { t } = useTranslation();
  if (granted.role !== null) return <span className="text-fg-2">{granted.role.name}</span>;
  return (
    <span className="text-fg-3">
      {granted.scopes.length > 0 ? t("keys.custom_scopes") : t("keys.no_role")}
    </span>
  );
}

function ExpiresCell({ ends }: { ends: KeyDetails }) {
  const { t } = useTranslation();
  if (ends.status === "rotating" && ends.old_until !== null) {
    const until = new Date(ends.old_until);
    return (
      <Tooltip words={exactTime(until)}>
        <span className="text-fg-2">{t("keys.old_until", { time: dayOf(until) })}</span>
      </Tooltip>
    );
  }
  if (ends.status === "revoked") return <span className="text-fg-3">–</span>;
  return <RelativeTime at={ends.expires_at} none={t("keys.never_expires")} className="text-fg-2" />;
}
