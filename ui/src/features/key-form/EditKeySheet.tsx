// Changing what a key is called, grants and keeps to. Its expiry and its end have dialogs of their own.
import { zodResolver } from "@hookform/resolvers/zod";
import { useMemo } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { FormSheet } from "@/app/FormSheet";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { toast } from "@/components/Toast";
import { formError } from "@/data/errors";
import { perform, useChange } from "@/data/queries";
import type { KeyDetails } from "@/generated/KeyDetails";
import { usePlatform } from "@/platform/context";
import { ChangeFailed } from "@/features/end-key/ChangeFailed";
import { usePinnedKey } from "@/features/end-key/pinned";
import { KeyFields } from "./KeyFields";
import { KEY_FIELDS, keySchema, updateRequest, valuesOf, type KeyValues } from "./values";

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
  const platform = usePlatform();
  const { open: reopen, close } = useLayers();
  const schema = useMemo(() => keySchema(() => new Date()), []);
  const form = useForm<KeyValues>({
    defaultValues: valuesOf(subject),
    resolver: zodResolver(schema),
    shouldFocusError: false,
  });
  const update = useChange("keys.update");
  const pinned = usePinnedKey(subject);
  // What was typed stays; what was not touched becomes what stands now.
  const reload = async () => {
    const fresh = await pinned.reload();
    form.reset(valuesOf(fresh), { keepDirtyValues: true });
    update.reset();
  };
  const refusal = formError(update.error, KEY_FIELDS);
  const submit = form.handleSubmit((values) =>
    update.mutate(updateRequest(pinned.key, values), {
      onSuccess: () => {
        close();
        toast.done(t("edit.done"));
      },
    }),
  );
  return (
    <FormSheet
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t("edit.title", { name: subject.name })}
      description={t("edit.about", { tenant: subject.tenant.name })}
      dirty={form.formState.isDirty}
      pending={update.isPending}
      submitWords={t("edit.submit")}
      submittingWords={t("edit.submitting")}
      onSubmit={() => void submit()}
      errorTitle={t("edit.failed")}
      onReload={() =>
        void perform(platform, "keys.get", { key: subject.id }).then(
          (key) => reopen({ kind: "edit-key", key }),
          () => undefined,
        )
      }
      notice={
        refusal !== undefined && (
          <ChangeFailed className="mx-6 mb-4" title={t("edit.failed")} error={refusal} onReload={reload} />
        )
      }
    >
      <KeyFields form={form} refusal={update.error} existing />
    </FormSheet>
  );
}
