// What is written down about a key, and its secrets. Holds no plaintext and no change but the door
// to the expiry dialog.
import { Copy } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { WriteButton } from "@/app/writes";
import { cx } from "@/components/classes";
import { Button, IconButton } from "@/components/Button";
import { PropertyList } from "@/components/Details";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge } from "@/components/StatusBadge";
import { toast } from "@/components/Toast";
import type { KeyDetails } from "@/generated/KeyDetails";
import { shortDate, spanMs, spanWords } from "@/time/format";
import { SecretsTable } from "./SecretsTable";

const LIST = "h-fit grid-cols-[9rem_minmax(0,1fr)]";

/** Properties at the left, secrets under them. */
export function DetailsTab({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-6">
      <div className="grid grid-cols-1 gap-x-8 xl:grid-cols-2">
        <PropertyList className={LIST} items={identity(shown)} />
        <PropertyList className={cx(LIST, "border-t border-line xl:border-t-0")} items={limits(shown)} />
      </div>
      <section aria-labelledby="secrets-of-key">
        <h2 id="secrets-of-key" className="m-0 mb-2 text-body font-semibold">
          {t("key_detail.secrets")}
        </h2>
        <SecretsTable
          secrets={shown.secrets}
          ended={shown.status === "revoked" || shown.status === "expired"}
        />
      </section>
    </div>
  );

  function identity(key: KeyDetails) {
    return [
      { label: t("key_detail.id"), value: <KeyIdValue id={key.id} /> },
      { label: t("key_detail.environment"), value: t(`environment.${key.environment}`) },
      { label: t("key_detail.role"), value: key.role?.name ?? <None>{t("keys.no_role")}</None> },
      { label: t("key_detail.scopes"), value: <Scopes permissions={key.permissions} /> },
      {
        label: t("key_detail.ip"),
        value:
          key.ip.length === 0 ? (
            <None>{t("key_detail.ip_any")}</None>
          ) : (
            <span className="secret-text text-meta">{key.ip.join(", ")}</span>
          ),
      },
      { label: t("key_detail.owner"), value: text(key.owner) },
      {
        label: t("key_detail.notes"),
        value: key.notes === "" ? text("") : <span className="whitespace-pre-wrap">{key.notes}</span>,
      },
      { label: t("key_detail.tags"), value: key.tags.length === 0 ? text("") : <Tags tags={key.tags} /> },
    ];
  }

  function limits(key: KeyDetails) {
    return [
      { label: t("key_detail.expires"), value: <Expires shown={key} /> },
      { label: t("key_detail.tier"), value: text(key.tier ?? "") },
      {
        label: t("key_detail.grace_default"),
        value: key.grace === null ? <None>{t("key_detail.grace_tenant")}</None> : graceWords(key.grace),
      },
      { label: t("key_detail.last_used"), value: <LastUsed shown={key} /> },
      { label: t("key_detail.created"), value: <Stamp at={key.created_at} by={key.created_by} /> },
      { label: t("key_detail.updated"), value: <Stamp at={key.updated_at} by={key.updated_by} /> },
      { label: t("key_detail.integration"), value: text(key.integration ?? "") },
      { label: t("key_detail.user"), value: text(key.identity ?? "") },
    ];
  }

  function graceWords(grace: string): string {
    return spanMs(grace) === 0 ? t("key_detail.grace_none") : spanWords(grace);
  }

  function text(words: string): ReactNode {
    return words === "" ? <None>{t("state.none")}</None> : words;
  }
}

function None({ children }: { children: ReactNode }) {
  return <span className="text-fg-3">{children}</span>;
}

function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1.5">
      {tags.map((tag) => (
        <Badge key={tag}>{tag}</Badge>
      ))}
    </span>
  );
}

function KeyIdValue({ id }: { id: string }) {
  const { t } = useTranslation();
  const copy = () =>
    void navigator.clipboard.writeText(id).then(
      () => toast.done(t("keys.copied_id")),
      () => toast.failed(t("key_detail.not_copied")),
    );
  return (
    <span className="flex items-center gap-1">
      <span className="secret-text min-w-0 text-meta break-all">{id}</span>
      <IconButton label={t("keys.copy_id")} size="compact" className="-my-1" onClick={copy}>
        <Copy className="size-3.5" />
      </IconButton>
    </span>
  );
}

const FOLDED = 4;

/** The first few, and all of them on demand. */
function Scopes({ permissions }: { permissions: readonly string[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (permissions.length === 0) return <None>{t("key_detail.scopes_none")}</None>;
  const shown = open ? permissions : permissions.slice(0, FOLDED);
  return (
    <div className="flex flex-col items-start gap-1">
      <ul className="secret-text m-0 list-none p-0 text-meta">
        {shown.map((permission) => (
          <li key={permission} className="break-all">
            {permission}
          </li>
        ))}
      </ul>
      {permissions.length > FOLDED && (
        <Button kind="link" size="inline" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t("key_detail.scopes_fewer") : t("key_detail.scopes_all", { count: permissions.length })}
        </Button>
      )}
    </div>
  );
}

function Expires({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const movable = shown.status !== "revoked" && shown.status !== "expired";
  return (
    <span className="flex flex-wrap items-baseline gap-x-3">
      {shown.expires_at === null ? (
        t("state.never")
      ) : (
        <span>
          <RelativeTime at={shown.expires_at} none="" />
          <span className="text-fg-3">, {shortDate(new Date(shown.expires_at))}</span>
        </span>
      )}
      {movable && (
        <WriteButton
          kind="link"
          size="inline"
          aria-label={t("key_detail.change_expiry")}
          onClick={() => open({ kind: "set-expiry", key: shown })}
        >
          {t("key_detail.change")}
        </WriteButton>
      )}
    </span>
  );
}

function LastUsed({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  const { last_used_at, last_used_ip, count } = shown.usage;
  return (
    <span>
      <RelativeTime at={last_used_at} none={t("keys.never_used")} />
      {last_used_ip !== null && ` ${t("key_detail.from_ip", { ip: last_used_ip })}`}
      {last_used_at !== null && <span className="text-fg-3"> {t("key_detail.times", { count })}</span>}
    </span>
  );
}

function Stamp({ at, by }: { at: string; by: string }) {
  const { t } = useTranslation();
  return (
    <span>
      <RelativeTime at={at} none="" /> {t("key_detail.by", { who: by })}
    </span>
  );
}
