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
import { AlertDialog, Sheet } from "@/components/Dialog";
import { ErrorCard } from "@/components/Notices";
import type { AdminError } from "@/platform/platform";
import { useCloseGuard } from "./closeGuards";

interface FormSheetProps {
  open: boolean;
  onClose: () => void;
  onClosed: () => void;
  title: string;
  description?: string;
  /** Whether typed text would be lost. */
  dirty: boolean;
  pending: boolean;
  submitWords: string;
  submittingWords: string;
  onSubmit: () => void;
  /** What went wrong and belongs to no field. */
  error?: AdminError | undefined;
  errorTitle: string;
  /** Starts again from what stands now, after somebody else was first. */
  onReload?: () => void;
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
  const [asking, setAsking] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  useCloseGuard(props.open && (props.dirty || props.pending), () => setAsking(!props.pending));
  const leave = () => {
    if (props.pending) return;
    if (props.dirty) setAsking(true);
    else props.onClose();
  };
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  useFocusOnWhatIsWrong(form, tries, props.pending);
  const send = (run: () => void) => {
    setTries(tries + 1);
    run();
  };
  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (!props.pending) send(props.onSubmit);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  const others = (props.others ?? []).map(({ words, run, disabled }, index) => (
    <Button
      key={index}
      className={index === 0 ? "mr-auto" : undefined}
      onClick={() => send(run)}
      disabled={props.pending || disabled}
    >
      {words}
    </Button>
  ));
  return (
    <Sheet
      open={props.open}
      onOpenChange={(next) => !next && leave()}
      onClosed={props.onClosed}
      title={props.title}
      description={props.description}
      footerNote={props.footerNote}
      notice={
        props.notice ??
        (props.error !== undefined && (
          <ErrorCard
            className="mx-6 mb-4"
            title={props.errorTitle}
            error={props.error}
            onRetry={props.error.code === "conflict" ? props.onReload : undefined}
            retryWords={t("action.reload")}
          />
        ))
      }
      footer={
        <>
          {others[0]}
          <Button onClick={leave} disabled={props.pending}>
            {t("action.cancel")}
          </Button>
          {others.slice(1)}
          <Button kind="primary" onClick={() => send(props.onSubmit)} disabled={props.pending}>
            {props.pending ? props.submittingWords : props.submitWords}
          </Button>
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
        inert={props.pending}
        className="flex flex-col gap-4"
      >
        {props.children}
      </form>
      <AlertDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("leave.title")}
        description={t("leave.text")}
        initialFocus={keep}
        footer={
          <>
            <Button ref={keep} onClick={() => setAsking(false)}>
              {t("action.keep_editing")}
            </Button>
            <Button
              kind="danger"
              onClick={() => {
                setAsking(false);
                props.onClose();
              }}
            >
              {t("action.discard")}
            </Button>
          </>
        }
      />
    </Sheet>
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
