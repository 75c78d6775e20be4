// Suspending a tenant, with its name typed, because every one of its keys stops; and resuming it.
import { useTranslation } from "react-i18next";
import { ChangeQuestion } from "@/app/ChangeDialog";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { PinnedOutcome } from "@/app/PinnedOutcome";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { usePinned } from "@/data/pinned";
import { perform } from "@/data/queries";
import { useTypedName } from "@/features/end-key/TypedName";
import type { TenantDetails } from "@/generated/TenantDetails";
import { usePlatform } from "@/platform/context";
import { TENANT_SHOWN } from "./values";

/** The dialogs, while one is open. */
export function SuspendTenantDialog() {
  const { shown, times, open, closed } = useLingeringLayer("suspend-tenant", "resume-tenant");
  if (shown === null) return null;
  const kind = shown.kind === "suspend-tenant" ? "suspend" : "resume";
  return <Question key={times} kind={kind} opened={shown.tenant} open={open} onClosed={closed} />;
}

interface QuestionProps {
  kind: "suspend" | "resume";
  opened: TenantDetails;
  open: boolean;
  onClosed: () => void;
}

function Question({ kind, opened, open, onClosed }: QuestionProps) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const close = useLayers((layers) => layers.close);
  const change = useChange(`tenants.${kind}`);
  const pin = usePinned(opened, change.error, () => perform(platform, "tenants.get", { tenant: opened.id }));
  const tenant = pin.pinned;
  const typedName = useTypedName(tenant.name, kind === "suspend");
  const submit = () => {
    if (!typedName.check() || change.isPending || change.isUnknown) return;
    change.mutate(
      { tenant: tenant.id, version: tenant.version },
      {
        onSuccess: () => {
          close();
          toast.done(t(kind === "suspend" ? "tenants.suspended_done" : "tenants.resumed_done"));
        },
      },
    );
  };
  return (
    <ChangeQuestion
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t(`tenants.${kind}_title`, { name: tenant.name })}
      description={
        kind === "suspend"
          ? t("tenants.suspend_text", { count: tenant.keys_active })
          : t("tenants.resume_text")
      }
      kind={kind === "suspend" ? "danger" : "primary"}
      change={change}
      words={t(`tenants.${kind}`)}
      busyWords={t(`tenants.${kind}`)}
      send={submit}
    >
      {typedName.field(submit)}
      <PinnedOutcome title={t(`tenants.${kind}_failed`)} change={change} pin={pin} facts={TENANT_SHOWN} />
    </ChangeQuestion>
  );
}
