// What stands out about a key now, each with its way on: an old secret that still works, a secret
// that nobody saved, an expiry that has passed, a suspension, a revocation. Holds no rule.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { WriteAction } from "@/app/writes";
import { Banner, ErrorCard } from "@/components/Notices";
import { reasonWords } from "@/features/end-key/reasons";
import { useRemint } from "@/features/reveal/remint";
import { useReveal } from "@/features/reveal/reveal-state";
import { ExtendDialog } from "@/features/rotate/ExtendForm";
import type { KeyDetails } from "@/generated/KeyDetails";
import { relativeTime, shortTime, timeLeft } from "@/time/format";
import { useNow } from "@/time/useNow";
import { GraceQuestion, type GraceEnd } from "./GraceQuestion";

/** Every banner that applies. */
export function KeyBanners({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  const now = useNow();
  const open = useLayers((layers) => layers.open);
  // What lies open in the reveal is about to be saved.
  const revealing = useReveal((state) => state.current?.key_id === shown.id);
  const { status, revocation, suspended_at } = shown;
  if (status === "revoked" && revocation !== null) {
    const when = relativeTime(new Date(revocation.at), now);
    const reason = reasonWords(revocation.reason);
    return (
      <Banner
        tone="bad"
        actions={
          shown.reactivable && (
            <WriteAction onClick={() => open({ kind: "reactivate", key: shown })}>
              {t("key_detail.reactivate")}
            </WriteAction>
          )
        }
      >
        {t("key_detail.revoked", { who: revocation.by, when, reason })}
      </Banner>
    );
  }
  return (
    <>
      {suspended_at !== null && (
        <Banner
          actions={
            <WriteAction onClick={() => open({ kind: "resume", key: shown })}>
              {t("key_detail.resume")}
            </WriteAction>
          }
        >
          {t("key_detail.suspended", { when: relativeTime(new Date(suspended_at), now) })}
        </Banner>
      )}
      {shown.tenant_suspended && (
        <Banner>{t("key_detail.tenant_suspended", { tenant: shown.tenant.name })}</Banner>
      )}
      {status === "expired" && (
        <Banner
          actions={
            <WriteAction onClick={() => open({ kind: "rotate", key: shown })}>
              {t("key_detail.rotate")}
            </WriteAction>
          }
        >
          {t("rotate.expired")}
        </Banner>
      )}
      {shown.unsaved && !revealing && <UnsavedSecret shown={shown} />}
      {shown.old_until !== null && <Grace shown={shown} until={shown.old_until} now={now} />}
    </>
  );
}

function UnsavedSecret({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  const { remint, busy, error } = useRemint();
  return (
    <>
      <Banner
        tone="info"
        actions={
          <WriteAction onClick={() => busy || void remint(shown.id)}>
            {busy ? t("reveal.reminting") : t("reveal.remint")}
          </WriteAction>
        }
      >
        {t("key_detail.unsaved")}
      </Banner>
      {error !== null && <ErrorCard title={t("reveal.remint_failed")} error={error} />}
    </>
  );
}

function Grace({ shown, until, now }: { shown: KeyDetails; until: string; now: Date }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<GraceEnd | null>(null);
  const [extending, setExtending] = useState(false);
  const old = shown.secrets.find((secret) => secret.state === "retiring");
  const end = new Date(until);
  const used = old?.usage.last_used_at;
  const words = [
    t("key_detail.grace", { hint: old?.hint ?? "", time: shortTime(end), left: timeLeft(end, now) }),
    used === null || used === undefined
      ? t("key_detail.old_unused")
      : t(old?.usage.last_used_ip ? "key_detail.old_used_from" : "key_detail.old_used", {
          when: relativeTime(new Date(used), now),
          ip: old?.usage.last_used_ip ?? "",
        }),
  ];
  return (
    <>
      <Banner
        tone="info"
        actions={
          <span className="flex gap-4">
            <WriteAction onClick={() => setAsking("retire_old")}>{t("rotate.end_now")}</WriteAction>
            <WriteAction onClick={() => setExtending(true)}>{t("rotate.extend")}</WriteAction>
            <WriteAction onClick={() => setAsking("undo_rotation")}>{t("key_detail.undo")}</WriteAction>
          </span>
        }
      >
        {words[0]} <span className="font-normal">{words[1]}</span>
      </Banner>
      <GraceQuestion shown={shown} asking={asking} onClose={() => setAsking(null)} />
      <ExtendDialog keyShown={shown} open={extending} onClose={() => setExtending(false)} />
    </>
  );
}
