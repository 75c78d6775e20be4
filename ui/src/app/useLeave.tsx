// Closing a form or a question that would lose something: typed text, or the answer to what became of
// a change. That is asked first, by its own X and Cancel as by whoever wants the window free.
// Holds no change and no other question.
import { useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { useCloseGuard, whenFree } from "./closeGuards";
import type { ChangeLook } from "./writes";

interface LeaveOptions {
  open: boolean;
  change: Pick<ChangeLook, "isPending" | "isUnknown">;
  close: () => void;
  /** Whether typed text would be lost. */
  dirty?: boolean;
}

/** `leave` closes, after a question where one is due; `question` must stand inside the dialog. */
export function useLeave({ open, change, close, dirty = false }: LeaveOptions): {
  leave: () => void;
  question: ReactNode;
} {
  const { t } = useTranslation();
  const [then, setThen] = useState<(() => void) | null>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const due = open && (dirty || change.isUnknown);
  // Known meanwhile: there is nothing left to ask.
  if (then !== null && !due) setThen(null);
  const ask = (after: () => void) => setThen(() => after);
  // While an answer is awaited nothing is asked and nothing closes.
  useCloseGuard(due || (open && change.isPending), (after) => !change.isPending && ask(after));
  const leave = () => {
    if (due) ask(() => undefined);
    // A part of it may have a change of its own that is not known yet.
    else whenFree(close);
  };
  const discard = () => {
    setThen(null);
    close();
    then?.();
  };
  const unknown = change.isUnknown;
  const question = (
    <AlertDialog
      open={then !== null && due}
      onOpenChange={(next) => !next && setThen(null)}
      title={unknown ? t("lost.leave_title") : t("leave.title")}
      description={unknown ? t("lost.leave_text") : t("leave.text")}
      initialFocus={keep}
      footer={
        <>
          <Button ref={keep} onClick={() => setThen(null)}>
            {unknown ? t("lost.keep_open") : t("action.keep_editing")}
          </Button>
          <Button kind="danger" onClick={discard}>
            {unknown ? t("lost.close_anyway") : t("action.discard")}
          </Button>
        </>
      }
    />
  );
  return { leave, question };
}
