// What became of a change, above the footer of its form or question: not known yet, somebody else was
// first, or refused. Holds no form; what belongs at a field is shown there.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/classes";
import { ErrorCard } from "@/components/Notices";
import type { AdminError } from "@/platform/platform";
import type { ChangeLook } from "./writes";

interface ChangeOutcomeProps {
  change: ChangeLook;
  /** What could not be done. */
  title: string;
  /** The error, where a field shows some of them. */
  error?: AdminError | undefined;
  /** Stands for a conflict: what somebody else changed, and the ways on. */
  conflict?: ReactNode;
  className?: string;
}

/** Nothing while there is nothing to say. */
export function ChangeOutcome({ change, title, conflict, className, ...rest }: ChangeOutcomeProps) {
  const { t } = useTranslation();
  const error = "error" in rest ? rest.error : (change.error ?? undefined);
  const other = error?.code === "conflict" && conflict !== undefined;
  return (
    <>
      {/* Always there, so that a reader hears what comes into it. */}
      <div role="status" className={change.isUnknown ? className : "sr-only"}>
        {change.isUnknown && (
          <p className="rounded-table border border-warn bg-warn-tint p-4 text-body text-fg">
            {t("lost.unknown")}
          </p>
        )}
      </div>
      {other && <div className={className}>{conflict}</div>}
      {error !== undefined && !other && <ErrorCard className={cx(className)} title={title} error={error} />}
    </>
  );
}
