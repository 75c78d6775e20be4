// The list of tenants (S11). Holds no change of a tenant: those are layers.
import { getRouteApi } from "@tanstack/react-router";
import { Building2 } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { useShortcut } from "@/app/shortcuts";
import { WriteButton } from "@/app/writes";
import { Button } from "@/components/Button";
import { DataGrid, type GridColumn } from "@/components/DataGrid";
import { EmptyState, ErrorCard, Skeleton } from "@/components/Notices";
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
  const none = pages.isSuccess && pages.items.length === 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <header className="mb-4 flex items-start justify-between gap-4">
        <div>
          <h1 className="m-0 text-page font-semibold">{t("tenants.title")}</h1>
          <p className="tabular m-0 min-h-5 text-fg-2">
            {pages.isSuccess && search === undefined
              ? t("tenants.count", { count: pages.total })
              : t("tenants.about")}
          </p>
        </div>
        <WriteButton of="tenants" kind="primary" onClick={create}>
          {t("action.create_tenant")}
        </WriteButton>
      </header>
      <search className="mb-3 flex items-center gap-2">
        <SearchField
          ref={searchRef}
          label={t("tenants.search")}
          value={search ?? ""}
          onChange={setSearch}
          className="w-75"
        />
      </search>
      {pages.isError && pages.error !== null && (
        <ErrorCard
          className="mb-3"
          title={t("tenants.failed")}
          error={pages.error}
          onRetry={() => void pages.refetch()}
        />
      )}
      {pages.isPending && <Skeleton />}
      {none && search === undefined && (
        <EmptyState
          icon={<Building2 className="size-5" />}
          action={
            <WriteButton of="tenants" kind="primary" onClick={create}>
              {t("action.create_tenant")}
            </WriteButton>
          }
        >
          {t("tenants.empty")}
        </EmptyState>
      )}
      {none && search !== undefined && (
        <EmptyState action={<Button onClick={() => setSearch("")}>{t("action.clear_filters")}</Button>}>
          {t("tenants.no_match")}
        </EmptyState>
      )}
      {pages.items.length > 0 && (
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
      )}
    </div>
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
