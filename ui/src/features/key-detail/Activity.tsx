// What was done to one key, the latest first, grouped by day. Read from the audit; changes nothing.
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { EmptyState, ErrorCard, Skeleton } from "@/components/Notices";
import { RelativeTime } from "@/components/RelativeTime";
import { usePages } from "@/data/queries";
import type { AuditEntry } from "@/generated/AuditEntry";
import { shortDate } from "@/time/format";
import { auditSentence, whatChanged } from "./auditWords";

/** The list. */
export function Activity({ keyId }: { keyId: string }) {
  const { t } = useTranslation();
  const pages = usePages("audit.list", { key: keyId, limit: 50 });
  if (pages.error !== null && pages.items.length === 0) {
    return (
      <ErrorCard
        title={t("key_detail.activity_failed")}
        error={pages.error}
        onRetry={() => void pages.refetch()}
      />
    );
  }
  if (pages.isPending) return <Skeleton rows={4} />;
  if (pages.items.length === 0) return <EmptyState>{t("key_detail.activity_empty")}</EmptyState>;
  return (
    <div className="flex flex-col gap-4">
      {byDay(pages.items).map(([day, entries]) => (
        <section key={day} aria-label={day}>
          <h2 className="m-0 mb-1.5 text-meta font-medium text-fg-3">{day}</h2>
          <ol className="m-0 list-none overflow-hidden rounded-table border border-line bg-panel p-0">
            {entries.map((entry) => (
              <Entry key={entry.seq} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
      {pages.hasNextPage && (
        <Button className="self-center" onClick={pages.more} disabled={pages.isFetching}>
          {t("action.show_more")}
        </Button>
      )}
    </div>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const changes = whatChanged(entry);
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 border-b border-line px-3 py-2 last:border-b-0">
      <span className="selectable min-w-0 flex-1 break-words">
        {auditSentence(entry)}
        {changes.length > 0 && <span className="block text-meta text-fg-2">{changes.join("; ")}</span>}
      </span>
      <span className="text-meta text-fg-3">{t(`key_detail.source_${entry.source}`)}</span>
      <RelativeTime at={entry.at} none="" className="w-28 text-right text-meta text-fg-2" />
    </li>
  );
}

function byDay(entries: readonly AuditEntry[]): [string, AuditEntry[]][] {
  const days = new Map<string, AuditEntry[]>();
  for (const entry of entries) {
    const day = shortDate(new Date(entry.at));
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days];
}
