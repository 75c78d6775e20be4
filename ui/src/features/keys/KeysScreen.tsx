// The keys screen (S5): search, filters, the table, what expires soon. Filters live in the
// address; rows come page by page. Holds no change of a key: those are layers.
import { getRouteApi } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { useShortcut } from "@/app/shortcuts";
import { WriteButton } from "@/app/writes";
import { Button } from "@/components/Button";
import { Kbd } from "@/components/Details";
import { Banner, BannerAction, EmptyState, ErrorCard, Skeleton } from "@/components/Notices";
import { usePages, useRead } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePlatform } from "@/platform/context";
import { relativeTime } from "@/time/format";
import { useNow } from "@/time/useNow";
import { Filters } from "./Filters";
import { isFiltered, toRequest, type KeysSearch } from "./filters";
import { KeysGrid } from "./KeysGrid";
import { SearchField } from "./SearchField";

const route = getRouteApi("/keys");

/** All keys. */
export function KeysScreen() {
  const { t } = useTranslation();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const open = useLayers((layers) => layers.open);
  const pages = usePages("keys.list", toRequest(filters));
  const searchRef = useRef<HTMLInputElement>(null);
  useShortcut("/", t("shortcuts.search"), () => searchRef.current?.focus(), { group: "page" });
  const change = useCallback(
    (next: Partial<KeysSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  const setSearch = useCallback((search: string) => change({ search: search || undefined }), [change]);
  const found = useFoundByValue();
  const create = () => open({ kind: "create-key", tenant: filters.tenant });
  const filtered = isFiltered(filters);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <header className="mb-4 flex items-start justify-between gap-4">
        <div>
          <h1 className="m-0 text-page font-semibold">{t("keys.title")}</h1>
          <CountLine matching={filtered ? pages.total : null} />
        </div>
        <WriteButton kind="primary" hint={<Kbd onAccent>N</Kbd>} onClick={create}>
          {t("action.create_key")}
        </WriteButton>
      </header>
      <ExpiringBanner onReview={() => change({ status: ["expiring"], sort: "expires", search: undefined })} />
      <search className="mb-3 flex flex-wrap items-center gap-2" aria-label={t("keys.filters")}>
        <SearchField
          ref={searchRef}
          label={t("keys.search")}
          value={filters.search ?? ""}
          onChange={setSearch}
          onKey={found.find}
          className="w-75"
        />
        <Filters filters={filters} onChange={change} />
      </search>
      <FoundNotice state={found.state} onDismiss={found.forget} />
      {pages.isError && (
        <ErrorCard
          className="mb-3"
          title={t(pages.items.length > 0 ? "keys.failed_more" : "keys.failed")}
          error={pages.error ?? { code: "internal", message: "" }}
          onRetry={() => void pages.refetch()}
        />
      )}
      {pages.isPending && <Skeleton rows={8} />}
      {pages.isSuccess && pages.items.length === 0 && !filtered && (
        <EmptyState
          icon={<KeyRound className="size-5" />}
          action={
            <WriteButton kind="primary" onClick={create}>
              {t("action.create_key")}
            </WriteButton>
          }
        >
          {t("keys.empty")}
        </EmptyState>
      )}
      {pages.isSuccess && pages.items.length === 0 && filtered && (
        <EmptyState
          action={
            <Button onClick={() => void navigate({ search: { sort: filters.sort } })}>
              {t("action.clear_filters")}
            </Button>
          }
        >
          {t("keys.no_match")}
        </EmptyState>
      )}
      {pages.items.length > 0 && (
        <KeysGrid
          rows={pages.items}
          total={pages.total}
          sort={filters.sort ?? "name"}
          onSort={(sort) => change({ sort: sort as KeysSearch["sort"] })}
          onEnd={pages.more}
        />
      )}
    </div>
  );
}

function CountLine({ matching }: { matching: number | null }) {
  const { t } = useTranslation();
  const keys = useRead("keys.list", { limit: 1 });
  const tenants = useRead("tenants.list", { limit: 1 });
  if (keys.data === undefined || tenants.data === undefined) return <p className="m-0 h-5" />;
  const words =
    matching === null
      ? t("keys.count", { count: keys.data.total, tenants: t("keys.tenants", { count: tenants.data.total }) })
      : t("keys.count_matching", { count: matching });
  return (
    <p className="tabular m-0 text-fg-2" role="status">
      {words}
    </p>
  );
}

function ExpiringBanner({ onReview }: { onReview: () => void }) {
  const { t } = useTranslation();
  const now = useNow();
  const expiring = useRead("keys.list", { status: ["expiring"], sort: "expires", limit: 1 });
  const first = expiring.data?.items[0];
  if (expiring.data === undefined || first === undefined || first.expires_at === null) return null;
  return (
    <Banner className="mb-3.5" actions={<BannerAction onClick={onReview}>{t("action.review")}</BannerAction>}>
      {t("keys.expiring", {
        count: expiring.data.total,
        name: first.name,
        tenant: first.tenant.slug,
        when: relativeTime(new Date(first.expires_at), now),
      })}
    </Banner>
  );
}

type Found = { kind: "none" } | { kind: "missing" } | { kind: "key"; key: KeyDetails };

/** Looks a pasted key up. The plaintext goes to the store and is kept nowhere here. */
function useFoundByValue() {
  const platform = usePlatform();
  const [state, setState] = useState<Found>({ kind: "none" });
  const find = useCallback(
    (plaintext: string) => {
      platform.call("keys.find", { candidates: [plaintext] }).then(
        ({ items }) =>
          setState(items[0] === undefined ? { kind: "missing" } : { kind: "key", key: items[0].key }),
        () => setState({ kind: "missing" }),
      );
    },
    [platform],
  );
  return { state, find, forget: () => setState({ kind: "none" }) };
}

function FoundNotice({ state, onDismiss }: { state: Found; onDismiss: () => void }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  if (state.kind === "none") return null;
  const dismiss = <BannerAction onClick={onDismiss}>{t("action.dismiss")}</BannerAction>;
  if (state.kind === "missing") {
    return (
      <Banner className="mb-3" actions={dismiss}>
        {t("keys.not_found_by_value")}{" "}
        <span className="font-normal">{t("keys.not_found_by_value_about")}</span>
      </Banner>
    );
  }
  const { key } = state;
  return (
    <Banner
      tone="info"
      className="mb-3"
      actions={
        <>
          <BannerAction
            onClick={() => void navigate({ to: "/keys/$keyId", params: { keyId: key.id }, search: {} })}
          >
            {t("keys.open")}
          </BannerAction>
          {dismiss}
        </>
      }
    >
      {t("keys.found", { name: key.name })}
    </Banner>
  );
}
