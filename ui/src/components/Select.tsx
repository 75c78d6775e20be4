// Choosing one of a few: a button that opens a list. For many, or with search, see Combobox.
import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./classes";
import { CONTROL } from "./TextInput";

export interface Option<V extends string = string> {
  value: V;
  label: string;
  /** A second line in the list. */
  detail?: ReactNode;
}

interface SelectProps<V extends string> {
  options: readonly Option<V>[];
  value: V;
  onChange: (value: V) => void;
  /** The accessible name, when no Field is around. */
  label?: string;
  disabled?: boolean;
  className?: string;
}

export const FLOATING =
  "layer-motion rounded-control border border-line bg-panel py-1 text-fg shadow-float outline-none";
export const ITEM = cx(
  "mx-1 flex min-h-8 items-center gap-2 rounded-tag px-2 py-1 text-body outline-none select-none",
  "data-highlighted:bg-accent-tint data-highlighted:text-accent-text data-disabled:text-off-fg",
);

/** A list of options behind a button. */
export function Select<V extends string>({
  options,
  value,
  onChange,
  label,
  disabled,
  className,
}: SelectProps<V>) {
  return (
    <Base.Root
      items={options}
      value={value}
      disabled={disabled}
      modal={false}
      onValueChange={(next) => {
        if (next !== null) onChange(next);
      }}
    >
      <Base.Trigger
        aria-label={label}
        className={cx(
          CONTROL,
          "flex cursor-default items-center justify-between gap-2 select-none",
          className,
        )}
      >
        <Base.Value />
        <Base.Icon className="text-fg-3">
          <ChevronDown className="size-4" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className={cx(FLOATING, "max-h-80 min-w-(--anchor-width) overflow-y-auto")}>
            {options.map((option) => (
              <Base.Item key={option.value} value={option.value} className={ITEM}>
                <span className="w-4">
                  <Base.ItemIndicator>
                    <Check className="size-4" />
                  </Base.ItemIndicator>
                </span>
                <span>
                  <Base.ItemText>{option.label}</Base.ItemText>
                  {option.detail !== undefined && (
                    <span className="block text-meta text-fg-3">{option.detail}</span>
                  )}
                </span>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
