// The list of tenants (S11). Holds no change of a tenant: those are layers.
import { getRouteApi } from "@tanstack/react-router";
import { Building2 } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { ListScreen } from "@/app/ListScreen";
import { useShortcut } from "@/app/shortcuts";
import { WriteButton } from "@/app/writes";
import { DataGrid, type GridColumn } from "@/components/DataGrid";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";
import { usePages } from "@/data/queries";
import { SearchField } from "@/features/keys/SearchField";
import type { TenantDetails } from "@/generated/TenantDetails";

const route = getRouteApi("/tenants");

/** All tenants. */
export function TenantsScreen() {
  const { t } = useTranslation();
  const { search } = route.useSearch();
  const navigate = route.useNavigate();
  const open = useLayers((layers) => layers.open);
  const pages = usePages("tenants.list", search === undefined ? { limit: 100 } : { limit: 100, search });
  const columns = useColumns();
  const searchRef = useRef<HTMLInputElement>(null);
  useShortcut("/", t("shortcuts.search"), () => searchRef.current?.focus(), { group: "page" });
  const setSearch = useCallback(
    (words: string) => void navigate({ search: { search: words || undefined }, replace: true }),
    [navigate],
  );
  const create = () => open({ kind: "edit-tenant", tenant: null });
  return (
    <ListScreen
      title={t("tenants.title")}
      count={
        pages.isSuccess && search === undefined
          ? t("tenants.count", { count: pages.total })
          : t("tenants.about")
      }
      create={
        <WriteButton of="tenants" kind="primary" onClick={create}>
          {t("action.create_tenant")}
        </WriteButton>
      }
      filters={
        <SearchField
          ref={searchRef}
          label={t("tenants.search")}
          value={search ?? ""}
          onChange={setSearch}
          className="w-75"
        />
      }
      pages={pages}
      failed={t("tenants.failed")}
      empty={{ icon: <Building2 className="size-5" />, words: t("tenants.empty") }}
      narrowed={{ is: search !== undefined, words: t("tenants.no_match"), clear: () => setSearch("") }}
    >
      <DataGrid
        label={t("tenants.table")}
        columns={columns}
        rows={pages.items}
        total={pages.total}
        rowId={(tenant) => tenant.id}
        rowLabel={(tenant) =>
          t("tenants.row", { name: tenant.name, status: t(`status.${statusOf(tenant)}`) })
        }
        onOpen={(tenant) => void navigate({ to: "/tenants/$tenantId", params: { tenantId: tenant.slug } })}
        onEnd={pages.more}
      />
    </ListScreen>
  );
}

/** Whether a tenant's keys are accepted, as a status to show. */
export function statusOf(tenant: TenantDetails): "active" | "suspended" {
  return tenant.suspended_at === null ? "active" : "suspended";
}

function useColumns(): GridColumn<TenantDetails>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: "name",
        header: t("tenants.col_name"),
        width: "minmax(9rem, 2fr)",
        cell: (tenant) => <span className="font-medium text-fg">{tenant.name}</span>,
      },
      {
        id: "slug",
        header: t("tenants.col_slug"),
        width: "minmax(6rem, 1fr)",
        cell: (tenant) => <span className="text-fg-2">{tenant.slug}</span>,
      },
      {
        id: "keys",
        header: t("tenants.col_keys"),
        width: "7rem",
        cell: (tenant) => (
          <span className="tabular text-fg-2">
            {t("tenants.keys_of", { active: tenant.keys_active, total: tenant.keys_total })}
          </span>
        ),
      },
      {
        id: "last",
        header: t("tenants.col_last"),
        width: "8rem",
        cell: (tenant) => (
          <RelativeTime at={tenant.last_used_at} none={t("keys.never_used")} className="text-fg-2" />
        ),
      },
      {
        id: "profile",
        header: t("tenants.col_profile"),
        width: "minmax(7rem, 1fr)",
        from: 700,
        cell: (tenant) => <span className="text-fg-2">{t(`tenants.profile_${tenant.profile}`)}</span>,
      },
      {
        id: "status",
        header: t("tenants.col_status"),
        width: "7rem",
        cell: (tenant) => <StatusBadge status={statusOf(tenant)} />,
      },
    ],
    [t],
  );
}
