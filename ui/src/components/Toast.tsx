// Short messages in the corner. `toast.done` is announced politely, `toast.failed` at once.
// Never the only place where something important is said.
import { Toast as Base } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./classes";

const queue = Base.createToastManager();

interface ToastOptions {
  description?: string;
  /** A button in the toast; the toast leaves after `stay_ms`. */
  action?: { label: string; run: () => void };
  stay_ms?: number;
}

function add(title: string, type: "done" | "failed", options: ToastOptions = {}): void {
  const id = queue.add({
    title,
    type,
    description: options.description,
    priority: type === "failed" ? "high" : "low",
    timeout: options.stay_ms ?? (type === "failed" ? 10_000 : 5_000),
    actionProps: options.action && {
      children: options.action.label,
      onClick: () => {
        queue.close(id);
        options.action?.run();
      },
    },
  });
}

/** Shows a message in the corner. */
export const toast = {
  /** Something was done: the button's verb in the past. */
  done: (title: string, options?: ToastOptions) => add(title, "done", options),
  /** Something was not done. */
  failed: (title: string, options?: ToastOptions) => add(title, "failed", options),
  /** Takes every message away at once. */
  clear: () => queue.close(),
};

/** Makes room for toasts. One, at the root. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Base.Provider toastManager={queue} limit={3}>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed bottom-10 left-62 z-50 flex w-90 max-w-[calc(100vw-2rem)] flex-col gap-2 outline-none">
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function Toasts() {
  const { toasts } = Base.useToastManager();
  const { t } = useTranslation();
  return toasts.map((item) => (
    <Base.Root
      key={item.id}
      toast={item}
      swipeDirection={[]}
      className="layer-motion rounded-table border border-line bg-panel text-fg shadow-float data-limited:hidden"
    >
      <Base.Content className="flex items-start gap-2.5 p-3">
        {item.type === "failed" ? (
          <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-bad" />
        ) : (
          <CircleCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-ok" />
        )}
        <div className="min-w-0 flex-1">
          <Base.Title render={<p />} className="text-body font-medium break-words" />
          <Base.Description
            className={cx("text-meta text-fg-2", item.description === undefined && "hidden")}
          />
        </div>
        <Base.Action className="h-6 rounded-tag px-2 text-meta font-semibold text-accent-text hover:bg-accent-tint" />
        <Base.Close
          render={
            <IconButton label={t("action.dismiss")} size="compact" className="-my-1 -mr-1">
              <X className="size-4" />
            </IconButton>
          }
        />
      </Base.Content>
    </Base.Root>
  ));
}
