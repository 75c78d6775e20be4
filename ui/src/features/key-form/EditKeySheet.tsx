// Changing what a key is called, grants and keeps to. Its expiry and its end have dialogs of their own.
import { zodResolver } from "@hookform/resolvers/zod";
import { useMemo } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { EditSheet } from "@/app/EditSheet";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { useRead } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePinnedKey } from "@/features/end-key/pinned";
import { KEY_SHOWN } from "@/features/keys/keyFacts";
import { KeyFields } from "./KeyFields";
import { KEY_FIELDS, keySchema, typedFacts, updateRequest, valuesOf, type KeyValues } from "./values";

/** The sheet, while it is open. */
export function EditKeySheet() {
  const { shown, times, open, closed } = useLingeringLayer("edit-key");
  return shown === null ? null : <EditKey key={times} subject={shown.key} open={open} onClosed={closed} />;
}

interface EditKeyProps {
  subject: KeyDetails;
  open: boolean;
  onClosed: () => void;
}

function EditKey({ subject, open, onClosed }: EditKeyProps) {
  const { t } = useTranslation();
  const close = useLayers((layers) => layers.close);
  const schema = useMemo(() => keySchema(() => new Date()), []);
  const form = useForm<KeyValues>({
    defaultValues: valuesOf(subject),
    resolver: zodResolver(schema),
    shouldFocusError: false,
  });
  const update = useChange("keys.update");
  const pin = usePinnedKey(subject, update.error);
  const roles = useRead("roles.list", { limit: 500, tenant: subject.tenant.id });
  const submit = (on: KeyDetails) =>
    void form.handleSubmit((values) =>
      update.mutate(updateRequest(on, values), {
        onSuccess: () => {
          close();
          toast.done(t("edit.done"));
        },
      }),
    )();
  return (
    <EditSheet
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t("edit.title", { name: subject.name })}
      description={t("edit.about", { tenant: subject.tenant.name })}
      change={update}
      submitWords={t("edit.submit")}
      submittingWords={t("edit.submitting")}
      form={form}
      pin={pin}
      failed={t("edit.failed")}
      fields={KEY_FIELDS}
      valuesOf={valuesOf}
      facts={KEY_SHOWN}
      factsTyped={(values) => typedFacts(values, roles.data?.items ?? [])}
      onSave={submit}
    >
      <KeyFields form={form} refusal={update.error} existing />
    </EditSheet>
  );
}
