// The saved connections as a list in which one is chosen: arrows move, Enter connects, F2 edits,
// Delete removes. Holds no command.
import { useEffect, useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/classes";
import { EnvironmentBadge, EnvironmentDot } from "@/features/connections/EnvironmentBadge";
import { hostOf } from "@/features/connections/values";
import { t } from "@/i18n";
import type { Connection } from "@/platform/connections";
import { relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import type { Place } from "./places";

interface ConnectionListProps {
  places: readonly Place[];
  selected: string;
  onSelect: (id: string) => void;
  onConnect: (id: string) => void;
  onEdit: (id: string) => void;
  onRemove: (id: string) => void;
}

/** A list box of connections. */
export function ConnectionList(props: ConnectionListProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  const { places, selected } = props;
  const count = places.length;
  useEffect(() => {
    // Whoever opens the window, comes back to it or has removed one can press Enter at once. A dialog
    // that closes gives the focus back first, if there is anything left to give it to.
    const timer = setTimeout(() => {
      if (document.activeElement === document.body)
        list.current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
    }, 50);
    return () => clearTimeout(timer);
  }, [count]);
  const move = (to: number) => {
    const next = places[Math.max(0, Math.min(to, places.length - 1))];
    if (next === undefined) return;
    props.onSelect(next.id);
    list.current?.querySelector<HTMLElement>(`[data-place="${next.id}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = places.findIndex((place) => place.id === selected);
    const act: Record<string, () => void> = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at - 1),
      Home: () => move(0),
      End: () => move(places.length - 1),
      Enter: () => props.onConnect(selected),
      F2: () => props.onEdit(selected),
      Delete: () => props.onRemove(selected),
    };
    const run = act[event.key];
    if (run === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    run();
  };
  return (
    <div
      ref={list}
      role="listbox"
      aria-label={t("start.list")}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="flex max-h-56 min-h-0 flex-col gap-1 overflow-y-auto rounded-table border border-line bg-panel p-1.5 @min-[38rem]:max-h-none"
    >
      {places.map((place) => (
        <Entry
          key={place.id}
          place={place}
          selected={place.id === selected}
          onSelect={props.onSelect}
          onConnect={props.onConnect}
        />
      ))}
    </div>
  );
}

/** Of a server in as few words as the switcher has for it: its address must find room beside the time. */
function whereTo(connection: Connection): string {
  const host = hostOf(connection);
  if (connection.kind === "server") return t("shell.kind_server", { host });
  return t("start.kind_host", { kind: t(`connections.kind_${connection.kind}`), host });
}

type EntryProps = Pick<ConnectionListProps, "onSelect" | "onConnect"> & { place: Place; selected: boolean };

function Entry({ place, selected, onSelect, onConnect }: EntryProps) {
  const { t } = useTranslation();
  const now = useNow();
  const { connection } = place;
  const used = connection?.last_used_at;
  const environment = connection?.environment ?? "none";
  return (
    <div
      role="option"
      aria-selected={selected}
      data-place={place.id}
      tabIndex={selected ? 0 : -1}
      onClick={() => onSelect(place.id)}
      onDoubleClick={() => onConnect(place.id)}
      className={cx(
        "grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-2.5 rounded-control px-2.5 py-2",
        selected ? "bg-accent-tint" : "hover:bg-sunken",
      )}
    >
      <EnvironmentDot environment={environment} />
      <span dir="auto" className={cx("truncate text-left font-semibold", selected && "text-accent-text")}>
        {connection?.name ?? t("start.local_name")}
      </span>
      <span className="text-right">
        <EnvironmentBadge environment={environment} dotless />
      </span>
      <span className="col-start-2 truncate text-meta text-fg-2">
        {connection === null ? t("start.local_kind") : whereTo(connection)}
      </span>
      <span className="tabular text-right text-tiny whitespace-nowrap text-fg-2">
        {typeof used === "string" ? relativeTime(new Date(used), now) : ""}
      </span>
    </div>
  );
}
