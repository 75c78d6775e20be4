// "2 min ago" with the exact local and UTC time in a tooltip. Holds no clock of its own.
import { exactTime, relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { cx } from "./classes";
import { Tooltip } from "./Tooltip";

interface RelativeTimeProps {
  /** RFC 3339, or nothing. */
  at: string | null | undefined;
  /** What to say when there is no time. */
  none: string;
  className?: string;
}

/** An instant, relative to now. */
export function RelativeTime({ at, none, className }: RelativeTimeProps) {
  const now = useNow();
  if (at === null || at === undefined) {
    return <span className={cx("text-fg-3", className)}>{none}</span>;
  }
  const instant = new Date(at);
  return (
    <Tooltip words={exactTime(instant)}>
      <time dateTime={at} className={cx("tabular", className)}>
        {relativeTime(instant, now)}
      </time>
    </Tooltip>
  );
}
