// "2 min ago" with the exact local and UTC time in a tooltip. Holds no clock of its own.
import { useTranslation } from "react-i18next";
import { exactTime, relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { cx } from "./classes";
import { Tooltip } from "./Tooltip";

interface RelativeTimeProps {
  /** RFC 3339, or nothing. */
  at: string | null | undefined;
  /** From which address, where that is known; said beside the exact time. */
  from?: string | null | undefined;
  /** What to say when there is no time. */
  none: string;
  className?: string;
}

/** An instant, relative to now. */
export function RelativeTime({ at, from, none, className }: RelativeTimeProps) {
  const { t } = useTranslation();
  const now = useNow();
  if (at === null || at === undefined) {
    return <span className={cx("text-fg-3", className)}>{none}</span>;
  }
  const instant = new Date(at);
  return (
    <Tooltip words={from ? t("time.exact_from", { time: exactTime(instant), ip: from }) : exactTime(instant)}>
      <time dateTime={at} className={cx("tabular", className)}>
        {relativeTime(instant, now)}
      </time>
    </Tooltip>
  );
}
