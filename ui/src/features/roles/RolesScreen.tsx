// The list of roles (S11). Holds no change of a role: those are layers.
import { getRouteApi } from "@tanstack/react-router";
import { Pencil, Shield, Trash2 } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { ListScreen } from "@/app/ListScreen";
import { useShortcut, useShortcutSettings } from "@/app/shortcuts";
import { writeItem, WriteButton } from "@/app/writes";
import { useMayChange, useWhyNoWrites } from "@/data/writes";
import { DataGrid, type GridColumn } from "@/components/DataGrid";
import { Kbd } from "@/components/Details";
import { RowMenu, type MenuAction } from "@/components/Menu";
import { usePages, useRead } from "@/data/queries";
import { FilterChip } from "@/features/keys/FilterChip";
import { SearchField } from "@/features/keys/SearchField";
import type { RoleDetails } from "@/generated/RoleDetails";

const route = getRouteApi("/roles");

/** All roles. */
export function RolesScreen() {
  const { t } = useTranslation();
  const { search, tenant } = route.useSearch();
  const navigate = route.useNavigate();
  const open = useLayers((layers) => layers.open);
  const { singleKeys } = useShortcutSettings();
  const pages = usePages("roles.list", { limit: 100, ...(search && { search }), ...(tenant && { tenant }) });
  const tenants = useRead("tenants.list", { limit: 500 });
  const columns = useColumns();
  const searchRef = useRef<HTMLInputElement>(null);
  useShortcut("/", t("shortcuts.search"), () => searchRef.current?.focus(), { group: "page" });
  const setSearch = useCallback(
    (words: string) =>
      void navigate({ search: (before) => ({ ...before, search: words || undefined }), replace: true }),
    [navigate],
  );
  const create = () => open({ kind: "edit-role", role: null, tenant });
  const edit = (role: RoleDetails) => open({ kind: "edit-role", role });
  const chosen = tenants.data?.items.find((one) => one.slug === tenant)?.name ?? tenant ?? "";
  return (
    <ListScreen
      title={t("roles.title")}
      count={pages.isSuccess && t("roles.count", { count: pages.total })}
      create={
        <WriteButton of="roles" kind="primary" onClick={create}>
          {t("action.create_role")}
        </WriteButton>
      }
      filters={
        <>
          <SearchField
            ref={searchRef}
            label={t("roles.search")}
            value={search ?? ""}
            onChange={setSearch}
            className="w-75"
          />
          <FilterChip
            single
            name={t("keys.filter_tenant")}
            words={t("keys.filter_tenant_is", { value: chosen })}
            options={(tenants.data?.items ?? []).map(({ slug, name }) => ({
              value: slug,
              label: name,
              detail: slug,
            }))}
            value={tenant === undefined ? [] : [tenant]}
            onChange={([next]) =>
              void navigate({ search: (before) => ({ ...before, tenant: next }), replace: true })
            }
            nothing={t("keys.filter_nothing")}
          />
        </>
      }
      pages={pages}
      failed={t("roles.failed")}
      empty={{ icon: <Shield className="size-5" />, words: t("roles.empty") }}
      narrowed={{
        is: search !== undefined || tenant !== undefined,
        words: t("roles.no_match"),
        clear: () => void navigate({ search: {} }),
      }}
    >
      <DataGrid
        label={t("roles.table")}
        columns={columns}
        rows={pages.items}
        total={pages.total}
        rowId={(role) => role.id}
        rowLabel={(role) => t("roles.row", { name: role.name, tenant: role.tenant.slug })}
        onOpen={edit}
        onRowKey={(role, event) => {
          if (event.key === "e" && singleKeys && !event.ctrlKey && !event.metaKey && !event.altKey)
            edit(role);
          if (event.key === "Delete" && role.keys === 0) open({ kind: "delete-role", role });
        }}
        onEnd={pages.more}
      />
    </ListScreen>
  );
}

function useColumns(): GridColumn<RoleDetails>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: "name",
        header: t("roles.col_name"),
        width: "minmax(9rem, 2fr)",
        cell: (role) => (
          <>
            <span className="font-medium text-fg">{role.name}</span>
            {role.description !== "" && <span className="ml-2 text-fg-3">{role.description}</span>}
          </>
        ),
      },
      {
        id: "tenant",
        header: t("roles.col_tenant"),
        width: "minmax(6rem, 1fr)",
        cell: (role) => <span className="text-fg-2">{role.tenant.slug}</span>,
      },
      {
        id: "number",
        header: t("roles.col_number"),
        width: "5rem",
        from: 640,
        cell: (role) => <span className="tabular text-fg-2">{role.number}</span>,
      },
      {
        id: "scopes",
        header: t("roles.col_scopes"),
        width: "5rem",
        cell: (role) => <span className="tabular text-fg-2">{role.permissions.length}</span>,
      },
      {
        id: "keys",
        header: t("roles.col_keys"),
        width: "7rem",
        cell: (role) => <span className="tabular text-fg-2">{role.keys.toLocaleString("en")}</span>,
      },
      {
        id: "actions",
        header: t("roles.col_actions"),
        hideHeader: true,
        control: true,
        width: "2rem",
        cell: (role) => <RoleMenu role={role} />,
      },
    ],
    [t],
  );
}

function RoleMenu({ role }: { role: RoleDetails }) {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const reason = useWhyNoWrites("roles");
  const may = useMayChange("roles");
  const change: MenuAction = {
    label: t("roles.edit"),
    icon: <Pencil className="size-4" />,
    hint: <Kbd>E</Kbd>,
    run: () => open({ kind: "edit-role", role }),
  };
  const remove: MenuAction = {
    label: t("roles.delete"),
    icon: <Trash2 className="size-4" />,
    danger: true,
    disabledReason: role.keys > 0 ? t("roles.delete_used", { count: role.keys }) : undefined,
    run: () => open({ kind: "delete-role", role }),
  };
  if (!may) return null;
  return <RowMenu groups={[[writeItem(change, reason)], [writeItem(remove, reason)]]} />;
}
