// Creating an operator and changing one: name, role, end, what it may hand out. Its token, once it is made,
// opens in the reveal. What an operator may be is Rust's.
import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { EditSheet } from "@/app/EditSheet";
import { TextField } from "@/app/TextField";
import { useLayers, useLingeringLayer } from "@/app/layers";
import { ChipList } from "@/components/ChipList";
import { cx } from "@/components/classes";
import { ExpiryPicker } from "@/components/ExpiryPicker";
import { FieldGroup } from "@/components/Field";
import { Segmented } from "@/components/Segmented";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { usePinned } from "@/data/pinned";
import { useRead } from "@/data/queries";
import { useFields, type FormPart } from "@/data/useFields";
import { openReveal, revealOf } from "@/features/reveal/reveal-state";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import type { OperatorRole } from "@/generated/OperatorRole";
import { usePlatform } from "@/platform/context";
import { shortDate } from "@/time/format";
import {
  createRequest,
  OPERATOR_FIELDS,
  OPERATOR_SHOWN,
  operatorSchema,
  readOperator,
  typedFacts,
  updateRequest,
  valuesOf,
  type OperatorValues,
} from "./values";
import { OPERATOR_ROLES } from "./words";

/** The sheet, while it is open. */
export function OperatorSheet() {
  const { shown, times, open, closed } = useLingeringLayer("edit-operator");
  if (shown === null) return null;
  return <OperatorForm key={times} operator={shown.operator} open={open} onClosed={closed} />;
}

interface OperatorFormProps {
  /** Nothing: a new one. */
  operator: OperatorDetails | null;
  open: boolean;
  onClosed: () => void;
}

function OperatorForm({ operator, open, onClosed }: OperatorFormProps) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const close = useLayers((layers) => layers.close);
  const me = useRead("operators.current", {}).data?.operator?.id;
  const own = operator !== null && operator.key.id === me;
  const form = useForm<OperatorValues>({
    defaultValues: valuesOf(operator),
    resolver: zodResolver(operatorSchema),
    shouldFocusError: false,
  });
  const create = useChange("operators.create");
  const update = useChange("operators.update");
  const change = operator === null ? create : update;
  const id = operator?.key.id ?? "";
  const pin = usePinned(operator, change.error, () => readOperator(platform, id));
  const done = (words: string, description?: string) => {
    close();
    toast.done(words, description === undefined ? {} : { description });
  };
  const submit = (on: OperatorDetails | null) =>
    void form.handleSubmit((values) => {
      if (on === null) {
        create.mutate(createRequest(values), {
          onSuccess: (answer) => {
            close();
            openReveal(platform, revealOf(answer, "issued"));
          },
          onUnseen: () => done(t("operators.done_create"), t("lost.unseen")),
        });
      } else {
        const saved = () => done(t("operators.done_save"));
        update.mutate(updateRequest(on, values, own), { onSuccess: saved, onUnseen: saved });
      }
    })();
  const mode = operator === null ? "create" : "save";
  return (
    <EditSheet
      open={open}
      onClose={close}
      onClosed={onClosed}
      title={
        operator === null
          ? t("operators.create_title")
          : t("operators.edit_title", { name: operator.key.name })
      }
      description={t("operators.about")}
      change={change}
      submitWords={t(`operators.submit_${mode}`)}
      submittingWords={t(`operators.submitting_${mode}`)}
      footerNote={operator === null ? t("operators.once") : undefined}
      form={form}
      pin={pin}
      failed={t(`operators.${mode}_failed`)}
      fields={OPERATOR_FIELDS}
      valuesOf={valuesOf}
      facts={OPERATOR_SHOWN}
      factsTyped={typedFacts}
      onSave={submit}
    >
      <OperatorFields form={form} refusal={change.error} operator={pin.pinned} own={own} />
    </EditSheet>
  );
}

type PartProps = FormPart<OperatorValues>;

interface OperatorFieldsProps extends PartProps {
  operator: OperatorDetails | null;
  own: boolean;
}

