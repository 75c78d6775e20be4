// The keys screen (S5): search, filters, the table, what expires soon. Filters live in the
// address; rows come page by page. Holds no change of a key: those are layers.
import { getRouteApi } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { ListScreen } from "@/app/ListScreen";
import { useShortcut } from "@/app/shortcuts";
import { WriteButton } from "@/app/writes";
import { Kbd } from "@/components/Details";
import { Banner, BannerAction } from "@/components/Notices";
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
    <ListScreen
      title={t("keys.title")}
      count={<Count matching={filtered ? pages.total : null} />}
      create={
        <WriteButton kind="primary" hint={<Kbd onAccent>N</Kbd>} onClick={create}>
          {t("action.create_key")}
        </WriteButton>
      }
      banner={
        <ExpiringBanner
          onReview={() => change({ status: ["expiring"], sort: "expires", search: undefined })}
        />
      }
      filters={
        <>
          <SearchField
            ref={searchRef}
            label={t("keys.search")}
            value={filters.search ?? ""}
            onChange={setSearch}
            onKey={found.find}
            className="w-75"
          />
          <Filters filters={filters} onChange={change} />
        </>
      }
      filtersLabel={t("keys.filters")}
      notice={<FoundNotice state={found.state} onDismiss={found.forget} />}
      pages={pages}
      failed={t("keys.failed")}
      failedMore={t("keys.failed_more")}
      empty={{ icon: <KeyRound className="size-5" />, words: t("keys.empty") }}
      narrowed={{
        is: filtered,
        words: t("keys.no_match"),
        clear: () => void navigate({ search: { sort: filters.sort } }),
      }}
    >
      <KeysGrid
        rows={pages.items}
        total={pages.total}
        sort={filters.sort ?? "name"}
        onSort={(sort) => change({ sort: sort as KeysSearch["sort"] })}
        onEnd={pages.more}
      />
    </ListScreen>
  );
}

/** How many keys there are, or how many match. */
function Count({ matching }: { matching: number | null }) {
  const { t } = useTranslation();
  const keys = useRead("keys.list", { limit: 1 });
  const tenants = useRead("tenants.list", { limit: 1 });
  if (keys.data === undefined || tenants.data === undefined) return null;
  return matching === null
    ? t("keys.count", { count: keys.data.total, tenants: t("keys.tenants", { count: tenants.data.total }) })
    : t("keys.count_matching", { count: matching });
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
