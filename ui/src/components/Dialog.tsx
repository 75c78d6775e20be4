// Layers above the page: dialog, alert dialog (a question that must be answered), sheet (a form
// at the right). All trap focus and give it back. Holds no question of its own.
import { AlertDialog as BaseAlert } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useRef, type ReactNode, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./classes";

const SCRIM = "scrim-motion fixed inset-0 z-40 bg-scrim";
const TITLE = "min-w-0 break-words text-title font-semibold text-fg";
const BODY = "break-words mt-1 text-body text-fg-2";

/** Why a layer wants to open or close, as Base UI tells it. */
type CloseDetails = Base.Root.ChangeEventDetails;

interface LayerProps {
  open: boolean;
  /** Asked before the layer closes; call `details.cancel()` or keep `open` to stay. */
  onOpenChange: (open: boolean, details: CloseDetails) => void;
  /** Called when the closing motion has ended. */
  onClosed?: () => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** What gets focus first; the first control when not given. */
  initialFocus?: RefObject<HTMLElement | null>;
  /** Pressing beside the layer does nothing. */
  keepOnOutsidePress?: boolean;
}

interface DialogProps extends LayerProps {
  footer?: ReactNode;
  /** Pixels; 480 unless told. */
  width?: 480 | 560 | 640;
  /** Shows an X in the corner. */
  closable?: boolean;
}

const WIDTH = { 480: "w-120", 560: "w-140", 640: "w-160" } as const;

/** A dialog in the middle. */
export function Dialog(props: DialogProps) {
  const { t } = useTranslation();
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root
      open={props.open}
      onOpenChange={props.onOpenChange}
      onOpenChangeComplete={(open) => !open && props.onClosed?.()}
      disablePointerDismissal={props.keepOnOutsidePress}
    >
      <Base.Portal>
        <Base.Backdrop className={SCRIM} />
        <Base.Viewport className="fixed inset-0 z-40 flex items-center justify-center p-4">
          <Base.Popup
            ref={popup}
            // Not the X: its tooltip would take the first Escape.
            initialFocus={props.initialFocus ?? (props.closable ? popup : undefined)}
            className={cx(
              "layer-motion flex max-h-full max-w-full flex-col overflow-hidden rounded-dialog border border-line bg-panel shadow-float outline-none",
              WIDTH[props.width ?? 480],
            )}
          >
            <div className="flex min-h-0 flex-1 flex-col overflow-y-auto p-6 pb-4">
              <div className="flex items-start justify-between gap-4">
                <Base.Title className={TITLE}>{props.title}</Base.Title>
                {props.closable && (
                  <Base.Close
                    render={
                      <IconButton label={t("action.close")} size="compact" className="-mt-0.5 -mr-2">
                        <X className="size-4" />
                      </IconButton>
                    }
                  />
                )}
              </div>
              {props.description !== undefined && (
                <Base.Description className={BODY}>{props.description}</Base.Description>
              )}
              {props.children}
            </div>
            {props.footer !== undefined && (
              <div className="flex items-center justify-end gap-2 border-t border-line px-6 py-4">
                {props.footer}
              </div>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

interface AlertDialogProps extends LayerProps {
  /** The buttons; the safe one first, so that it has focus. */
  footer: ReactNode;
}

/** A question that must be answered: pressing beside it does nothing, Escape is the safe answer. */
export function AlertDialog(props: AlertDialogProps) {
  return (
    <BaseAlert.Root
      open={props.open}
      onOpenChange={props.onOpenChange}
      onOpenChangeComplete={(open) => !open && props.onClosed?.()}
    >
      <BaseAlert.Portal>
        {/* Dims a dialog that it lies on, too. */}
        <BaseAlert.Backdrop forceRender className={SCRIM} />
        <BaseAlert.Viewport className="fixed inset-0 z-40 flex items-center justify-center p-4">
          <BaseAlert.Popup
            initialFocus={props.initialFocus}
            className="layer-motion flex max-h-full w-110 max-w-full flex-col overflow-y-auto rounded-dialog border border-line bg-panel p-6 shadow-float outline-none"
          >
            <BaseAlert.Title className={TITLE}>{props.title}</BaseAlert.Title>
            {props.description !== undefined && (
              <BaseAlert.Description className={BODY}>{props.description}</BaseAlert.Description>
            )}
            {props.children}
            <div className="mt-5 flex justify-end gap-2">{props.footer}</div>
          </BaseAlert.Popup>
        </BaseAlert.Viewport>
      </BaseAlert.Portal>
    </BaseAlert.Root>
  );
}

interface SheetProps extends LayerProps {
  /** Words at the left of the footer. */
  footerNote?: ReactNode;
  /** Nothing inside takes the focus now; then what scrolls takes it itself. */
  still?: boolean;
  /** Above the footer, for what went wrong. */
  notice?: ReactNode;
  footer: ReactNode;
}

/** A form at the right, 560 px wide. Pressing beside it does not close it: typed text is dear. */
export function Sheet(props: SheetProps) {
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  // The first field, not the X that stands before it.
  const firstField = () =>
    body.current?.querySelector<HTMLElement>("input:not([type=hidden]), textarea") ?? true;
  return (
    <Base.Root
      open={props.open}
      onOpenChange={props.onOpenChange}
      onOpenChangeComplete={(open) => !open && props.onClosed?.()}
      disablePointerDismissal
    >
      <Base.Portal>
        <Base.Backdrop className={SCRIM} />
        <Base.Viewport className="fixed inset-0 z-40 flex justify-end">
          <Base.Popup
            initialFocus={props.initialFocus ?? firstField}
            className="sheet-motion flex h-full w-140 max-w-full flex-col border-l border-line bg-panel shadow-float outline-none"
          >
            <div className="flex items-start justify-between gap-4 border-b border-line px-6 py-4">
              <div className="min-w-0">
                <Base.Title className={TITLE}>{props.title}</Base.Title>
                {props.description !== undefined && (
                  <Base.Description className={BODY}>{props.description}</Base.Description>
                )}
              </div>
              <Base.Close
                render={
                  <IconButton label={t("action.close")} size="compact" className="-mr-2">
                    <X className="size-4" />
                  </IconButton>
                }
              />
            </div>
            <div
              ref={body}
              // What scrolls must be reachable by keyboard.
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
              tabIndex={props.still ? 0 : undefined}
              className="min-h-0 flex-1 overflow-y-auto px-6 py-5 outline-offset-[-2px]"
            >
              {props.children}
            </div>
            {props.notice}
            <div className="flex items-center justify-end gap-2 border-t border-line px-6 py-4">
              {props.footerNote !== undefined && (
                <p className="mr-auto text-meta text-fg-2">{props.footerNote}</p>
              )}
              {props.footer}
            </div>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