function OperatorFields({ form, refusal, operator, own }: OperatorFieldsProps) {
  const { t } = useTranslation();
  const fields = useFields(form, refusal);
  const { bind } = fields;
  const { value: role, onChange: setRole, error: roleError } = bind("role");
  return (
    <>
      <TextField
        of={fields}
        name="name"
        label={t("operators.name")}
        required
        description={t("operators.name_about")}
      />
      <FieldGroup
        label={t("operators.role")}
        description={own ? t("operators.role_own") : undefined}
        error={roleError}
      >
        <RoleChoice value={role} onChange={setRole} disabled={own} />
      </FieldGroup>
      <End form={form} refusal={refusal} operator={operator} />
      {role !== "viewer" && <Grants form={form} refusal={refusal} />}
    </>
  );
}

interface RoleChoiceProps {
  value: OperatorRole;
  onChange: (role: OperatorRole) => void;
  disabled: boolean;
}

/** Each role with one line on what it may do. */
function RoleChoice({ value, onChange, disabled }: RoleChoiceProps) {
  const { t } = useTranslation();
  return (
    <RadioGroup
      aria-label={t("operators.role")}
      value={value}
      disabled={disabled}
      onValueChange={(next) => onChange(next as OperatorRole)}
      className="flex flex-col gap-1"
    >
      {OPERATOR_ROLES.map((role) => (
        <label
          key={role}
          className={cx("flex items-start gap-2 py-0.5 text-body", disabled && "text-off-fg")}
        >
          <Radio.Root
            value={role}
            className={cx(
              "mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-line-strong bg-panel",
              "data-checked:border-accent data-checked:bg-accent data-disabled:border-line data-disabled:bg-off",
            )}
          >
            <Radio.Indicator
              className={cx("size-1.5 rounded-full", disabled ? "bg-off-fg" : "bg-accent-fg")}
            />
          </Radio.Root>
          <span className="min-w-0">
            {t(`operators.role_${role}`)}
            <span className="block text-meta text-fg-3">{t(`operators.role_${role}_about`)}</span>
          </span>
        </label>
      ))}
    </RadioGroup>
  );
}

/** When the token ends: chosen for a new one; kept, unless another is chosen, for one that exists. */
function End({ form, refusal, operator }: PartProps & { operator: OperatorDetails | null }) {
  const { t } = useTranslation();
  const { bind } = useFields(form, refusal);
  const keeps = bind("keepsEnd");
  const end = operator?.key.expires_at ?? null;
  const picker = (
    <ExpiryPicker
      label={operator === null ? t("operators.expires") : t("operators.expires_new")}
      {...bind("expires")}
    />
  );
  if (operator === null) return picker;
  const keep =
    end === null
      ? t("operators.expires_keep_never")
      : t("operators.expires_keep", { date: shortDate(new Date(end)) });
  return (
    <>
      <FieldGroup label={t("operators.expires")}>
        <Segmented
          label={t("operators.expires")}
          options={[
            { value: "keep", label: keep },
            { value: "choose", label: t("operators.expires_choose") },
          ]}
          value={keeps.value ? "keep" : "choose"}
          onChange={(next) => keeps.onChange(next === "keep")}
        />
      </FieldGroup>
      {!keeps.value && picker}
    </>
  );
}

/** Which customers' permissions its keys and roles may grant. */
function Grants({ form, refusal }: PartProps) {
  const { t } = useTranslation();
  const { bind } = useFields(form, refusal);
  const hands = bind("handsOut");
  const grants = bind("grants");
  const some = hands.value === "some";
  return (
    <>
      <FieldGroup
        label={t("operators.grants")}
        description={t("operators.grants_about")}
        error={some ? undefined : grants.error}
      >
        <Segmented
          label={t("operators.grants")}
          options={[
            { value: "all", label: t("operators.grants_all") },
            { value: "some", label: t("operators.grants_some") },
          ]}
          value={hands.value}
          onChange={hands.onChange}
        />
      </FieldGroup>
      {some && <ChipList label={t("operators.grants_list")} placeholder="posts:read" mono {...grants} />}
    </>
  );
}
