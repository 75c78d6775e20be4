// What was denied: by reason, and the latest hours in which it happened. Holds no sums.
import { useTranslation } from "react-i18next";
import { KeyHint } from "@/components/Details";
import type { SecretDetails } from "@/generated/SecretDetails";
import type { UsageBucket } from "@/generated/UsageBucket";
import { shortTime } from "@/time/format";
import { byReason, outcomeWords, recentDenials } from "./series";
import { Table } from "./Table";

const number = (count: number) => count.toLocaleString("en");

/** "Denied, by reason". */
export function Reasons({ buckets }: { buckets: readonly UsageBucket[] }) {
  const { t } = useTranslation();
  const reasons = byReason(buckets);
  return (
    <section aria-labelledby="denied-why">
      <h2 id="denied-why" className="m-0 mb-2 text-body font-semibold">
        {t("usage.denied_why")}
      </h2>
      {reasons.length === 0 ? (
        <p className="m-0 text-fg-2">{t("usage.nothing_denied")}</p>
      ) : (
        <Table
          caption={t("usage.denied_why")}
          heads={[
            { id: "reason", words: t("usage.col_reason") },
            { id: "times", words: t("usage.col_times"), number: true },
            { id: "share", words: t("usage.col_share"), number: true },
          ]}
          rows={reasons.map(({ outcome, count, share }) => ({
            id: outcome,
            cells: [outcomeWords(outcome), number(count), `${Math.round(share * 100)} %`],
          }))}
        />
      )}
    </section>
  );
}

interface DenialsProps {
  buckets: readonly UsageBucket[];
  secrets: readonly SecretDetails[];
}

/** "Recent denials", hour by hour. */
export function Denials({ buckets, secrets }: DenialsProps) {
  const { t } = useTranslation();
  const denials = recentDenials(buckets);
  if (denials.length === 0) return null;
  const hintOf = (id: string | null) => secrets.find((secret) => secret.id === id)?.hint;
  return (
    <section aria-labelledby="recent-denials">
      <h2 id="recent-denials" className="m-0 mb-2 text-body font-semibold">
        {t("usage.denials")}
      </h2>
      <Table
        caption={t("usage.denials")}
        heads={[
          { id: "when", words: t("usage.col_when") },
          { id: "reason", words: t("usage.col_reason") },
          { id: "secret", words: t("usage.col_secret") },
          { id: "times", words: t("usage.col_times"), number: true },
        ]}
        rows={denials.map((one) => ({
          id: `${one.hour} ${one.secret_id} ${one.outcome}`,
          cells: [
            shortTime(new Date(one.hour)),
            outcomeWords(one.outcome),
            <KeyHint key="secret" hint={hintOf(one.secret_id) ?? "–"} />,
            number(one.count),
          ],
        }))}
      />
    </section>
  );
}
