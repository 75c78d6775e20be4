// The first thing a person sees (S1): saved connections to choose from, or three ways to begin.
// Holds no opening: that is Rust's.
import { Plus, Settings } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { Button } from "@/components/Button";
import { Banner, BannerAction, ErrorCard, Skeleton } from "@/components/Notices";
import { formError } from "@/data/errors";
import { ConnectionSheet } from "@/features/connections/ConnectionSheet";
import { useConnections } from "@/features/connections/useConnections";
import { newDraft } from "@/features/connections/values";
import { SettingsDialog } from "@/features/settings/SettingsDialog";
import type { Connections } from "@/platform/connections";
import type { AdminError, StartState } from "@/platform/platform";
import { Chooser } from "./Chooser";
import { FirstRun } from "./FirstRun";
import { Mark } from "./Mark";
import { localExists } from "./places";
import { LOCAL, SAMPLE, useConnecting, type Connecting } from "./useConnecting";

interface StartScreenProps {
  start: StartState | null;
  /** Why what stands cannot be told. */
  error: AdminError | null;
}

/** The start. */
export function StartScreen({ start, error }: StartScreenProps) {
  const { t } = useTranslation();
  const list = useConnections();
  const broken = start === null ? error : list.error;
  return (
    <main className="flex h-full flex-col items-center overflow-y-auto px-6 py-6">
      {broken !== null && (
        <ErrorCard
          className="my-auto w-full max-w-140"
          title={t("start.failed")}
          error={broken}
          onRetry={() => void list.refetch()}
        />
      )}
      {broken === null && (start === null || list.data === undefined) && (
        <Skeleton rows={4} label={t("state.loading")} />
      )}
      {broken === null && start !== null && list.data !== undefined && (
        <Start start={start} saved={list.data} />
      )}
    </main>
  );
}

function Start({ start, saved }: { start: StartState; saved: Connections }) {
  const { t } = useTranslation();
  const openLayer = useLayers((layers) => layers.open);
  const connecting = useConnecting();
  const [chosen, setChosen] = useState<string | null>(null);
  const { attempt } = connecting;
  const first = saved.connections.length === 0 && start.store.state === "none" && !localExists(start);
  const add = (kind: "postgres" | "server") => openLayer({ kind: "connection", draft: newDraft(kind) });
  const local = attempt?.of === LOCAL ? attempt : null;
  const failed = first ? formError(local?.error, ["prefix"]) : undefined;
  return (
    <div
      className={
        first
          ? "@container my-auto flex w-full max-w-200 flex-col gap-6"
          : "@container flex min-h-0 w-full max-w-240 flex-1 flex-col gap-4"
      }
    >
      <Header first={first} onAdd={() => add("postgres")} />
      <Notices start={start} saved={saved} />
      {failed !== undefined && <ErrorCard title={t("start.failed_title")} error={failed} />}
      {first ? (
        <FirstRun
          proposed={start.proposed_prefix}
          busy={attempt?.pending ?? false}
          pending={local?.pending ?? false}
          error={local?.error ?? null}
          onOpenLocal={(prefix) => void connecting.openLocal(prefix)}
          onAdd={add}
        />
      ) : (
        <Chooser start={start} saved={saved} connecting={connecting} chosen={chosen} onChoose={setChosen} />
      )}
      <Foot start={start} connecting={connecting} />
      <ConnectionSheet
        onSaved={(id, connect) => {
          setChosen(id);
          connecting.forget();
          if (connect) void connecting.connect(id);
        }}
      />
      <SettingsDialog />
    </div>
  );
}

function Header({ first, onAdd }: { first: boolean; onAdd: () => void }) {
  const { t } = useTranslation();
  const openLayer = useLayers((layers) => layers.open);
  const settings = (
    <Button kind="quiet" onClick={() => openLayer({ kind: "settings" })}>
      <Settings aria-hidden="true" className="size-4" />
      {t("settings.title")}
    </Button>
  );
  if (first) {
    return (
      <header>
        <div className="flex items-start justify-between">
          <Mark />
          {settings}
        </div>
        <h1 className="m-0 mt-4 text-page font-semibold">{t("start.title")}</h1>
        <p className="m-0 mt-1 max-w-140 text-fg-2">{t("start.lead")}</p>
      </header>
    );
  }
  return (
    <header className="flex flex-wrap items-center gap-3">
      <Mark />
      <h1 className="m-0 flex-1 text-page font-semibold">{t("start.connections")}</h1>
      {settings}
      <Button onClick={onAdd}>
        <Plus aria-hidden="true" className="size-4" />
        {t("start.add")}
      </Button>
    </header>
  );
}

/** What is the matter with files of Latchkey's own. */
function Notices({ start, saved }: { start: StartState; saved: Connections }) {
  const { t } = useTranslation();
  const [seen, setSeen] = useState<readonly string[]>([]);
  const words = [...(start.notices ?? []), ...(saved.file.message === null ? [] : [saved.file.message])];
  return words
    .filter((one) => !seen.includes(one))
    .map((one) => (
      <Banner
        key={one}
        actions={<BannerAction onClick={() => setSeen([...seen, one])}>{t("action.dismiss")}</BannerAction>}
      >
        {one}
      </Banner>
    ));
}

function Foot({ start, connecting }: { start: StartState; connecting: Connecting }): ReactNode {
  const { t } = useTranslation();
  const { attempt } = connecting;
  const sample = attempt?.of === SAMPLE ? attempt : null;
  const told = start.store.kind === "sample" && start.store.state === "failed" ? start.store.error : null;
  const error = sample?.error ?? (attempt === null ? told : null);
  return (
    <footer className="flex flex-col gap-3">
      {error !== null && error !== undefined && (
        <ErrorCard
          title={t("start.sample_failed")}
          error={error}
          onRetry={() => void connecting.openSample()}
        />
      )}
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Button
          kind="link"
          size="inline"
          disabled={attempt?.pending ?? false}
          onClick={() => void connecting.openSample()}
        >
          {sample?.pending === true ? t("start.opening") : t("start.sample")}
        </Button>
        <span className="text-meta text-fg-3">{t("start.sample_about")}</span>
        <span className="ml-auto text-meta text-fg-3">{t("start.version", { version: start.version })}</span>
      </div>
    </footer>
  );
}
