// How one key was used (S8): requests per day, what was denied and why, and, while two secrets work, who still
// uses the old one. Read from the store's counters; changes nothing.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ChartColumn } from "lucide-react";
import { Button } from "@/components/Button";
import { EmptyState, ErrorCard, Skeleton } from "@/components/Notices";
import { useRead } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import type { UsageBucket } from "@/generated/UsageBucket";
import type { UsageReport } from "@/generated/UsageReport";
import { HOUR_MS, shortTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { DayChart, DayTable } from "./Days";
import { Denials, Reasons } from "./Denied";
import { SecretsInUse } from "./SecretsInUse";
import { inDays, perDay, sinceFor } from "./series";

const EVERY_MS = 30_000;

/** The tab. */
export function UsageTab({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  const hour = Math.floor(useNow().getTime() / HOUR_MS) * HOUR_MS;
  const request = { key: shown.id, since: sinceFor(new Date(hour)) };
  const { data: report, error, refetch } = useRead("usage.get", request, { everyMs: EVERY_MS });
  if (error !== null && report === undefined)
    return <ErrorCard title={t("usage.failed")} error={error} onRetry={() => void refetch()} />;
  if (report === undefined) return <Skeleton rows={5} />;
  if (!report.gathered)
    return <EmptyState icon={<ChartColumn className="size-5" />}>{t("usage.not_gathered")}</EmptyState>;
  return <Report shown={shown} report={report} />;
}

function Report({ shown, report }: { shown: KeyDetails; report: UsageReport }) {
  const { t } = useTranslation();
  const now = useNow();
  const buckets = inDays(report.buckets, now);
  const several = shown.secrets.filter(({ state }) => state === "current" || state === "retiring").length > 1;
  return (
    <div className="flex flex-col gap-6">
      {several && <SecretsInUse secrets={shown.secrets} buckets={buckets} now={now} />}
      <Requests buckets={buckets} now={now} />
      {buckets.length > 0 && (
        <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-[2fr_3fr]">
          <Reasons buckets={buckets} />
          <Denials buckets={buckets} secrets={shown.secrets} />
        </div>
      )}
      {!several && buckets.length > 0 && <SecretsInUse secrets={shown.secrets} buckets={buckets} now={now} />}
      <p className="m-0 text-meta text-fg-3">
        {t("usage.until", { time: shortTime(new Date(report.until)) })}{" "}
        <Link
          to="/security"
          search={{ key: shown.id }}
          className="rounded-tag text-accent-text underline underline-offset-2"
        >
          {t("usage.events")}
        </Link>
      </p>
    </div>
  );
}

function Requests({ buckets, now }: { buckets: readonly UsageBucket[]; now: Date }) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  if (buckets.length === 0)
    return <EmptyState icon={<ChartColumn className="size-5" />}>{t("usage.none")}</EmptyState>;
  const days = perDay(buckets, now);
  return (
    <section aria-labelledby="requests-per-day">
      <div className="mb-2 flex items-center justify-between gap-4">
        <h2 id="requests-per-day" className="m-0 text-body font-semibold">
          {t("usage.requests")}
        </h2>
        <Button size="compact" kind="quiet" onClick={() => setAsTable(!asTable)}>
          {t(asTable ? "usage.as_chart" : "usage.as_table")}
        </Button>
      </div>
      {asTable ? <DayTable days={days} /> : <DayChart days={days} />}
    </section>
  );
}
