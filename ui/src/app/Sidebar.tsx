// The left side of the shell: which store is open, and the sections with their counts.
// Holds no screen.
import { Link } from "@tanstack/react-router";
import { Building2, Key, Settings, Shield, ShieldAlert, UserCog } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/classes";
import { useRead } from "@/data/queries";
import { MARK_MS, useSince } from "@/features/security/filters";
import { useLayers } from "./layers";
import { Switcher } from "./Switcher";

const ENTRY =
  "flex h-7.5 items-center gap-2.5 rounded-control px-2.5 text-body text-fg-2 no-underline hover:bg-neutral-tint hover:text-fg";

/** Switcher, navigation, settings. */
export function Sidebar() {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const keys = useRead("keys.list", { limit: 1 });
  const tenants = useRead("tenants.list", { limit: 1 });
  const roles = useRead("roles.list", { limit: 1 });
  const recent = useRead("events.list", { since: useSince("24h"), limit: 1 }, { everyMs: MARK_MS });
  return (
    <div className="row-span-1 flex min-h-0 flex-col gap-3 overflow-y-auto border-r border-line bg-sunken px-2.5 py-3">
      <Switcher />
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
        <Section
          to="/security"
          icon={<ShieldAlert className="size-4" />}
          label={t("shell.nav_security")}
          count={recent.data?.total === 0 ? undefined : recent.data?.total}
          countWords={t("security.today", { count: recent.data?.total ?? 0 })}
        />
        <Section to="/operators" icon={<UserCog className="size-4" />} label={t("shell.nav_operators")} />
      </nav>
      <button
        type="button"
        onClick={() => open({ kind: "settings" })}
        className={cx(ENTRY, "mt-auto shrink-0")}
      >
        <Settings aria-hidden="true" className="size-4" />
        {t("shell.settings")}
      </button>
    </div>
  );
}

interface SectionProps {
  to: "/keys" | "/tenants" | "/roles" | "/security" | "/operators";
  icon: ReactNode;
  label: string;
  count?: number | undefined;
  /** What the number counts, where that is not all there are. */
  countWords?: string;
}

function Section({ to, icon, label, count, countWords }: SectionProps) {
  return (
    <Link
      to={to}
      search={{}}
      activeOptions={{ includeSearch: false }}
      draggable={false}
      className={cx(
        ENTRY,
        "data-[status=active]:bg-accent-tint data-[status=active]:font-semibold data-[status=active]:text-accent-text",
      )}
    >
      <span aria-hidden="true">{icon}</span>
      <span className="flex-1">{label}</span>
      {count !== undefined && (
        <span className="tabular text-tiny font-normal">
          <span aria-hidden={countWords !== undefined} title={countWords}>
            {count.toLocaleString("en")}
          </span>
          {countWords !== undefined && <span className="sr-only">{countWords}</span>}
        </span>
      )}
    </Link>
  );
}
