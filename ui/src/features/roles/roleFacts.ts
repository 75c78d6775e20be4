// Which fields of a role a conflict shows. Pure functions.
import type { ShownFacts } from "@/app/PinnedOutcome";
import type { RoleDetails } from "@/generated/RoleDetails";
import { t } from "@/i18n";

/** A role as a conflict shows it: what people set. */
export const ROLE_SHOWN: ShownFacts<RoleDetails> = {
  fields: ["name", "description", "permissions"],
  of: ({ name, description, permissions }) => ({ name, description, permissions }),
  label: (field) => {
    if (field === "permissions") return t("roles.scopes");
    return field === "name" ? t("roles.name") : t("roles.description");
  },
};
