// What became of a change of a key that has no typed text at stake. Holds no form.
import { PinnedOutcome } from "@/app/PinnedOutcome";
import { KEY_SHOWN } from "@/features/keys/keyFacts";
import type { KeyDetails } from "@/generated/KeyDetails";

type KeyOutcomeProps = Omit<Parameters<typeof PinnedOutcome<KeyDetails>>[0], "facts">;

/** Above the footer of a question about a key. */
export function KeyOutcome(props: KeyOutcomeProps) {
  return <PinnedOutcome {...props} facts={KEY_SHOWN} />;
}
