// The question before a role that no key uses is taken away.
import { useTranslation } from "react-i18next";
import { ChangeQuestion } from "@/app/ChangeDialog";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { PinnedOutcome } from "@/app/PinnedOutcome";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { usePinned } from "@/data/pinned";
import { perform } from "@/data/queries";
import { useProduction } from "@/data/startState";
import { useTypedName } from "@/features/end-key/TypedName";
import type { RoleDetails } from "@/generated/RoleDetails";
import { usePlatform } from "@/platform/context";
import { ROLE_SHOWN } from "./roleFacts";

/** The dialog, while it is open. */
export function DeleteRoleDialog() {
  const { shown, times, open, closed } = useLingeringLayer("delete-role");
  if (shown === null) return null;
  return <DeleteRole key={times} opened={shown.role} open={open} onClosed={closed} />;
}

interface DeleteRoleProps {
  opened: RoleDetails;
  open: boolean;
  onClosed: () => void;
}

function DeleteRole({ opened, open, onClosed }: DeleteRoleProps) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const close = useLayers((layers) => layers.close);
  const remove = useChange("roles.delete");
  const pin = usePinned(opened, remove.error, () => perform(platform, "roles.get", { role: opened.id }));
  const role = pin.pinned;
  const done = () => {
    close();
    toast.done(t("roles.deleted_done"));
  };
  const typedName = useTypedName(role.name, useProduction());
  const submit = () => {
    if (!typedName.check() || remove.isPending || remove.isUnknown) return;
    remove.mutate({ role: role.id, version: role.version }, { onSuccess: done, onUnseen: done });
  };
  return (
    <ChangeQuestion
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t("roles.delete_title", { name: role.name })}
      description={t("roles.delete_text")}
      kind="danger"
      change={remove}
      words={t("roles.delete")}
      busyWords={t("roles.delete")}
      send={submit}
    >
      {typedName.field(submit)}
      <PinnedOutcome title={t("roles.delete_failed")} change={remove} pin={pin} facts={ROLE_SHOWN} />
    </ChangeQuestion>
  );
}
