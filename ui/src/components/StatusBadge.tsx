// Small labels: plain badges, and status as dot + word + colour, where the dot's shape differs too,
// so that nothing depends on telling colours apart. Holds no rule of what status something has.
import { cva, type VariantProps } from "class-variance-authority";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "./classes";

const look = cva(
  "inline-flex h-5 items-center gap-1.5 rounded-tag px-1.5 text-tiny font-semibold whitespace-nowrap",
  {
    variants: {
      tone: {
        ok: "bg-ok-tint text-ok",
        warn: "bg-warn-tint text-warn",
        bad: "bg-bad-tint text-bad",
        info: "bg-info-tint text-info",
        neutral: "bg-neutral-tint text-neutral",
      },
    },
    defaultVariants: { tone: "neutral" },
  },
);

export type Tone = NonNullable<VariantProps<typeof look>["tone"]>;
type Shape = "filled" | "half" | "ring" | "slash";

interface BadgeProps {
  tone?: Tone;
  className?: string;
  children: ReactNode;
}

/** A word on a tint. */
export function Badge({ tone, className, children }: BadgeProps) {
  return <span className={cx(look({ tone }), className)}>{children}</span>;
}

/** What a key or a tenant can be. */
export type Status = "unconfirmed" | "active" | "expiring" | "rotating" | "suspended" | "revoked" | "expired";

const APPEARANCE: Record<Status, { tone: Tone; shape: Shape }> = {
  active: { tone: "ok", shape: "filled" },
  expiring: { tone: "warn", shape: "half" },
  rotating: { tone: "info", shape: "half" },
  unconfirmed: { tone: "info", shape: "ring" },
  expired: { tone: "neutral", shape: "ring" },
  suspended: { tone: "warn", shape: "slash" },
  revoked: { tone: "bad", shape: "slash" },
};

/** Status as dot, word and colour. */
export function StatusBadge({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { tone, shape } = APPEARANCE[status];
  return (
    <Badge tone={tone}>
      <Dot shape={shape} />
      {t(`status.${status}`)}
    </Badge>
  );
}

function Dot({ shape }: { shape: Shape }) {
  return (
    <svg
      data-status-dot={shape}
      aria-hidden="true"
      width="8"
      height="8"
      viewBox="0 0 8 8"
      className="shrink-0"
    >
      {shape === "filled" && <circle cx="4" cy="4" r="3" fill="currentColor" />}
      {shape !== "filled" && (
        <circle cx="4" cy="4" r="3" fill="none" stroke="currentColor" strokeWidth="1.4" />
      )}
      {shape === "half" && <path d="M4 1a3 3 0 0 1 0 6z" fill="currentColor" />}
      {shape === "slash" && <path d="M1.9 6.1l4.2-4.2" stroke="currentColor" strokeWidth="1.4" />}
    </svg>
  );
}
