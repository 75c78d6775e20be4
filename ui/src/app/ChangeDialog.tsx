// The frame of every dialog that makes one change: Cancel first, the button that sends it last, and a
// question before the answer to what became of it is lost. Holds no fields and no words of its own.
import { useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { AlertDialog, Dialog } from "@/components/Dialog";
import { useLeave } from "./useLeave";
import { ChangeButton, type ChangeLook } from "./writes";

interface ChangeDialogProps {
  open: boolean;
  /** Closes it; asked first where something would be lost. */
  onClose: () => void;
  /** The closing motion has ended. */
  onClosed: () => void;
  title: string;
  description: string;
  change: ChangeLook;
  /** What the button does, and what stands there while it is done. */
  words: string;
  busyWords: string;
  /** `danger`: something that others rely on ends. */
  kind?: "primary" | "danger";
  /** Why it cannot be sent now. */
  disabledReason?: string | undefined;
  /** What the button does; `form`: it submits the form of this id instead. */
  send: (() => void) | { form: string };
  children?: ReactNode;
}

function useFrame({ open, onClose, change, ...props }: ChangeDialogProps) {
  const { t } = useTranslation();
  const cancel = useRef<HTMLButtonElement>(null);
  const { leave, question } = useLeave({ open, change, close: onClose });
  const sends =
    typeof props.send === "function"
      ? { onClick: props.send }
      : { type: "submit" as const, form: props.send.form };
  return {
    cancel,
    question,
    layer: {
      open,
      onOpenChange: (next: boolean) => {
        if (!next) leave();
      },
      onClosed: props.onClosed,
      title: props.title,
      description: props.description,
    },
    cancelButton: (
      <Button ref={cancel} onClick={leave} disabled={change.isPending}>
        {t("action.cancel")}
      </Button>
    ),
    sendButton: (
      <ChangeButton
        kind={props.kind ?? "primary"}
        change={change}
        words={props.words}
        busyWords={props.busyWords}
        disabledReason={props.disabledReason}
        {...sends}
      />
    ),
  };
}

/** A question before something is done: the safe answer has the focus. */
export function ChangeQuestion(props: ChangeDialogProps) {
  const { cancel, question, layer, cancelButton, sendButton } = useFrame(props);
  return (
    <AlertDialog
      {...layer}
      initialFocus={cancel}
      footer={
        <>
          {cancelButton}
          {sendButton}
        </>
      }
    >
      {props.children}
      {question}
    </AlertDialog>
  );
}

interface ChangeFormDialogProps extends ChangeDialogProps {
  /** Pixels. */
  width?: 480 | 560;
  /** Stands in place of the button that sends, where another way is offered. */
  instead?: ReactNode;
}

/** A short form: its first field has the focus, and pressing beside it does not close it. */
export function ChangeFormDialog({ width, instead, ...props }: ChangeFormDialogProps) {
  const { question, layer, cancelButton, sendButton } = useFrame(props);
  return (
    <Dialog
      {...layer}
      keepOnOutsidePress
      width={width}
      footer={
        <>
          {cancelButton}
          {instead || sendButton}
        </>
      }
    >
      {props.children}
      {question}
    </Dialog>
  );
}
