// What looked wrong when keys and tokens were checked: a stream of its own beside the audit. Filters live in
// the address; rows come page by page and are asked for again and again. Changes nothing.
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { DataGrid } from "@/components/DataGrid";
import { EmptyState, ErrorCard, Skeleton } from "@/components/Notices";
import { usePages, useRead } from "@/data/queries";
import { FilterChip } from "@/features/keys/FilterChip";
import { isAboutOperator } from "@/features/operators/reserved";
import type { SecurityEvent } from "@/generated/SecurityEvent";
import { relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { useEventColumns } from "./columns";
import { EVENTS_MS, isFiltered, KINDS, SPANS, toRequest, useSince, type EventsSearch } from "./filters";

const route = getRouteApi("/security");

/** The stream. */
export function SecurityScreen() {
  const { t } = useTranslation();
  const now = useNow();
  const filters = route.useSearch();
  const navigate = useNavigate();
  const pages = usePages("events.list", toRequest(filters, useSince(filters.time)), { everyMs: EVENTS_MS });
  const columns = useEventColumns();
  const change = (next: Partial<EventsSearch>) =>
    void navigate({ to: "/security", search: { ...filters, ...next }, replace: true });
  const clear = () => void navigate({ to: "/security", search: {}, replace: true });
  const open = (event: SecurityEvent) => {
    if (event.key_id === null) return;
    if (isAboutOperator(event)) void navigate({ to: "/operators", search: {} });
    else void navigate({ to: "/keys/$keyId", params: { keyId: event.key_id }, search: {} });
  };
  const filtered = isFiltered(filters);
  const none = pages.isSuccess && pages.items.length === 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <header className="mb-4">
        <h1 className="m-0 text-page font-semibold">{t("security.title")}</h1>
        <p role="status" className="tabular m-0 min-h-5 text-fg-2">
          {pages.isSuccess &&
            t(filtered ? "security.count_matching" : "security.count", { count: pages.total })}
        </p>
        <p className="m-0 mt-1 max-w-180 text-meta text-fg-3">{t("security.about")}</p>
      </header>
      <search className="mb-3 flex flex-wrap items-center gap-2" aria-label={t("security.filters")}>
        <EventFilters filters={filters} onChange={change} />
        {filtered && (
          <Button kind="quiet" size="compact" onClick={clear}>
            {t("action.clear_filters")}
          </Button>
        )}
      </search>
      {pages.isError && pages.error !== null && (
        <ErrorCard
          className="mb-3"
          title={t(pages.items.length > 0 ? "security.failed_more" : "security.failed")}
          error={pages.error}
          onRetry={() => void pages.refetch()}
        />
      )}
      {pages.isPending && <Skeleton />}
      {none && !filtered && (
        <EmptyState icon={<ShieldCheck className="size-5" />}>{t("security.empty")}</EmptyState>
      )}
      {none && filtered && (
        <EmptyState action={<Button onClick={clear}>{t("action.clear_filters")}</Button>}>
          {t("security.no_match")}
        </EmptyState>
      )}
      {pages.items.length > 0 && (
        <DataGrid
          label={t("security.table")}
          columns={columns}
          rows={pages.items}
          total={pages.total}
          rowId={(event) => event.id}
          rowLabel={(event) =>
            t("security.row", {
              what: t(`security.kind_${event.kind}`),
              when: relativeTime(new Date(event.at), now),
            })
          }
          onOpen={open}
          onEnd={pages.more}
        />
      )}
    </div>
  );
}

interface EventFiltersProps {
  filters: EventsSearch;
  onChange: (next: Partial<EventsSearch>) => void;
}

function EventFilters({ filters, onChange }: EventFiltersProps) {
  const { t } = useTranslation();
  const keys = useRead("keys.list", { limit: 500 });
  const kinds = KINDS.map((value) => ({ value, label: t(`security.kind_${value}`) }));
  const times = SPANS.map((value) => ({ value, label: t(`security.time_${value}`) }));
  const keyOptions = (keys.data?.items ?? []).map(({ id, name, tenant }) => ({
    value: id,
    label: name,
    detail: tenant.slug,
  }));
  const label = (options: { value: string; label: string }[], value: string | undefined) =>
    options.find((option) => option.value === value)?.label ?? value ?? "";
  const chosen = (value: string | undefined) => (value === undefined ? [] : [value]);
  const nothing = t("keys.filter_nothing");
  return (
    <>
      <FilterChip
        single
        name={t("security.filter_kind")}
        words={t("security.filter_kind_is", { value: label(kinds, filters.kind) })}
        options={kinds}
        value={chosen(filters.kind)}
        onChange={([kind]) => onChange({ kind: kind as EventsSearch["kind"] })}
        nothing={nothing}
      />
      <FilterChip
        single
        name={t("security.filter_time")}
        words={t("security.filter_time_is", { value: label(times, filters.time) })}
        options={times}
        value={chosen(filters.time)}
        onChange={([time]) => onChange({ time: time as EventsSearch["time"] })}
        nothing={nothing}
      />
      <FilterChip
        single
        name={t("security.filter_key")}
        words={t("security.filter_key_is", { value: label(keyOptions, filters.key) })}
        options={keyOptions}
        value={chosen(filters.key)}
        onChange={([key]) => onChange({ key })}
        nothing={nothing}
      />
    </>
  );
}
