// Choosing a tenant among any number of them, or making one on the way. Holds no key.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Combobox } from "@/components/Combobox";
import { Field } from "@/components/Field";
import { toast } from "@/components/Toast";
import { useChange } from "@/data/change";
import { useRead } from "@/data/queries";
import { useWhyNoWrites } from "@/data/writes";

interface TenantFieldProps {
  value: string;
  onChange: (tenant: string) => void;
  error: string | undefined;
  /** Offers no creation. */
  existingOnly?: boolean;
}

/** A tenant, searched in the store while typing. */
export function TenantField({ value, onChange, error, existingOnly = false }: TenantFieldProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const found = useRead("tenants.list", search === "" ? { limit: 100 } : { limit: 100, search });
  const chosen = useRead("tenants.get", { tenant: value }, { enabled: value !== "" });
  const create = useChange("tenants.create");
  const closed = useWhyNoWrites("tenants") !== undefined;
  const items = found.data?.items ?? [];
  const all =
    chosen.data !== undefined && value !== "" && !items.some((one) => one.id === value)
      ? [chosen.data, ...items]
      : items;
  const make = (name: string) =>
    create.mutate(
      { name, slug: slugOf(name) },
      {
        onSuccess: (tenant) => {
          toast.done(t("tenants.done_create"));
          onChange(tenant.id);
        },
      },
    );
  return (
    <Field
      label={t("create.tenant")}
      required
      description={create.isUnknown ? t("lost.unknown") : undefined}
      error={error ?? create.error?.message}
    >
      <Combobox
        options={all.map(({ id, name, slug }) => ({ value: id, label: name, detail: slug }))}
        value={value}
        onChange={onChange}
        onSearch={setSearch}
        placeholder={t("create.tenant_placeholder")}
        nothing={t("create.tenant_nothing")}
        openLabel={t("create.tenant_open")}
        create={
          existingOnly || closed
            ? undefined
            : { words: (name) => t("create.tenant_create", { name }), run: make }
        }
      />
    </Field>
  );
}

/** A short name proposed for a name: `ACME Corp` becomes `acme-corp`. Rust decides whether it will do. */
export function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50);
}
