// Joins react-hook-form with our controls, which take a value and give one: `bind("name")`.
// Puts the server's refusal at the field it names; what was typed stays. Holds no form.
import { useEffect } from "react";
import type { FieldValues, Path, PathValue, UseFormReturn } from "react-hook-form";
import type { AdminError } from "@/platform/platform";

/** What a part of a form needs: the form, and what the store refused of it. */
export interface FormPart<T extends FieldValues> {
  form: UseFormReturn<T>;
  refusal: AdminError | null;
}

interface Bound<V> {
  value: V;
  onChange: (value: V) => void;
  error: string | undefined;
}

/** The fields of a form for our controls. */
export function useFields<T extends FieldValues>(form: UseFormReturn<T>, refusal: AdminError | null) {
  const { setError, formState, watch, setValue } = form;
  const { errors, isSubmitted } = formState;
  useEffect(() => {
    if (refusal?.field === undefined) return;
    setError(refusal.field as Path<T>, { type: "server", message: refusal.message });
  }, [refusal, setError]);
  return {
    bind: <P extends Path<T>>(path: P): Bound<PathValue<T, P>> => ({
      value: watch(path),
      onChange: (value) => setValue(path, value, { shouldDirty: true, shouldValidate: isSubmitted }),
      error: errorText(errors[path]),
    }),
    /** For text inputs, which speak in events. */
    bindText: <P extends Path<T>>(path: P) => ({
      value: watch(path) as string,
      onChange: (event: { currentTarget: { value: string } }) =>
        setValue(path, event.currentTarget.value as PathValue<T, P>, {
          shouldDirty: true,
          shouldValidate: isSubmitted,
        }),
    }),
    errorOf: (path: Path<T>): string | undefined => errorText(errors[path]),
  };
}

function errorText(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("message" in error && typeof error.message === "string") return error.message;
  return undefined;
}
