// A form about one thing of the store, made anew or changed: what the store refused stands above the footer, and so
// does what somebody else changed meanwhile, with the ways on. Holds no fields.
import type { ComponentProps } from "react";
import type { FieldValues, UseFormReturn } from "react-hook-form";
import type { Facts } from "@/data/differences";
import { formError } from "@/data/errors";
import type { Pinned } from "@/data/pinned";
import { ChangeOutcome } from "./ChangeOutcome";
import { FormConflict } from "./FormConflict";
import { FormSheet } from "./FormSheet";
import type { ShownFacts } from "./PinnedOutcome";
import type { ChangeLook } from "./writes";

type Frame = Omit<ComponentProps<typeof FormSheet>, "dirty" | "change" | "notice" | "onSubmit">;

interface EditSheetProps<E, V extends FieldValues> extends Frame {
  form: UseFormReturn<V>;
  change: ChangeLook & { reset: () => void };
  /** What is changed; nothing in it: a new one is made. */
  pin: Pinned<E>;
  /** What could not be done. */
  failed: string;
  /** The fields of the form by the names that a refusal has for them. */
  fields: readonly string[];
  valuesOf: (thing: NonNullable<E>) => V;
  facts: ShownFacts<NonNullable<E>>;
  /** What is typed, under the names by which a conflict shows it. */
  factsTyped: (values: V) => Facts;
  /** Sends what the form holds, on the version of `on`. */
  onSave: (on: E) => void;
}

/** The form in its sheet. */
export function EditSheet<E, V extends FieldValues>(props: EditSheetProps<E, V>) {
  const { form, change, pin, failed, fields, valuesOf, facts, factsTyped, onSave, children, ...frame } =
    props;
  const { error } = change;
  return (
    <FormSheet
      {...frame}
      dirty={form.formState.isDirty}
      change={change}
      onSubmit={() => onSave(pin.pinned)}
      notice={
        <ChangeOutcome
          className="mx-6 my-4"
          title={failed}
          change={change}
          error={formError(error, fields)}
          conflict={
            error !== null &&
            isThere(pin) && (
              <FormConflict
                error={error}
                form={form}
                pin={pin}
                valuesOf={valuesOf}
                facts={facts}
                factsTyped={factsTyped}
                onTaken={change.reset}
                onSave={onSave}
              />
            )
          }
        />
      }
    >
      {children}
    </FormSheet>
  );
}

/** What is made anew was changed by nobody. */
function isThere<E>(pin: Pinned<E>): pin is Pinned<E> & Pinned<NonNullable<E>> {
  return pin.pinned !== null;
}
