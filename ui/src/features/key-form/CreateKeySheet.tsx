// Creating a key (S6). The answer goes to the reveal; the plaintext never passes here.
import { zodResolver } from "@hookform/resolvers/zod";
import { useMemo } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { ChangeOutcome } from "@/app/ChangeOutcome";
import { FormSheet } from "@/app/FormSheet";
import { useLayers, useLingeringLayer, type Layer } from "@/app/layers";
import { toast } from "@/components/Toast";
import { formError } from "@/data/errors";
import { useChange } from "@/data/change";
import { useRead } from "@/data/queries";
import { openReveal, revealOf } from "@/features/reveal/reveal-state";
import { usePlatform } from "@/platform/context";
import { KeyFields } from "./KeyFields";
import { emptyValues, issueRequest, KEY_FIELDS, keySchema, type KeyValues } from "./values";

/** The sheet, while it is open. */
export function CreateKeySheet() {
  const { shown, times, open, closed } = useLingeringLayer("create-key");
  return shown === null ? null : <CreateKey key={times} layer={shown} open={open} onClosed={closed} />;
}

interface CreateKeyProps {
  layer: Extract<Layer, { kind: "create-key" }>;
  open: boolean;
  onClosed: () => void;
}

function CreateKey({ layer, open, onClosed }: CreateKeyProps) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const close = useLayers((layers) => layers.close);
  const preset = useRead(
    "tenants.get",
    { tenant: layer.tenant ?? "" },
    { enabled: layer.tenant !== undefined },
  );
  const schema = useMemo(() => keySchema(() => new Date()), []);
  const tenant = layer.tenant === undefined ? "" : (preset.data?.id ?? "");
  const form = useForm<KeyValues>({
    defaultValues: emptyValues(tenant),
    // The tenant of the screen behind may still be on its way; what was typed stays.
    values: emptyValues(tenant),
    resetOptions: { keepDirtyValues: true },
    resolver: zodResolver(schema),
    shouldFocusError: false,
  });
  const issue = useChange("keys.issue");
  const submit = form.handleSubmit((values) =>
    issue.mutate(issueRequest(values, new Date()), {
      onSuccess: (answer) => {
        close();
        toast.done(t("create.done"));
        openReveal(platform, revealOf(answer, "issued"));
      },
      onUnseen: () => {
        close();
        toast.done(t("create.done"), { description: t("lost.unseen") });
      },
    }),
  );
  return (
    <FormSheet
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={t("create.title")}
      description={t("create.about")}
      dirty={form.formState.isDirty}
      change={issue}
      submitWords={t("create.submit")}
      submittingWords={t("create.submitting")}
      onSubmit={() => void submit()}
      notice={
        <ChangeOutcome
          className="mx-6 my-4"
          title={t("create.failed")}
          change={issue}
          error={formError(issue.error, KEY_FIELDS)}
        />
      }
      footerNote={t("create.once")}
    >
      <KeyFields form={form} refusal={issue.error} />
    </FormSheet>
  );
}
