// Somebody else was first: who, when, and what they changed, field by field, beside what stood before
// and what this person has typed. Holds no form and no list of fields.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ErrorCard } from "@/components/Notices";
import type { Difference } from "@/data/differences";
import type { AdminError } from "@/platform/platform";
import { exactTime, relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";

interface ConflictCardProps {
  error: AdminError;
  /** What they changed; nothing while that is read. */
  changed: readonly Difference[] | null;
  /** Why it could not be read. */
  failed: AdminError | null;
  onLook: () => void;
  labelOf: (field: string) => string;
  /** Whether typed text is at stake. */
  typed?: boolean;
  /** The ways on, once it is known what they changed. */
  actions: ReactNode;
}

/** The card. */
export function ConflictCard(props: ConflictCardProps) {
  const { t } = useTranslation();
  const now = useNow();
  const { error, changed, failed } = props;
  const at = error.at === undefined ? null : new Date(error.at);
  const who = error.by ?? t("conflict.somebody");
  if (failed !== null)
    return <ErrorCard title={t("conflict.look_failed")} error={failed} onRetry={props.onLook} />;
  return (
    <div role="alert" className="rounded-table border border-warn bg-warn-tint p-4 text-body">
      <p className="font-semibold text-warn">
        {at === null
          ? t("conflict.title", { who })
          : t("conflict.title_at", { who, when: relativeTime(at, now) })}
      </p>
      <p className="mt-0.5 text-fg">
        {props.typed && t("conflict.keeps")}
        {at !== null && <span className="block text-meta text-fg-2">{exactTime(at)}</span>}
      </p>
      {changed === null ? (
        <p className="mt-2 text-fg-2">{t("conflict.looking")}</p>
      ) : (
        <>
          {changed.length === 0 ? (
            <p className="mt-2 text-fg-2">{t("conflict.nothing_here")}</p>
          ) : (
            <FieldList changed={changed} labelOf={props.labelOf} />
          )}
          <div className="mt-3 flex flex-wrap gap-2">{props.actions}</div>
        </>
      )}
    </div>
  );
}

function FieldList({
  changed,
  labelOf,
}: Pick<ConflictCardProps, "labelOf"> & { changed: readonly Difference[] }) {
  const { t } = useTranslation();
  return (
    // A list that scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section tabIndex={0} aria-label={t("conflict.what_changed")} className="mt-2 max-h-48 overflow-y-auto">
      {changed.map((one) => (
        <div key={one.field} className="border-t border-line-strong py-2 first:border-t-0">
          <p className="font-medium text-fg">{labelOf(one.field)}</p>
          <dl className="grid grid-cols-[4rem_minmax(0,1fr)] gap-x-3 text-meta">
            <Side name={t("conflict.theirs")} words={one.theirs} />
            <Side name={t("conflict.before")} words={one.before} />
            {one.yours !== null && <Side name={t("conflict.yours")} words={one.yours} />}
          </dl>
        </div>
      ))}
    </section>
  );
}

function Side({ name, words }: { name: string; words: string }) {
  return (
    <>
      <dt className="text-fg-2">{name}</dt>
      <dd className="selectable m-0 break-words text-fg">{words}</dd>
    </>
  );
}

/** For a question without typed text: goes on with what stands now. */
export function TakeOver({ onTake }: { onTake: () => void }) {
  const { t } = useTranslation();
  return (
    <Button size="compact" onClick={onTake}>
      {t("conflict.reload")}
    </Button>
  );
}
