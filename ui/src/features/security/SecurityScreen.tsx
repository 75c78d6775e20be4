// What looked wrong when keys and tokens were checked: a stream of its own beside the audit. Filters live in
// the address; rows come page by page and are asked for again and again. Changes nothing.
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ListScreen } from "@/app/ListScreen";
import { Button } from "@/components/Button";
import { DataGrid } from "@/components/DataGrid";
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
  return (
    <ListScreen
      title={t("security.title")}
      count={
        pages.isSuccess && t(filtered ? "security.count_matching" : "security.count", { count: pages.total })
      }
      about={t("security.about")}
      filters={
        <>
          <EventFilters filters={filters} onChange={change} />
          {filtered && (
            <Button kind="quiet" size="compact" onClick={clear}>
              {t("action.clear_filters")}
            </Button>
          )}
        </>
      }
      filtersLabel={t("security.filters")}
      pages={pages}
      failed={t("security.failed")}
      failedMore={t("security.failed_more")}
      empty={{ icon: <ShieldCheck className="size-5" />, words: t("security.empty") }}
      narrowed={{ is: filtered, words: t("security.no_match"), clear }}
    >
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
    </ListScreen>
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
