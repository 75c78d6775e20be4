// One tenant (S11): its keys, its policy, notes, suspending and resuming. Changes are layers.
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { WriteButton } from "@/app/writes";
import { PropertyList } from "@/components/Details";
import { Banner, EmptyState, ErrorCard, Skeleton } from "@/components/Notices";
import { StatusBadge } from "@/components/StatusBadge";
import { Tabs } from "@/components/Tabs";
import { usePages, useRead } from "@/data/queries";
import { KeysGrid } from "@/features/keys/KeysGrid";
import type { TenantDetails } from "@/generated/TenantDetails";
import type { Request } from "@/platform/platform";
import { exactTime, spanWords } from "@/time/format";
import { statusOf } from "./TenantsScreen";

const route = getRouteApi("/tenants/$tenantId");

/** A tenant's page. */
export function TenantScreen() {
  const { t } = useTranslation();
  const { tenantId } = route.useParams();
  const tenant = useRead("tenants.get", { tenant: tenantId });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Link
        to="/tenants"
        search={{}}
        className="mb-2 flex w-fit items-center gap-1 rounded-tag text-meta text-fg-2 no-underline hover:text-fg"
      >
        <ArrowLeft aria-hidden="true" className="size-3.5" />
        {t("tenants.back")}
      </Link>
      {tenant.data !== undefined && <TenantPage tenant={tenant.data} />}
      {tenant.error !== null && (
        <>
          <h1 className="m-0 mb-3 text-page font-semibold">{t("create.tenant")}</h1>
          <ErrorCard
            title={t("tenants.detail_failed")}
            error={tenant.error}
            onRetry={() => void tenant.refetch()}
          />
        </>
      )}
      {tenant.isPending && <Skeleton />}
    </div>
  );
}

function TenantPage({ tenant }: { tenant: TenantDetails }) {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const [tab, setTab] = useState<"keys" | "details">("keys");
  const suspended = tenant.suspended_at !== null;
  return (
    <>
      <header className="mb-4 flex items-start justify-between gap-4">
        <div className="min-w-0">
          <div className="flex items-center gap-2.5">
            <h1 className="m-0 truncate text-page font-semibold">{tenant.name}</h1>
            <StatusBadge status={statusOf(tenant)} />
          </div>
          <p className="m-0 text-fg-2">{tenant.slug}</p>
        </div>
        <div className="flex shrink-0 gap-2">
          {suspended ? (
            <WriteButton of="tenants" onClick={() => open({ kind: "resume-tenant", tenant })}>
              {t("tenants.resume")}
            </WriteButton>
          ) : (
            <WriteButton of="tenants" onClick={() => open({ kind: "suspend-tenant", tenant })}>
              {t("tenants.suspend")}
            </WriteButton>
          )}
          <WriteButton of="tenants" onClick={() => open({ kind: "edit-tenant", tenant })}>
            {t("tenants.edit")}
          </WriteButton>
          <WriteButton kind="primary" onClick={() => open({ kind: "create-key", tenant: tenant.id })}>
            {t("action.create_key")}
          </WriteButton>
        </div>
      </header>
      {tenant.suspended_at !== null && (
        <Banner className="mb-4">
          {t("tenants.suspended_banner", { when: exactTime(new Date(tenant.suspended_at)) })}
        </Banner>
      )}
      <Tabs
        label={tenant.name}
        value={tab}
        onChange={setTab}
        className="flex min-h-0 flex-1 flex-col"
        panelClassName="flex min-h-0 flex-1 flex-col pt-4"
        tabs={[
          { value: "keys", label: t("tenants.keys"), panel: <TenantKeys tenant={tenant} /> },
          { value: "details", label: t("tenants.details"), panel: <TenantFacts tenant={tenant} /> },
        ]}
      />
    </>
  );
}

function TenantKeys({ tenant }: { tenant: TenantDetails }) {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const [sort, setSort] = useState<NonNullable<Request<"keys.list">["sort"]>>("name");
  const pages = usePages("keys.list", { tenant: tenant.id, sort, limit: 100 });
  if (pages.isPending) return <Skeleton />;
  if (pages.isError && pages.error !== null) {
    return <ErrorCard title={t("keys.failed")} error={pages.error} onRetry={() => void pages.refetch()} />;
  }
  if (pages.items.length === 0) {
    return (
      <EmptyState
        action={
          <WriteButton kind="primary" onClick={() => open({ kind: "create-key", tenant: tenant.id })}>
            {t("action.create_key")}
          </WriteButton>
        }
      >
        {t("tenants.no_keys")}
      </EmptyState>
    );
  }
  return (
    <KeysGrid
      oneTenant
      rows={pages.items}
      total={pages.total}
      sort={sort}
      onSort={(next) => setSort(next as typeof sort)}
      onEnd={pages.more}
    />
  );
}

function TenantFacts({ tenant }: { tenant: TenantDetails }) {
  const { t } = useTranslation();
  const { policy } = tenant;
  const yes = (on: boolean) => (on ? t("tenants.yes") : t("tenants.no"));
  return (
    <div className="max-w-180 rounded-table border border-line bg-panel px-4 py-2">
      <PropertyList
        items={[
          { label: t("tenants.profile"), value: t(`tenants.profile_${tenant.profile}`) },
          { label: t("tenants.default_grace"), value: spanWords(policy.default_grace) },
          { label: t("tenants.max_grace"), value: spanWords(policy.max_grace) },
          {
            label: t("tenants.max_lifetime"),
            value: policy.max_lifetime === null ? t("tenants.no_limit") : spanWords(policy.max_lifetime),
          },
          {
            label: t("tenants.environments"),
            value: policy.environments.map((one) => t(`environment.${one}`)).join(", "),
          },
          {
            label: t("tenants.ip"),
            value:
              policy.ip.length === 0 ? (
                t("tenants.ip_any")
              ) : (
                <span className="secret-text text-meta">{policy.ip.join(", ")}</span>
              ),
          },
          { label: t("tenants.ip_required"), value: yes(policy.ip_required) },
          { label: t("tenants.allow_reactivate"), value: yes(policy.allow_reactivate) },
          { label: t("tenants.notes"), value: tenant.notes || t("state.none") },
          { label: t("tenants.created"), value: exactTime(new Date(tenant.created_at)) },
          {
            label: t("tenants.updated"),
            value: t("tenants.updated_by", {
              when: exactTime(new Date(tenant.updated_at)),
              who: tenant.updated_by,
            }),
          },
        ]}
      />
    </div>
  );
}
