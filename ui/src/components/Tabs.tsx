// Panels of which one is in sight. Controlled, so that the address can hold which one.
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { cx } from "./classes";

interface Tab<V extends string> {
  value: V;
  label: ReactNode;
  panel: ReactNode;
}

interface TabsProps<V extends string> {
  label: string;
  tabs: readonly Tab<V>[];
  value: V;
  onChange: (value: V) => void;
  className?: string;
  panelClassName?: string;
}

/** A row of tabs and the panel of the chosen one. */
export function Tabs<V extends string>({
  label,
  tabs,
  value,
  onChange,
  className,
  panelClassName,
}: TabsProps<V>) {
  return (
    <Base.Root value={value} onValueChange={(next) => onChange(next as V)} className={className}>
      <Base.List aria-label={label} className="flex gap-4 border-b border-line">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className={cx(
              "-mb-px h-9 border-b-2 border-transparent text-body text-fg-2 hover:text-fg",
              "data-active:border-accent data-active:font-semibold data-active:text-accent-text",
            )}
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className={cx("outline-offset-2", panelClassName)}>
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
