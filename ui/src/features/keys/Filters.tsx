// The filter chips of the keys table. Holds no list of keys.
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { useRead } from "@/data/queries";
import type { KeysSearch } from "./filters";
import { isFiltered, STATUSES } from "./filters";
import { FilterChip } from "./FilterChip";

interface FiltersProps {
  filters: KeysSearch;
  onChange: (next: Partial<KeysSearch>) => void;
}

/** Status, tenant, role, environment. */
export function Filters({ filters, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const tenants = useRead("tenants.list", { limit: 500 });
  const roles = useRead("roles.list", { limit: 500, tenant: filters.tenant });
  const statuses = STATUSES.map((status) => ({ value: status, label: t(`status.${status}`) }));
  const tenantOptions = (tenants.data?.items ?? []).map(({ slug, name }) => ({
    value: slug,
    label: name,
    detail: slug,
  }));
  const roleOptions = (roles.data?.items ?? []).map((role) => ({
    value: role.id,
    label: role.name,
    detail: role.tenant.slug,
  }));
  const environments = (["live", "test"] as const).map((value) => ({
    value,
    label: t(`environment.${value}`),
  }));
  const label = (options: { value: string; label: string }[], value: string | undefined) =>
    options.find((option) => option.value === value)?.label ?? value ?? "";
  const status = filters.status ?? [];
  return (
    <>
      <FilterChip
        name={t("keys.filter_status")}
        words={
          status.length > 1
            ? t("keys.filter_status_many", { count: status.length })
            : t("keys.filter_status_is", { value: label(statuses, status[0]) })
        }
        options={statuses}
        value={status}
        onChange={(value) =>
          onChange({ status: value.length > 0 ? (value as KeysSearch["status"]) : undefined })
        }
        nothing={t("keys.filter_nothing")}
      />
      <FilterChip
        single
        name={t("keys.filter_tenant")}
        words={t("keys.filter_tenant_is", { value: label(tenantOptions, filters.tenant) })}
        options={tenantOptions}
        value={filters.tenant === undefined ? [] : [filters.tenant]}
        onChange={(value) => onChange({ tenant: value[0], role: undefined })}
        nothing={t("keys.filter_nothing")}
      />
      <FilterChip
        single
        name={t("keys.filter_role")}
        words={t("keys.filter_role_is", { value: label(roleOptions, filters.role) })}
        options={roleOptions}
        value={filters.role === undefined ? [] : [filters.role]}
        onChange={(value) => onChange({ role: value[0] })}
        nothing={t("keys.filter_nothing")}
      />
      <FilterChip
        single
        name={t("keys.filter_environment")}
        words={t("keys.filter_environment_is", { value: label(environments, filters.environment) })}
        options={environments}
        value={filters.environment === undefined ? [] : [filters.environment]}
        onChange={(value) => onChange({ environment: value[0] as KeysSearch["environment"] })}
        nothing={t("keys.filter_nothing")}
      />
      {isFiltered(filters) && (
        <Button
          kind="quiet"
          size="compact"
          onClick={() =>
            onChange({
              status: undefined,
              tenant: undefined,
              role: undefined,
              environment: undefined,
              search: undefined,
            })
          }
        >
          {t("action.clear_filters")}
        </Button>
      )}
    </>
  );
}
