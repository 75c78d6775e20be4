// Small pieces of text with a form of their own: property list, key cap, hint of a key, code.
// Never holds a plaintext key.
import type { ReactNode } from "react";
import { cx } from "./classes";

interface PropertyListProps {
  items: readonly { label: string; value: ReactNode }[];
  className?: string;
}

/** Names and values, aligned. */
export function PropertyList({ items, className }: PropertyListProps) {
  return (
    <dl className={cx("grid grid-cols-[minmax(8rem,11rem)_minmax(0,1fr)] gap-x-4 text-body", className)}>
      {items.map((item) => (
        <div
          key={item.label}
          className="col-span-2 grid grid-cols-subgrid border-b border-line py-2 last:border-b-0"
        >
          <dt className="text-fg-3">{item.label}</dt>
          <dd className="selectable m-0 min-w-0 break-words text-fg">{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A key of the keyboard. */
export function Kbd({ children, onAccent = false }: { children: ReactNode; onAccent?: boolean }) {
  return (
    <kbd
      className={cx(
        "inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-tag border px-1 font-sans text-tiny",
        onAccent ? "border-current" : "border-line bg-panel text-fg-3",
      )}
    >
      {children}
    </kbd>
  );
}

/** The visible beginning of a key: prefix dimmed, public id full, ellipsis. */
export function KeyHint({ hint, className }: { hint: string; className?: string }) {
  const cut = hint.lastIndexOf("_") + 1;
  return (
    <span className={cx("secret-text text-meta whitespace-nowrap", className)}>
      <span className="text-fg-3">{hint.slice(0, cut)}</span>
      <span className="text-fg">{hint.slice(cut)}</span>
    </span>
  );
}

interface KeySnippetProps {
  /** What it is, for screen readers. */
  label: string;
  /** The code; names the variable, never a key. */
  code: string;
  actions?: ReactNode;
}

/** Code that uses a key through `$LATCHKEY_API_KEY`. */
export function KeySnippet({ label, code, actions }: KeySnippetProps) {
  return (
    <div className="rounded-control bg-sunken p-3">
      <pre
        // A region that scrolls must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={label}
        className="secret-text selectable m-0 overflow-x-auto text-meta whitespace-pre text-fg"
      >
        {code}
      </pre>
      {actions !== undefined && <div className="mt-2 flex justify-end gap-2">{actions}</div>}
    </div>
  );
}
