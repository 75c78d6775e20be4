// Choosing one of a handful that are all in sight. Announced as a radio group.
import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import type { ReactNode } from "react";
import { cx } from "./classes";

interface SegmentedProps<V extends string> {
  /** The group's accessible name. */
  label: string;
  /** Words, or words with a small mark before them. */
  options: readonly { value: V; label: ReactNode }[];
  value: V;
  onChange: (value: V) => void;
  disabled?: boolean;
  className?: string;
}

/** A row of choices of which one is pressed. */
export function Segmented<V extends string>({
  label,
  options,
  value,
  onChange,
  disabled,
  className,
}: SegmentedProps<V>) {
  return (
    <RadioGroup
      aria-label={label}
      value={value}
      disabled={disabled}
      onValueChange={(next) => onChange(next as V)}
      className={cx(
        "inline-flex w-fit flex-wrap gap-0.5 rounded-control border border-line-strong bg-panel p-0.5",
        className,
      )}
    >
      {options.map((option) => (
        <Radio.Root
          key={option.value}
          value={option.value}
          nativeButton
          // Its words are the radio's children.
          // oxlint-disable-next-line jsx-a11y/control-has-associated-label
          render={<button type="button" />}
          className={cx(
            "h-6.5 rounded-[5px] px-2.5 text-meta font-medium text-fg-2 transition-colors duration-100 hover:text-fg",
            "data-checked:bg-accent-tint data-checked:font-semibold data-checked:text-accent-text",
            "forced-colors:data-checked:outline-2",
          )}
        >
          {option.label}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
