// What is known about a key's last use, as a sentence, and whether it is in use right now.
// Pure functions; they read no clock.
import type { Usage } from "@/generated/Usage";
import { t } from "@/i18n";
import { DAY_MS, relativeTime } from "@/time/format";

/** "It was last used 2 min ago from 10.0.4.12." */
export function lastUseSentence(usage: Usage, now: Date): string {
  if (usage.last_used_at === null) return t("change_key.never_used");
  const when = relativeTime(new Date(usage.last_used_at), now);
  return usage.last_used_ip === null
    ? t("change_key.last_used", { when })
    : t("change_key.last_used_from", { when, ip: usage.last_used_ip });
}

/** Whether it was used within the last 24 hours: then a name must be typed before it ends. */
export function isInUse(usage: Usage, now: Date): boolean {
  return usage.last_used_at !== null && now.getTime() - Date.parse(usage.last_used_at) < DAY_MS;
}
