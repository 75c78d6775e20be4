// One-line and many-line text. Both belong inside a Field. Holds no validation.
import { Field } from "@base-ui/react/field";
import type { ComponentProps, ReactNode, Ref } from "react";
import { cx } from "./classes";

/** The look every control that is typed into or opened shares. */
export const CONTROL = cx(
  "h-8 w-full rounded-control border border-line-strong bg-panel px-2.5 text-body text-fg",
  "selectable hover:border-fg-3 focus-visible:outline-offset-0",
  "data-disabled:border-line data-disabled:bg-sunken data-disabled:text-off-fg",
  "aria-invalid:border-bad data-invalid:border-bad",
);

interface TextInputProps extends Omit<ComponentProps<typeof Field.Control>, "className"> {
  className?: string;
  /** Shown inside, before the text. */
  icon?: ReactNode;
  ref?: Ref<HTMLInputElement>;
}

/** One line of text. Spelling is not checked: names and ids are not prose. */
export function TextInput({ className, icon, ...rest }: TextInputProps) {
  const input = (
    <Field.Control
      autoComplete="off"
      autoCapitalize="off"
      autoCorrect="off"
      spellCheck={false}
      {...rest}
      className={cx(CONTROL, icon !== undefined && "pl-8.5", className)}
    />
  );
  if (icon === undefined) {
    return input;
  }
  return (
    <div className="relative">
      <span
        aria-hidden="true"
        className="pointer-events-none absolute inset-y-0 left-2.5 flex items-center text-fg-3"
      >
        {icon}
      </span>
      {input}
    </div>
  );
}

interface TextAreaProps extends Omit<ComponentProps<"textarea">, "className"> {
  className?: string;
}

/** Several lines of text. */
export function TextArea({ className, ...rest }: TextAreaProps) {
  return (
    <Field.Control
      render={<textarea rows={3} autoComplete="off" spellCheck={false} {...rest} />}
      className={cx(CONTROL, "h-auto min-h-16 resize-y py-1.5", className)}
    />
  );
}
