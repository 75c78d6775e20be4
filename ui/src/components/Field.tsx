// The frame around every input: label, explanation, error; tied together for screen readers.
// `Field` frames one control, `FieldGroup` several. Holds no validation.
import { Field as Base } from "@base-ui/react/field";
import { CircleAlert } from "lucide-react";
import { useId, type ReactNode } from "react";
import { cx } from "./classes";

interface FieldProps {
  label: string;
  /** A sentence under the label that helps to fill it in. */
  description?: ReactNode;
  /** What is wrong with what was typed. */
  error?: string | undefined;
  required?: boolean;
  /** Keeps the label for screen readers alone. */
  hideLabel?: boolean;
  className?: string;
  children: ReactNode;
}

const LABEL = "text-body font-medium text-fg";

/** One labelled control: TextInput, TextArea, Select or Combobox. */
export function Field({ label, description, error, required, hideLabel, className, children }: FieldProps) {
  return (
    <Base.Root invalid={error !== undefined} className={cx("flex min-w-0 flex-col gap-1", className)}>
      <Base.Label className={hideLabel ? "sr-only" : LABEL}>
        {label}
        {required && <Star />}
      </Base.Label>
      {children}
      {description !== undefined && (
        <Base.Description className="text-meta text-fg-3">{description}</Base.Description>
      )}
      {error !== undefined && (
        <Base.Error match className="flex items-start gap-1.5 text-meta text-bad">
          <CircleAlert aria-hidden="true" className="mt-0.5 size-3.5 shrink-0" />
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}

interface FieldGroupProps extends FieldProps {
  /** `radiogroup` widgets bring their own role; everything else is a group. */
  children: ReactNode;
}

/** Several controls under one label, announced as a group. */
export function FieldGroup({
  label,
  description,
  error,
  required,
  hideLabel,
  className,
  children,
}: FieldGroupProps) {
  const id = useId();
  const described = cx(description !== undefined && `${id}-about`, error !== undefined && `${id}-error`);
  return (
    <div
      role="group"
      aria-labelledby={`${id}-label`}
      aria-describedby={described === "" ? undefined : described}
      data-invalid={error === undefined ? undefined : ""}
      className={cx("flex min-w-0 flex-col gap-1", className)}
    >
      <div id={`${id}-label`} className={hideLabel ? "sr-only" : LABEL}>
        {label}
        {required && <Star />}
      </div>
      {children}
      {description !== undefined && (
        <div id={`${id}-about`} className="text-meta text-fg-3">
          {description}
        </div>
      )}
      {error !== undefined && (
        <div id={`${id}-error`} role="alert" className="flex items-start gap-1.5 text-meta text-bad">
          <CircleAlert aria-hidden="true" className="mt-0.5 size-3.5 shrink-0" />
          {error}
        </div>
      )}
    </div>
  );
}

function Star() {
  return (
    <span aria-hidden="true" className="text-bad">
      *
    </span>
  );
}
