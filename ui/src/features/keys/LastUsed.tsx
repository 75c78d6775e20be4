// When a key or an operator's token was last used, and from where, as lists show it. Holds no list.
import { useTranslation } from "react-i18next";
import { RelativeTime } from "@/components/RelativeTime";
import type { Usage } from "@/generated/Usage";

/** "2 minutes ago", with the address under the pointer. */
export function LastUsed({ usage }: { usage: Pick<Usage, "last_used_at" | "last_used_ip"> }) {
  const { t } = useTranslation();
  return (
    <RelativeTime
      at={usage.last_used_at}
      from={usage.last_used_ip}
      none={t("keys.never_used")}
      className="text-fg-2"
    />
  );
}
