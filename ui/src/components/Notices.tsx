// What stands in place of content: banner, empty state, error card, skeleton.
// Each says what happened and what to do. Holds no words of a screen.
import { Button as BaseButton } from "@base-ui/react/button";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { AdminError } from "@/platform/platform";
import { Button } from "./Button";
import { cx } from "./classes";
import { Tooltip } from "./Tooltip";

const TONE = {
  warn: "bg-warn-tint text-warn",
  bad: "bg-bad-tint text-bad",
  info: "bg-info-tint text-info",
} as const;

interface BannerProps {
  tone?: keyof typeof TONE;
  children: ReactNode;
  /** Buttons at the right. */
  actions?: ReactNode;
  className?: string;
}

/** A line across the page that asks for attention. */
export function Banner({ tone = "warn", children, actions, className }: BannerProps) {
  const Icon = tone === "info" ? Info : TriangleAlert;
  return (
    <div
      role="status"
      className={cx(
        "flex min-h-9.5 flex-wrap items-center gap-x-3 gap-y-1 rounded-control px-3 py-1.5 text-body font-medium",
        TONE[tone],
        className,
      )}
    >
      <Icon aria-hidden="true" className="size-4 shrink-0" />
      <div className="min-w-0 flex-1 break-words">{children}</div>
      {actions}
    </div>
  );
}

interface BannerActionProps {
  onClick: () => void;
  /** Why it cannot be pressed. */
  disabledReason?: string | undefined;
  children: ReactNode;
}

/** A button inside a banner: underlined words in the banner's colour. */
export function BannerAction({ onClick, disabledReason, children }: BannerActionProps) {
  const off = disabledReason !== undefined;
  const button = (
    <BaseButton
      type="button"
      onClick={onClick}
      disabled={off}
      focusableWhenDisabled={off}
      aria-description={disabledReason}
      className="rounded-tag px-0.5 font-semibold underline underline-offset-2 hover:text-fg data-disabled:text-fg-3 data-disabled:no-underline"
    >
      {children}
    </BaseButton>
  );
  return off ? <Tooltip words={disabledReason}>{button}</Tooltip> : button;
}

interface EmptyStateProps {
  children: ReactNode;
  icon?: ReactNode;
  action?: ReactNode;
}

/** Nothing there yet, and what to do about it. */
export function EmptyState({ children, icon, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-3 rounded-table border border-line bg-panel px-6 py-14 text-center">
      {icon !== undefined && (
        <span
          aria-hidden="true"
          className="flex size-11 items-center justify-center rounded-full bg-accent-tint text-accent-text"
        >
          {icon}
        </span>
      )}
      <p className="max-w-96 text-body text-fg-2">{children}</p>
      {action}
    </div>
  );
}

interface OfferCardProps {
  /** How things stand. */
  title: string;
  children: ReactNode;
  /** What can be done about it. */
  action?: ReactNode;
}

/** Nothing failed: what stands, and one step that is offered. */
export function OfferCard({ title, children, action }: OfferCardProps) {
  return (
    <div
      role="status"
      className="flex items-start gap-3 rounded-table border border-info bg-info-tint p-4 text-body"
    >
      <Info aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-info" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold text-info">{title}</p>
        <p className="mt-0.5 break-words text-fg">{children}</p>
        {action !== undefined && <div className="mt-3">{action}</div>}
      </div>
    </div>
  );
}

interface ErrorCardProps {
  /** What could not be done. */
  title: string;
  error: AdminError;
  onRetry?: () => void;
  /** What the button says, when it does not simply try again. */
  retryWords?: string;
  className?: string;
}

/** What happened, what to do, and the details for a report. */
export function ErrorCard({ title, error, onRetry, retryWords, className }: ErrorCardProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    const { code, field, request_id } = error;
    const details = JSON.stringify(
      { what: title, code, field, request_id, at: new Date().toISOString() },
      null,
      2,
    );
    void navigator.clipboard.writeText(details).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <div
      role="alert"
      className={cx(
        "flex items-start gap-3 rounded-table border border-bad bg-bad-tint p-4 text-body",
        className,
      )}
    >
      <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold break-words text-bad">{title}</p>
        <p className="selectable mt-0.5 break-words text-fg">{error.message}</p>
        <div className="mt-3 flex flex-wrap gap-2">
          {onRetry !== undefined && (
            <Button size="compact" onClick={onRetry}>
              {retryWords ?? t("action.retry")}
            </Button>
          )}
          {/* Alone, its words stand below the others'. */}
          <Button
            size="compact"
            kind="quiet"
            onClick={copy}
            className={onRetry === undefined ? "-ml-2.5" : undefined}
          >
            {copied ? t("action.details_copied") : t("action.copy_details")}
          </Button>
        </div>
      </div>
    </div>
  );
}

/** Grey bars where content will be; appears only after 150 ms. */
export function Skeleton({ rows = 6, label }: { rows?: number; label?: string }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={label ?? t("state.loading")} className="flex flex-col gap-3 p-3">
      {Array.from({ length: rows }, (_, index) => (
        <div
          key={index}
          aria-hidden="true"
          className={cx("skeleton h-4", index % 3 === 0 ? "w-full" : index % 3 === 1 ? "w-11/12" : "w-4/5")}
        />
      ))}
    </div>
  );
}
