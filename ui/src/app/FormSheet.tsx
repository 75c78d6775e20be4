// The frame of every form in a sheet: submit by button or Ctrl Enter, a question before typed text
// is lost, the server's refusal above the footer. Holds no fields.
import {
  useEffect,
  useRef,
  useState,
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Sheet } from "@/components/Dialog";
import { ErrorCard } from "@/components/Notices";
import type { AdminError } from "@/platform/platform";
import { useLeave } from "./useLeave";
import { ChangeButton, type ChangeLook } from "./writes";

interface FormSheetProps {
  open: boolean;
  onClose: () => void;
  onClosed: () => void;
  title: string;
  description?: string;
  /** Whether typed text would be lost. */
  dirty: boolean;
  pending?: boolean;
  /** The change of the store that the form makes; it says by itself whether it is under way. */
  change?: ChangeLook;
  submitWords: string;
  submittingWords: string;
  onSubmit: () => void;
  /** What went wrong and belongs to no field. */
  error?: AdminError | undefined;
  errorTitle?: string;
  /** Stands in place of the error card, for an error with a way out. */
  notice?: ReactNode;
  footerNote?: ReactNode;
  /** Other things to do with what is in the form; the first stands apart, at the left. */
  others?: readonly { words: string; run: () => void; disabled?: boolean }[];
  children: ReactNode;
}

/** A form in a sheet. */
export function FormSheet(props: FormSheetProps) {
  const { t } = useTranslation();
  const { change = null, open, dirty } = props;
  const pending = props.pending ?? change?.isPending ?? false;
  const isUnknown = change?.isUnknown ?? false;
  const busy = pending || isUnknown;
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const { leave, question } = useLeave({
    open,
    dirty,
    change: { isPending: pending, isUnknown },
    close: props.onClose,
  });
  useFocusOnWhatIsWrong(form, tries, pending);
  const send = (run: () => void) => {
    setTries(tries + 1);
    run();
  };
  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (!busy) send(props.onSubmit);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  const others = (props.others ?? []).map(({ words, run, disabled }, index) => (
    <Button
      key={index}
      className={index === 0 ? "mr-auto" : undefined}
      onClick={() => send(run)}
      disabled={busy || disabled}
    >
      {words}
    </Button>
  ));
  return (
    <Sheet
      open={open}
      onOpenChange={(next) => !next && leave()}
      onClosed={props.onClosed}
      title={props.title}
      description={props.description}
      footerNote={props.footerNote}
      still={busy}
      notice={
        props.notice ??
        (props.error !== undefined && (
          <ErrorCard className="mx-6 my-4" title={props.errorTitle ?? ""} error={props.error} />
        ))
      }
      footer={
        <>
          {others[0]}
          <Button onClick={leave} disabled={pending}>
            {t("action.cancel")}
          </Button>
          {others.slice(1)}
          <Submit {...props} busy={busy} onSend={() => send(props.onSubmit)} />
        </>
      }
    >
      {/* Ctrl Enter submits from anywhere in the form. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <form
        ref={form}
        noValidate
        onSubmit={submit}
        onKeyDown={onKeyDown}
        inert={busy}
        className="flex flex-col gap-4"
      >
        {props.children}
      </form>
      {question}
    </Sheet>
  );
}

/** A form about what the store holds is a write; one about this program's own settings is not. */
function Submit({
  change,
  busy,
  onSend,
  submitWords,
  submittingWords,
}: FormSheetProps & { busy: boolean; onSend: () => void }) {
  if (change !== undefined) {
    return (
      <ChangeButton
        kind="primary"
        change={change}
        words={submitWords}
        busyWords={submittingWords}
        onClick={onSend}
      />
    );
  }
  return (
    <Button kind="primary" onClick={onSend} disabled={busy}>
      {busy ? submittingWords : submitWords}
    </Button>
  );
}

/** What a person has to mend first: a control that is wrong, or the first control of a group that is. */
const WRONG = '[aria-invalid="true"]:not([aria-hidden]), [role="group"][data-invalid] :is(input, button)';

/** How often a refusal is looked for; after that there is none at a field. */
const LOOKS = 25;

/** After a try that was refused, here or by Rust, the first field that is wrong is in sight and has the focus. */
function useFocusOnWhatIsWrong(
  form: RefObject<HTMLFormElement | null>,
  tries: number,
  pending: boolean,
): void {
  useEffect(() => {
    if (tries === 0 || pending) return undefined;
    let looks = 0;
    // The refusal is drawn some moments after the try.
    const timer = setInterval(() => {
      const wrong = form.current?.querySelector<HTMLElement>(WRONG);
      wrong?.scrollIntoView({ block: "center" });
      wrong?.focus({ preventScroll: true });
      looks += 1;
      if (wrong || looks === LOOKS) clearInterval(timer);
    }, 40);
    return () => clearInterval(timer);
  }, [form, tries, pending]);
}

/** A heading inside a form. */
export function FormSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="flex flex-col gap-4 border-b border-line pb-5 last:border-b-0 last:pb-0"
    >
      <h3 className="m-0 text-meta text-fg-3">{title}</h3>
      {children}
    </section>
  );
}
