// The frame of every screen that is a list: heading with a count, what narrows it, then one of: not read yet, could
// not be read, nothing there, nothing that matches, the rows. Holds no rows and no words of a list.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { EmptyState, ErrorCard, Skeleton } from "@/components/Notices";
import type { AdminError } from "@/platform/platform";

/** What was read of a list so far. */
interface Pages {
  isPending: boolean;
  isSuccess: boolean;
  isError: boolean;
  error: AdminError | null;
  refetch: () => unknown;
  items: readonly unknown[];
}

interface ListScreenProps {
  title: string;
  /** How many there are; nothing while that is not known. */
  count: ReactNode;
  /** What the list is, for who has not met it. */
  about?: string;
  /** What makes a new one. */
  create?: ReactNode;
  /** What asks for attention. */
  banner?: ReactNode;
  filters?: ReactNode;
  /** The accessible name of the filters. */
  filtersLabel?: string;
  /** Between filters and rows. */
  notice?: ReactNode;
  pages: Pages;
  /** What could not be done, with and without rows on screen. */
  failed: string;
  failedMore?: string;
  /** Nothing there at all. */
  empty: { icon: ReactNode; words: string };
  /** Nothing that matches; left out where nothing narrows the list. */
  narrowed?: { is: boolean; words: string; clear: () => void };
  /** The rows. */
  children: ReactNode;
}

/** One list. */
export function ListScreen(props: ListScreenProps) {
  const { t } = useTranslation();
  const { pages, narrowed, filters } = props;
  const some = pages.items.length > 0;
  const none = pages.isSuccess && !some;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <header className="mb-4 flex items-start justify-between gap-4">
        <div>
          <h1 className="m-0 text-page font-semibold">{props.title}</h1>
          <p role="status" className="tabular m-0 min-h-5 text-fg-2">
            {props.count}
          </p>
          {props.about !== undefined && (
            <p className="m-0 mt-1 max-w-180 text-meta text-fg-3">{props.about}</p>
          )}
        </div>
        {props.create}
      </header>
      {props.banner}
      {filters !== undefined && (
        <search className="mb-3 flex flex-wrap items-center gap-2" aria-label={props.filtersLabel}>
          {filters}
        </search>
      )}
      {props.notice}
      {pages.isError && (
        <ErrorCard
          className="mb-3"
          title={(some ? props.failedMore : undefined) ?? props.failed}
          error={pages.error ?? { code: "internal", message: "" }}
          onRetry={() => void pages.refetch()}
        />
      )}
      {pages.isPending && <Skeleton rows={8} />}
      {none && narrowed?.is !== true && (
        <EmptyState icon={props.empty.icon} action={props.create}>
          {props.empty.words}
        </EmptyState>
      )}
      {none && narrowed?.is === true && (
        <EmptyState action={<Button onClick={narrowed.clear}>{t("action.clear_filters")}</Button>}>
          {narrowed.words}
        </EmptyState>
      )}
      {some && props.children}
    </div>
  );
}
