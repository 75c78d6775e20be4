// A form over something that somebody else changed meanwhile: what was typed stays, and the person
// chooses field for field whose words stand. What nobody here touched becomes what stands now, so
// nothing of theirs is undone unseen. Holds no fields of any form.
import type { FieldValues, Path, PathValue, UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { differences, type Facts } from "@/data/differences";
import type { Pinned } from "@/data/pinned";
import type { AdminError } from "@/platform/platform";
import { ConflictCard } from "./ConflictCard";
import type { ShownFacts } from "./PinnedOutcome";
import { WriteButton } from "./writes";

interface FormConflictProps<E, V extends FieldValues> {
  error: AdminError;
  form: UseFormReturn<V>;
  pin: Pinned<E>;
  valuesOf: (thing: E) => V;
  facts: ShownFacts<E>;
  /** The same of what is typed; a field that the form has not is left out. */
  factsTyped: (values: V) => Facts;
  /** Forgets the try that was refused. */
  onTaken: () => void;
  /** Sends what the form holds, on the version of `on`. */
  onSave: (on: E) => void;
}

/** The card with both ways on. */
export function FormConflict<E, V extends FieldValues>(props: FormConflictProps<E, V>) {
  const { t } = useTranslation();
  const { form, pin, valuesOf, facts } = props;
  const { pinned, theirs } = pin;
  const changed =
    theirs === null
      ? null
      : differences(facts.fields, facts.of(pinned), facts.of(theirs), props.factsTyped(form.getValues()));
  const take = (whose: "theirs" | "mine") => {
    if (theirs === null) return;
    merge(form, valuesOf(pinned), valuesOf(theirs), whose);
    pin.pin(theirs);
    props.onTaken();
    if (whose === "mine") props.onSave(theirs);
  };
  return (
    <ConflictCard
      error={props.error}
      changed={changed}
      failed={pin.failed}
      onLook={pin.look}
      labelOf={facts.label}
      typed
      actions={
        <>
          <Button size="compact" onClick={() => take("theirs")}>
            {t("conflict.use_theirs")}
          </Button>
          <WriteButton size="compact" kind="primary" onClick={() => take("mine")}>
            {t("conflict.keep_mine")}
          </WriteButton>
        </>
      }
    />
  );
}

/**
 * What stands now, with what was typed over it. Where both changed a field, `whose` decides; it is
 * compared by value, because a list that was edited back is not a change.
 */
function merge<V extends FieldValues>(
  form: UseFormReturn<V>,
  before: V,
  theirs: V,
  whose: "theirs" | "mine",
) {
  const yours = form.getValues();
  form.reset(theirs, { keepDirtyValues: false });
  for (const field of Object.keys(theirs) as Path<V>[]) {
    const typed = !same(yours[field], before[field]);
    const both = typed && !same(theirs[field], before[field]);
    if (typed && (whose === "mine" || !both))
      form.setValue(field, yours[field] as PathValue<V, Path<V>>, { shouldDirty: true });
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
