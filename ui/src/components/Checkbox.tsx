// A box to tick, with its words beside it. Holds no meaning.
import { Checkbox as Base } from "@base-ui/react/checkbox";
import { Check, Minus } from "lucide-react";
import type { ReactNode, Ref } from "react";
import { cx } from "./classes";

interface CheckboxProps {
  label: ReactNode;
  /** A second, quieter line. */
  detail?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  indeterminate?: boolean;
  disabled?: boolean;
  className?: string;
  ref?: Ref<HTMLElement>;
}

/** A checkbox whose label can be pressed too. */
export function Checkbox({
  label,
  detail,
  checked,
  onChange,
  indeterminate,
  disabled,
  className,
  ref,
}: CheckboxProps) {
  return (
    <label
      className={cx("flex min-w-0 items-start gap-2 py-0.5 text-body", disabled && "text-off-fg", className)}
    >
      <Base.Root
        ref={ref}
        checked={checked}
        indeterminate={indeterminate}
        disabled={disabled}
        onCheckedChange={(next) => onChange(next)}
        className={cx(
          "mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-tag border border-line-strong bg-panel",
          "data-checked:border-accent data-checked:bg-accent data-indeterminate:border-accent data-indeterminate:bg-accent",
          "data-disabled:border-line data-disabled:bg-off data-disabled:text-off-fg",
        )}
      >
        <Base.Indicator className="text-accent-fg" keepMounted={false}>
          {indeterminate ? (
            <Minus className="size-3" strokeWidth={3} />
          ) : (
            <Check className="size-3" strokeWidth={3} />
          )}
        </Base.Indicator>
      </Base.Root>
      <span className="min-w-0">
        {label}
        {detail !== undefined && <span className="block text-meta text-fg-3">{detail}</span>}
      </span>
    </label>
  );
}
