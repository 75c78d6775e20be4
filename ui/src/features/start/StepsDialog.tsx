// Sets up an empty database, or brings an older one up to date: shows every step before it is taken
// and asks once. Takes no step unasked.
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { AlertDialog } from "@/components/Dialog";
import { Banner, ErrorCard, Skeleton } from "@/components/Notices";
import { fieldError, formError } from "@/data/errors";
import { useCommand } from "@/features/connections/useCommand";
import { useLater } from "@/features/connections/useLater";
import { placeOf } from "@/features/connections/values";
import type { Connection, Found } from "@/platform/connections";
import type { AdminError } from "@/platform/platform";
import { PrefixField } from "./Summary";

interface StepsDialogProps {
  connection: Connection;
  what: "set_up" | "migrate";
  proposed: string;
  pending: boolean;
  error: AdminError | null;
  /** `prefix` counts for a new store alone. */
  onGo: (prefix: string) => void;
  onClose: () => void;
  /** Ends the waiting. */
  onCancel: () => void;
}

const LATE_MS = 2000;

/** The steps, and the question. */
export function StepsDialog(props: StepsDialogProps) {
  const { t } = useTranslation();
  const { connection, what, pending, error } = props;
  const { run, error: notFound } = useCommand("connection_look");
  const [found, setFound] = useState<Found | null>(null);
  const [prefix, setPrefix] = useState(props.proposed);
  const late = useLater(pending, LATE_MS);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    void run({ id: connection.id }).then(setFound);
  }, [run, connection.id]);
  const go = () => {
    if (found !== null && !pending) props.onGo(prefix.trim());
  };
  const failure = formError(error, ["prefix"]) ?? notFound ?? undefined;
  return (
    <AlertDialog
      open
      onOpenChange={(next) => {
        if (!next && !pending) props.onClose();
      }}
      initialFocus={cancel}
      title={t(`start.${what}_title`)}
      description={t(`start.${what}_about`, { place: placeOf(connection) })}
      footer={
        <>
          {(!pending || late) && (
            <Button ref={cancel} onClick={pending ? props.onCancel : props.onClose}>
              {t("action.cancel")}
            </Button>
          )}
          <Button kind="primary" disabled={pending || found === null} onClick={go}>
            {pending ? t(`start.${what}_going`) : t(`start.${what}_go`)}
          </Button>
        </>
      }
    >
      <div className="mt-4 flex flex-col gap-4">
        {found === null && notFound === null && <Skeleton rows={2} />}
        {found !== null && <StepList found={found} />}
        {what === "migrate" && <Banner>{t("start.migrate_others")}</Banner>}
        {what === "set_up" && (
          <PrefixField
            prefix={prefix}
            onChange={setPrefix}
            onEnter={go}
            error={fieldError(error, "prefix")}
            disabled={pending}
          />
        )}
        {failure !== undefined && <ErrorCard title={t(`start.${what}_failed`)} error={failure} />}
      </div>
    </AlertDialog>
  );
}

function StepList({ found }: { found: Found }) {
  const { t } = useTranslation();
  return (
    <div>
      <p className="m-0 text-meta text-fg-3">{t("start.steps", { count: found.steps.length })}</p>
      <ol className="m-0 mt-1 flex list-none flex-col gap-1.5 p-0">
        {found.steps.map((step) => (
          <li key={step.version} className="flex gap-2.5">
            <span className="tabular w-5 shrink-0 text-right text-fg-3">{step.version}</span>
            <span>{step.about}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
