// What became of a change that has no typed text at stake: a conflict shows what somebody else changed
// and goes on with that. Holds no form and no list of fields.
import { differences, type Facts } from "@/data/differences";
import type { Pinned } from "@/data/pinned";
import type { AdminError } from "@/platform/platform";
import { ChangeOutcome } from "./ChangeOutcome";
import { ConflictCard, TakeOver } from "./ConflictCard";
import type { ChangeLook } from "./writes";

/** How a thing's fields stand and how they are called. */
export interface ShownFacts<E> {
  fields: readonly string[];
  of: (thing: E) => Facts;
  label: (field: string) => string;
}

interface PinnedOutcomeProps<E> {
  title: string;
  change: ChangeLook & { reset: () => void };
  /** The error for here, where a field shows some of them. */
  error?: AdminError | undefined;
  pin: Pinned<E>;
  facts: ShownFacts<E>;
}

/** Above the footer of a question. */
export function PinnedOutcome<E>({ title, change, pin, facts, ...rest }: PinnedOutcomeProps<E>) {
  const { pinned, theirs } = pin;
  const take = () => {
    if (theirs !== null) pin.pin(theirs);
    change.reset();
  };
  return (
    <ChangeOutcome
      className="mt-4"
      title={title}
      change={change}
      {...rest}
      conflict={
        change.error !== null && (
          <ConflictCard
            error={change.error}
            changed={theirs === null ? null : differences(facts.fields, facts.of(pinned), facts.of(theirs))}
            failed={pin.failed}
            onLook={pin.look}
            labelOf={facts.label}
            actions={<TakeOver onTake={take} />}
          />
        )
      }
    />
  );
}
