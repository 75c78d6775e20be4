// The secrets of one key, newest first: hint, state, and its times. Never a plaintext.
import { useTranslation } from "react-i18next";
import { KeyHint } from "@/components/Details";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge, type Tone } from "@/components/StatusBadge";
import type { SecretDetails } from "@/generated/SecretDetails";

/** The colour of each state. */
export const SECRET_TONE: Record<SecretDetails["state"], Tone> = {
  current: "ok",
  retiring: "info",
  unconfirmed: "warn",
  dead: "neutral",
};

const HEAD = "px-3 py-2 text-left font-medium";
const CELL = "px-3 py-2";

interface SecretsTableProps {
  secrets: readonly SecretDetails[];
  /** The key is revoked or has expired: no secret of it works, whatever its own state. */
  ended: boolean;
}

/** A row a secret. */
export function SecretsTable({ secrets, ended }: SecretsTableProps) {
  const { t } = useTranslation();
  const stateOf = (secret: SecretDetails) => (ended ? "dead" : secret.state);
  const heads = ["hint", "state", "created", "retired", "last_used"] as const;
  return (
    <div className="overflow-x-auto rounded-table border border-line bg-panel">
      <table className="tabular w-full border-collapse text-body">
        <caption className="sr-only">{t("key_detail.secrets")}</caption>
        <thead className="bg-sunken text-meta text-fg-2">
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col" className={HEAD}>
                {t(`key_detail.secret_${head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {secrets.map((secret) => (
            <tr key={secret.id} className="border-t border-line">
              <td className={CELL}>
                <KeyHint hint={secret.hint} />
              </td>
              <td className={CELL}>
                <Badge tone={SECRET_TONE[stateOf(secret)]}>{t(`key_detail.state_${stateOf(secret)}`)}</Badge>
              </td>
              <td className={CELL}>
                <RelativeTime at={secret.created_at} none="" />
              </td>
              <td className={CELL}>
                <RelativeTime at={retiredAt(secret)} none={t("key_detail.not_retired")} />
              </td>
              <td className={CELL}>
                <RelativeTime at={secret.usage.last_used_at} none={t("keys.never_used")} />
                {secret.usage.last_used_ip !== null && (
                  <span className="text-fg-3">
                    {" "}
                    {t("key_detail.from_ip", { ip: secret.usage.last_used_ip })}
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** When it stopped or stops; nothing while no end is set. */
function retiredAt(secret: SecretDetails): string | null {
  switch (secret.state) {
    case "retiring":
      return secret.until;
    case "dead":
      return secret.ended_at;
    case "current":
    case "unconfirmed":
      return null;
  }
}
