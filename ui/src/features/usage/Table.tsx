// The small tables of the usage report: a caption for screen readers, heads, rows. Holds no numbers.
import type { ReactNode } from "react";
import { cx } from "@/components/classes";

interface TableProps {
  caption: string;
  heads: readonly { id: string; words: string; number?: boolean }[];
  rows: readonly { id: string; cells: readonly ReactNode[] }[];
  className?: string;
}

/** A table in a card; it scrolls where it is too wide or too long. */
export function Table({ caption, heads, rows, className }: TableProps) {
  const align = (at: number) => (heads[at]?.number === true ? "text-right" : "text-left");
  return (
    <div
      // What scrolls must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={caption}
      className={cx("overflow-auto rounded-table border border-line bg-panel", className)}
    >
      <table className="tabular w-full border-collapse text-body">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-sunken text-meta text-fg-2">
          <tr>
            {heads.map(({ id, words }, at) => (
              <th key={id} scope="col" className={cx("px-3 py-2 font-medium whitespace-nowrap", align(at))}>
                {words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, cells }) => (
            <tr key={id} className="border-t border-line">
              {cells.map((cell, at) => (
                <td key={heads[at]?.id ?? at} className={cx("px-3 py-2 whitespace-nowrap", align(at))}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
