// The fake's line to its store: it can be lost, and it can break before or after one change, so that
// an answer is lost though the change was made. Never in the production bundle.
import { EFFECTS } from "@/generated/operations";
import type { MadeChange } from "@/generated/MadeChange";
import type { OperationName } from "../platform";
import { fault } from "./world";

const NO_ANSWER = "No answer from db.internal. Check the address and that you are on the right network.";

/** The line, and what is remembered of the changes that came over it. */
export class FakeLine {
  private up = true;
  private cut: "before" | "after" | null = null;
  private hanging = new Set<() => void>();
  private made = new Map<string, MadeChange>();

  constructor(private readonly now: () => string) {}

  /** From now on nobody gets an answer; a poll that waits breaks. */
  lose(): void {
    this.up = false;
    for (const end of this.hanging) end();
  }

  /** Answers come again. */
  mend(): void {
    this.up = true;
  }

  /** The next change loses the line, before it is made or after. */
  cutNext(when: "before" | "after"): void {
    this.cut = when;
  }

  /** What became of a change under this idempotency key. */
  became(key: string): MadeChange | null {
    return this.made.get(key) ?? null;
  }

  /** Performs something over the line. */
  async carry(name: OperationName, key: string | undefined, perform: () => unknown): Promise<unknown> {
    if (!this.up) throw fault("unreachable", NO_ANSWER);
    if (EFFECTS[name] === "reads") return this.orBroken(perform);
    const { cut } = this;
    this.cut = null;
    if (cut === "before") this.lose();
    if (!this.up) throw fault("unreachable", NO_ANSWER);
    const before = key === undefined ? undefined : this.made.get(key);
    if (before !== undefined) throw fault("already_made", "This change was made already. Reload to see it.");
    const answer = await perform();
    if (key !== undefined) this.made.set(key, this.note(name, answer));
    if (cut !== "after") return answer;
    this.lose();
    throw fault("unreachable", NO_ANSWER);
  }

  private orBroken(perform: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const end = () => reject(fault("unreachable", NO_ANSWER));
      this.hanging.add(end);
      void Promise.resolve()
        .then(perform)
        .then(resolve, reject)
        .finally(() => this.hanging.delete(end));
    });
  }

  private note(operation: OperationName, answer: unknown): MadeChange {
    const noun = operation.split(".")[0]?.replace(/s$/, "") ?? "";
    const thing = answer as { id?: string; key?: { id: string } };
    return { operation, noun, id: thing.key?.id ?? thing.id ?? "", at: this.now() };
  }
}
