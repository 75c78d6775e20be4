// A table of any length: rows are drawn only where they are seen, the keyboard walks rows, a
// screen reader learns how many there are. The columns and what Enter does are the caller's.
import { useTable, tableFeatures, type ColumnDef, type RowData } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { cx } from "./classes";
import { rowAfter } from "./gridKeys";

const ROW_PX = 40;
const HEAD_PX = 36;
const features = tableFeatures({});

export interface GridColumn<T extends RowData> {
  id: string;
  header: string;
  /** Keeps the heading for screen readers alone. */
  hideHeader?: boolean;
  cell: (row: T) => ReactNode;
  /** A CSS grid track: `minmax(8rem, 2fr)`. */
  width: string;
  /** The orders this column offers, first the one that a press asks for. */
  sorts?: readonly [string, string];
  /** Holds a button: nothing of it is cut off. */
  control?: boolean;
  /** Left out below this width of the grid, in pixels. */
  from?: number;
}

interface DataGridProps<T extends RowData> {
  /** The accessible name. */
  label: string;
  columns: readonly GridColumn<T>[];
  rows: readonly T[];
  rowId: (row: T) => string;
  /** What a screen reader calls the row. */
  rowLabel: (row: T) => string;
  /** How many rows there are, loaded or not. */
  total: number;
  sort?: { value: string; onChange: (sort: string) => void; descending: (sort: string) => boolean };
  onOpen: (row: T) => void;
  /** Keys that the grid does not use itself. */
  onRowKey?: (row: T, event: KeyboardEvent) => void;
  /** Called when the end comes into sight. */
  onEnd?: () => void;
  className?: string;
}

/** A grid with one row in focus. */
export function DataGrid<T extends RowData>(props: DataGridProps<T>) {
  const { columns, rows, rowId, total } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const shown = columns.filter((column) => column.from === undefined || width === 0 || width >= column.from);
  const table = useTable({
    features,
    columns: asColumnDefs(shown),
    data: rows as T[],
    getRowId: (row) => rowId(row),
  });
  const model = table.getRowModel().rows;
  const [active, setActive] = useState<string | undefined>();
  const activeIndex = Math.max(
    0,
    model.findIndex((row) => row.id === active),
  );
  const virtual = useVirtualizer({
    count: model.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => model[index]?.id ?? index,
    overscan: 8,
    scrollPaddingStart: HEAD_PX,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const { onEnd } = props;
  useEffect(() => {
    if (last >= model.length - 10) onEnd?.();
  }, [last, model.length, onEnd]);

  const focusRow = (index: number) => {
    const row = model[index];
    if (row === undefined) return;
    setActive(row.id);
    virtual.scrollToIndex(index);
    // The row may not be drawn yet; it is once the scroll has been handled.
    setTimeout(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus(), 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = Number((event.target as HTMLElement).dataset.row ?? Number.NaN);
    const row = model[index];
    if (row === undefined || event.defaultPrevented) return;
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_PX) / ROW_PX) - 1);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const next = plain ? rowAfter(event.key, index, model.length, page) : undefined;
    if (next !== undefined) {
      event.preventDefault();
      focusRow(next);
    } else if (event.key === "Enter" && plain) {
      event.preventDefault();
      props.onOpen(row.original);
    } else {
      props.onRowKey?.(row.original, event);
    }
  };
  const tracks = shown.map((column) => column.width).join(" ");
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-colcount={shown.length}
      onKeyDown={onKeyDown}
      className={cx(
        "relative min-h-0 flex-initial overflow-auto rounded-table border border-line bg-panel",
        props.className,
      )}
    >
      <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-sunken">
        <div
          role="row"
          aria-rowindex={1}
          className="grid h-9 items-center px-3"
          style={{ gridTemplateColumns: tracks }}
        >
          {shown.map((column) => (
            <HeaderCell key={column.id} column={column} sort={props.sort} />
          ))}
        </div>
      </div>
      <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = model[item.index];
          if (row === undefined) return null;
          return (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-label={props.rowLabel(row.original)}
              data-row={item.index}
              tabIndex={item.index === activeIndex ? 0 : -1}
              onFocus={() => setActive(row.id)}
              onClick={(event) => {
                if ((event.target as HTMLElement).closest("button, a, [role=menu]") === null)
                  props.onOpen(row.original);
              }}
              className={cx(
                "absolute inset-x-0 grid h-10 items-center border-b border-line px-3 hover:bg-sunken",
                "focus-visible:z-[1] focus-visible:outline-2 focus-visible:-outline-offset-2",
                item.index === model.length - 1 && "border-b-transparent",
              )}
              style={{ gridTemplateColumns: tracks, top: item.start }}
            >
              {shown.map((column) => (
                <div
                  key={column.id}
                  role="gridcell"
                  // A name is cut off at its own end, and yet stands below its heading.
                  dir="auto"
                  className={column.control ? "min-w-0" : "min-w-0 truncate pr-3 text-left"}
                >
                  {column.cell(row.original)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function HeaderCell<T extends RowData>({
  column,
  sort,
}: {
  column: GridColumn<T>;
  sort: DataGridProps<T>["sort"];
}) {
  const words = "text-meta font-medium text-fg-2";
  const current = column.sorts?.find((order) => order === sort?.value);
  if (column.sorts === undefined || sort === undefined) {
    return (
      <div role="columnheader" className={cx(words, "truncate pr-3")}>
        <span className={column.hideHeader ? "sr-only" : undefined}>{column.header}</span>
      </div>
    );
  }
  const [first, second] = column.sorts;
  const direction = current === undefined ? "none" : sort.descending(current) ? "descending" : "ascending";
  const Arrow = direction === "descending" ? ArrowDown : ArrowUp;
  return (
    <div role="columnheader" aria-sort={direction} className="min-w-0 pr-3">
      <button
        type="button"
        onClick={() => sort.onChange(current === first ? second : first)}
        className={cx(
          words,
          "-ml-1 flex h-6 max-w-full items-center gap-1 rounded-tag px-1 hover:text-fg",
          current !== undefined && "text-fg",
        )}
      >
        <span className="truncate">{column.header}</span>
        {current !== undefined && <Arrow aria-hidden="true" className="size-3.5 shrink-0" />}
      </button>
    </div>
  );
}

function asColumnDefs<T extends RowData>(columns: readonly GridColumn<T>[]): ColumnDef<typeof features, T>[] {
  return columns.map((column) => ({ id: column.id, header: column.header }));
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
