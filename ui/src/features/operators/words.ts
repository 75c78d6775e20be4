// Words about operators that several screens say. Pure functions.
import type { OperatorRole } from "@/generated/OperatorRole";
import { t } from "@/i18n";

export const OPERATOR_ROLES = ["viewer", "issuer", "admin"] as const satisfies readonly OperatorRole[];

/** "Dana Okafor (Admin)": who is signed in. */
export function signedInWords({ name, role }: { name: string; role: OperatorRole }): string {
  return t("shell.as_operator", { name, role: t(`operators.role_${role}`) });
}
