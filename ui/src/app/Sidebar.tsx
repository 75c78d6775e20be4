// The left side of the shell: which store is open, and the sections with their counts.
// Holds no screen.
import { Link } from "@tanstack/react-router";
import { Building2, ChevronsUpDown, Key, LogOut, Shield } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/classes";
import { Menu } from "@/components/Menu";
import { Badge } from "@/components/StatusBadge";
import { useRead } from "@/data/queries";
import { useCloseStore, useStartState } from "@/data/startState";
import { mayLeave } from "@/features/reveal/reveal-state";
import { usePlatform } from "@/platform/context";

/** Connection card and navigation. */
export function Sidebar() {
  const { t } = useTranslation();
  const keys = useRead("keys.list", { limit: 1 });
  const tenants = useRead("tenants.list", { limit: 1 });
  const roles = useRead("roles.list", { limit: 1 });
  return (
    <div className="row-span-1 flex min-h-0 flex-col gap-3 overflow-y-auto border-r border-line bg-sunken px-2.5 py-3">
      <StoreCard />
      <nav aria-label={t("shell.nav")} className="flex flex-col gap-0.5">
        <Section
          to="/keys"
          icon={<Key className="size-4" />}
          label={t("shell.nav_keys")}
          count={keys.data?.total}
        />
        <Section
          to="/tenants"
          icon={<Building2 className="size-4" />}
          label={t("shell.nav_tenants")}
          count={tenants.data?.total}
        />
        <Section
          to="/roles"
          icon={<Shield className="size-4" />}
          label={t("shell.nav_roles")}
          count={roles.data?.total}
        />
      </nav>
    </div>
  );
}

interface SectionProps {
  to: "/keys" | "/tenants" | "/roles";
  icon: ReactNode;
  label: string;
  count: number | undefined;
}

function Section({ to, icon, label, count }: SectionProps) {
  return (
    <Link
      to={to}
      search={{}}
      activeOptions={{ includeSearch: false }}
      draggable={false}
      className={cx(
        "flex h-7.5 items-center gap-2.5 rounded-control px-2.5 text-body text-fg-2 no-underline hover:bg-neutral-tint hover:text-fg",
        "data-[status=active]:bg-accent-tint data-[status=active]:font-semibold data-[status=active]:text-accent-text",
      )}
    >
      <span aria-hidden="true">{icon}</span>
      <span className="flex-1">{label}</span>
      {count !== undefined && (
        <span className="tabular text-tiny font-normal">{count.toLocaleString("en")}</span>
      )}
    </Link>
  );
}

function StoreCard() {
  const { t } = useTranslation();
  const start = useStartState();
  const close = useCloseStore();
  const platform = usePlatform();
  const store = start.data?.store;
  if (store === undefined) return null;
  const sample = store.kind === "sample";
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className="flex items-center gap-2 rounded-table border border-line bg-panel px-2.5 py-2 text-left hover:border-line-strong"
        >
          <span className="min-w-0 flex-1">
            <span className="block truncate font-semibold text-fg">{store.name}</span>
            <span className="block truncate text-tiny text-fg-2">
              {sample ? t("shell.kind_sample") : t("shell.kind_local")}
            </span>
          </span>
          {sample && <Badge tone="info">{t("shell.sample_badge")}</Badge>}
          <ChevronsUpDown aria-hidden="true" className="size-4 shrink-0 text-fg-3" />
        </button>
      }
      groups={[
        [
          {
            label: t("shell.close_store"),
            icon: <LogOut className="size-4" />,
            run: () => void mayLeave(platform).then((leave) => leave && close.mutate()),
          },
        ],
      ]}
    />
  );
}
