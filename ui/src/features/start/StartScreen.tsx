// The first thing a person sees (S1): open the local store, or look at sample data; what is not
// there yet says so. Holds no opening of files: that is Rust's.
import { Database, HardDrive, Server } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Field } from "@/components/Field";
import { ErrorCard } from "@/components/Notices";
import { Badge } from "@/components/StatusBadge";
import { TextInput } from "@/components/TextInput";
import { fieldError, formError } from "@/data/errors";
import { useOpenLocalStore, useOpenSampleStore } from "@/data/startState";
import type { AdminError, StartState } from "@/platform/platform";

interface StartScreenProps {
  start: StartState | null;
  /** Why the store of last time did not open. */
  error: AdminError | null;
}

/** Three cards, and sample data. */
export function StartScreen({ start, error }: StartScreenProps) {
  const { t } = useTranslation();
  const local = useOpenLocalStore();
  const sample = useOpenSampleStore();
  const [prefix, setPrefix] = useState<string | null>(null);
  const proposed = start?.proposed_prefix ?? "sk";
  const chosen = prefix ?? proposed;
  const busy = local.isPending || sample.isPending;
  const failure = formError(local.error ?? sample.error ?? error, ["prefix"]);
  const fresh = start?.store.state === "none";
  const openLocal = () => local.mutate({ fresh, prefix: chosen.trim() });
  return (
    <main className="flex h-full flex-col items-center overflow-y-auto px-6 py-10">
      <div className="my-auto flex w-full max-w-200 flex-col gap-6">
        <header>
          <Mark />
          <h1 className="m-0 mt-4 text-page font-semibold">{t("start.title")}</h1>
          <p className="m-0 mt-1 max-w-140 text-fg-2">{t("start.lead")}</p>
        </header>
        {failure !== undefined && (
          <ErrorCard title={t("start.failed_title")} error={failure} onRetry={openLocal} />
        )}
        <div className="grid grid-cols-1 gap-4 min-[56rem]:grid-cols-3">
          <Card
            icon={<HardDrive className="size-5" />}
            title={t("start.local")}
            about={t("start.local_about")}
          >
            {fresh && (
              <Field
                label={t("start.prefix")}
                description={t("start.prefix_about", { prefix: chosen.trim() || proposed })}
                error={fieldError(local.error, "prefix")}
              >
                <TextInput
                  value={chosen}
                  disabled={busy}
                  onChange={(event) => setPrefix(event.currentTarget.value)}
                  onKeyDown={(event) => event.key === "Enter" && openLocal()}
                />
              </Field>
            )}
            <Button kind="primary" disabled={busy} onClick={openLocal} className="mt-auto">
              {local.isPending ? t("start.opening") : t("start.local")}
            </Button>
          </Card>
          <Card
            icon={<Database className="size-5" />}
            title={t("start.shared")}
            about={t("start.shared_about")}
            later
          />
          <Card
            icon={<Server className="size-5" />}
            title={t("start.server")}
            about={t("start.server_about")}
            later
          />
        </div>
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Button kind="link" size="inline" disabled={busy} onClick={() => sample.mutate()}>
            {sample.isPending ? t("start.opening") : t("start.sample")}
          </Button>
          <span className="text-meta text-fg-3">{t("start.sample_about")}</span>
        </div>
      </div>
      {start !== null && (
        <p className="m-0 pt-6 text-meta text-fg-3">{t("start.version", { version: start.version })}</p>
      )}
    </main>
  );
}

interface CardProps {
  icon: ReactNode;
  title: string;
  about: string;
  /** Comes in a later release. */
  later?: boolean;
  children?: ReactNode;
}

function Card({ icon, title, about, later = false, children }: CardProps) {
  const { t } = useTranslation();
  return (
    <section
      aria-label={title}
      className="flex flex-col gap-3 rounded-dialog border border-line bg-panel p-5"
    >
      <div className="flex items-center justify-between">
        <span
          aria-hidden="true"
          className={
            later
              ? "flex size-9 items-center justify-center rounded-table bg-neutral-tint text-neutral"
              : "flex size-9 items-center justify-center rounded-table bg-accent-tint text-accent-text"
          }
        >
          {icon}
        </span>
        {later && <Badge>{t("start.not_yet")}</Badge>}
      </div>
      <div>
        <h2 className="m-0 text-body font-semibold">{title}</h2>
        <p className="m-0 mt-1 text-fg-2">{about}</p>
      </div>
      {later ? (
        <Button disabledReason={t("start.not_yet")} className="mt-auto">
          {title}
        </Button>
      ) : (
        children
      )}
    </section>
  );
}

/** The program's sign: a key's bow and bit. */
function Mark() {
  return (
    <svg aria-hidden="true" width="40" height="40" viewBox="0 0 40 40" className="text-accent">
      <rect width="40" height="40" rx="10" fill="currentColor" />
      <g
        fill="none"
        stroke="var(--lk-accent-fg)"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <circle cx="15" cy="20" r="5.2" />
        <path d="M20.2 20H31M27 20v4.4" />
      </g>
    </svg>
  );
}
