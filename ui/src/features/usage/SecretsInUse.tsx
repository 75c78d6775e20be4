// Who uses which secret: last use, from where, how often an hour. During a grace period it answers whether the
// old one can go. Holds no sums.
import { useTranslation } from "react-i18next";
import { BarChart } from "@/components/BarChart";
import { KeyHint } from "@/components/Details";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge } from "@/components/StatusBadge";
import { SECRET_TONE } from "@/features/key-detail/SecretsTable";
import type { SecretDetails } from "@/generated/SecretDetails";
import type { UsageBucket } from "@/generated/UsageBucket";
import { relativeTime } from "@/time/format";
import { HOURS, lately, usedSinceRotation, type SecretUse } from "./series";
import { Table } from "./Table";

interface SecretsInUseProps {
  secrets: readonly SecretDetails[];
  buckets: readonly UsageBucket[];
  now: Date;
}

const number = (count: number) => count.toLocaleString("en");

/** A row a secret that works, or that was used in these days. */
export function SecretsInUse({ secrets, buckets, now }: SecretsInUseProps) {
  const { t } = useTranslation();
  const known = new Set(buckets.map((bucket) => bucket.secret_id));
  const shown = secrets.filter((secret) => secret.state !== "dead" || known.has(secret.id));
  const old = secrets.find((secret) => secret.state === "retiring");
  const lastUse = old === undefined ? null : usedSinceRotation(secrets, old);
  const perHour = ({ total }: SecretUse) =>
    (total / HOURS).toLocaleString("en", { maximumFractionDigits: total < 10 * HOURS ? 1 : 0 });
  return (
    <section aria-labelledby="secrets-in-use">
      <h2 id="secrets-in-use" className="m-0 text-body font-semibold">
        {t("usage.secrets")}
      </h2>
      {old !== undefined && (
        <>
          <p className="m-0 mt-0.5 text-meta text-fg-3">{t("usage.secrets_about")}</p>
          <p role="status" className="m-0 mt-2 text-body font-medium text-fg">
            {lastUse === null
              ? t("usage.old_idle")
              : t("usage.still_old", { when: relativeTime(lastUse, now) })}
          </p>
        </>
      )}
      <Table
        className="mt-2"
        caption={t("usage.secrets")}
        heads={[
          { id: "secret", words: t("usage.col_secret") },
          { id: "state", words: t("usage.col_state") },
          { id: "last", words: t("usage.col_last") },
          { id: "from", words: t("usage.col_address") },
          { id: "hour", words: t("usage.col_hour"), number: true },
          { id: "rate", words: t("usage.col_rate"), number: true },
        ]}
        rows={shown.map((secret) => {
          const use = lately(buckets, secret.id, now);
          const { last_used_at, last_used_ip } = secret.usage;
          return {
            id: secret.id,
            cells: [
              <KeyHint key="secret" hint={secret.hint} />,
              <Badge key="state" tone={SECRET_TONE[secret.state]}>
                {t(`key_detail.state_${secret.state}`)}
              </Badge>,
              <RelativeTime key="last" at={last_used_at} none={t("keys.never_used")} />,
              <span
                key="from"
                title={last_used_ip ?? undefined}
                className="secret-text selectable block max-w-36 truncate text-meta"
              >
                {last_used_ip ?? "–"}
              </span>,
              number(use.thisHour),
              <span key="rate" className="flex items-center justify-end gap-3">
                <Trend use={use} />
                {perHour(use)}
              </span>,
            ],
          };
        })}
      />
    </section>
  );
}

function Trend({ use }: { use: SecretUse }) {
  const { t } = useTranslation();
  const label = t("usage.trend", { count: use.total });
  const bars = use.hours.map((allowed, at) => ({ id: String(at), allowed, denied: 0, words: label }));
  return <BarChart label={label} bars={bars} className="h-6 w-20" />;
}
