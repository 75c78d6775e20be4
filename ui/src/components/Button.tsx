// Buttons: with words, or with an icon and an accessible name. A disabled button can say why.
// Holds no behaviour of any screen.
import { Button as BaseButton } from "@base-ui/react/button";
import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./classes";
import { Tooltip } from "./Tooltip";

const look = cva(
  [
    "inline-flex shrink-0 items-center justify-center gap-2 rounded-control border text-body font-semibold",
    "whitespace-nowrap transition-colors duration-100 select-none",
    "data-disabled:border-transparent data-disabled:bg-off data-disabled:text-off-fg",
  ],
  {
    variants: {
      kind: {
        primary: "border-transparent bg-accent text-accent-fg hover:bg-accent-hover",
        secondary: "border-line-strong bg-panel text-fg font-medium hover:bg-sunken",
        danger: "border-transparent bg-danger text-danger-fg hover:bg-danger-hover",
        quiet: "border-transparent bg-transparent text-fg-2 font-medium hover:bg-neutral-tint hover:text-fg",
        link: "border-transparent bg-transparent text-accent-text font-medium underline underline-offset-2 hover:text-fg data-disabled:bg-transparent",
      },
      size: {
        normal: "h-8 px-3",
        compact: "h-7 px-2.5 text-meta",
        inline: "h-auto rounded-tag px-0.5",
      },
    },
    defaultVariants: { kind: "secondary", size: "normal" },
  },
);

export interface ButtonProps extends ComponentProps<typeof BaseButton>, VariantProps<typeof look> {
  /** Why the button cannot be pressed. Setting it disables the button; it stays focusable and says so. */
  disabledReason?: string | undefined;
  /** The shortcut that does the same, shown at the right. */
  hint?: ReactNode;
}

/** A button with words on it. */
export function Button({
  kind,
  size,
  className,
  disabledReason,
  disabled,
  hint,
  children,
  ...rest
}: ButtonProps) {
  const off = Boolean(disabled) || disabledReason !== undefined;
  const button = (
    <BaseButton
      type="button"
      disabled={off}
      focusableWhenDisabled={disabledReason !== undefined}
      // The tooltip is for eyes alone.
      aria-description={disabledReason}
      className={cx(look({ kind, size }), className as string | undefined)}
      {...rest}
    >
      {children}
      {hint !== undefined && <span aria-hidden="true">{hint}</span>}
    </BaseButton>
  );
  return disabledReason === undefined ? button : <Tooltip words={disabledReason}>{button}</Tooltip>;
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "hint"> {
  /** The accessible name, also shown as tooltip. */
  label: string;
  children: ReactNode;
}

/** A square button with an icon; its name is its tooltip. */
export function IconButton({
  label,
  kind = "quiet",
  size,
  className,
  disabled,
  disabledReason,
  children,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip words={disabledReason ?? label}>
      <BaseButton
        type="button"
        aria-label={label}
        {...rest}
        disabled={Boolean(disabled) || disabledReason !== undefined}
        focusableWhenDisabled={disabledReason !== undefined}
        aria-description={disabledReason}
        className={cx(
          look({ kind, size }),
          size === "compact" ? "w-7 px-0" : "w-8 px-0",
          className as string | undefined,
        )}
      >
        {children}
      </BaseButton>
    </Tooltip>
  );
}
