// One key (S8): who it is, what stands out about it now, its details and what was done to it.
// Holds no change of its own: those are layers, the reveal, and the two questions about a grace.
import { getRouteApi, Link, Navigate } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState, ErrorCard, Skeleton } from "@/components/Notices";
import { Tabs } from "@/components/Tabs";
import { useRead } from "@/data/queries";
import { isReserved } from "@/features/operators/reserved";
import { UsageTab } from "@/features/usage/UsageTab";
import type { KeyDetails } from "@/generated/KeyDetails";
import { Activity } from "./Activity";
import { DetailsTab } from "./DetailsTab";
import { Header } from "./Header";
import { KeyBanners } from "./KeyBanners";

const route = getRouteApi("/keys/$keyId");

/** The page of one key. */
export function KeyDetailScreen() {
  const { t } = useTranslation();
  const { keyId } = route.useParams();
  const read = useRead("keys.get", { key: keyId });
  // While another key loads, the one before must not stand under its name.
  const key = read.data?.id === keyId ? read.data : undefined;
  // An operator's token is a key too, with a screen of its own.
  const operator = key !== undefined && isReserved(key.tenant);
  const gone = read.error?.code === "not_found" || read.error?.code === "invalid";
  if (operator) return <Navigate to="/operators" replace />;
  return (
    <div className="flex flex-col gap-4">
      <Link
        to="/keys"
        search={{}}
        className="-mb-2 flex w-fit items-center gap-1 rounded-tag text-meta text-fg-2 no-underline hover:text-fg"
      >
        <ArrowLeft aria-hidden="true" className="size-3.5" />
        {t("key_detail.back")}
      </Link>
      {key !== undefined && !gone && <Page shown={key} />}
      {gone && (
        <>
          <h1 className="m-0 text-page font-semibold">{t("key_detail.title")}</h1>
          <EmptyState>{t("key_detail.not_found")}</EmptyState>
        </>
      )}
      {read.error !== null && !gone && (
        <>
          {key === undefined && <h1 className="m-0 text-page font-semibold">{t("key_detail.title")}</h1>}
          <ErrorCard title={t("key_detail.failed")} error={read.error} onRetry={() => void read.refetch()} />
        </>
      )}
      {key === undefined && read.error === null && <Skeleton rows={6} />}
    </div>
  );
}

function Page({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <Header shown={shown} />
      <KeyBanners shown={shown} />
      <Tabs
        label={t("key_detail.sections")}
        value={tab === "activity" || tab === "usage" ? tab : "details"}
        onChange={(next) => void navigate({ search: next === "details" ? {} : { tab: next }, replace: true })}
        panelClassName="pt-4"
        tabs={[
          { value: "details", label: t("key_detail.details"), panel: <DetailsTab shown={shown} /> },
          { value: "usage", label: t("usage.title"), panel: <UsageTab shown={shown} /> },
          { value: "activity", label: t("key_detail.activity"), panel: <Activity keyId={shown.id} /> },
        ]}
      />
    </>
  );
}
