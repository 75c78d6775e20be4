// A labelled text field of a form: what it holds, and what is wrong with it, come from the form. Holds no check.
import type { ComponentProps } from "react";
import { Field } from "@/components/Field";
import { TextArea, TextInput } from "@/components/TextInput";

type FieldProps = Omit<ComponentProps<typeof Field>, "error" | "children">;

interface TextFieldProps<N extends string> extends FieldProps {
  /** The fields of the form, as `useFields` gives them. */
  of: {
    bindText: (name: NoInfer<N>) => {
      value: string;
      onChange: (event: { currentTarget: { value: string } }) => void;
    };
    errorOf: (name: NoInfer<N>) => string | undefined;
  };
  name: N;
  /** What stands there until something is typed. */
  placeholder?: string;
  inputMode?: "numeric";
  /** Several lines: this many. */
  rows?: number;
}

/** One field. */
export function TextField<N extends string>(props: TextFieldProps<N>) {
  const { of, name, placeholder, inputMode, rows, ...field } = props;
  const bound = of.bindText(name);
  return (
    <Field {...field} error={of.errorOf(name)}>
      {rows === undefined ? (
        <TextInput {...bound} placeholder={placeholder} inputMode={inputMode} />
      ) : (
        <TextArea {...bound} placeholder={placeholder} rows={rows} />
      )}
    </Field>
  );
}
