// What the operator form holds, what is wrong with it before anybody is asked, what of it travels, and which
// fields a conflict shows. Pure functions. What an operator may be is decided in Rust.
import { z } from "zod";
import type { ShownFacts } from "@/app/PinnedOutcome";
import { perform } from "@/data/queries";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import type { OperatorRole } from "@/generated/OperatorRole";
import { t } from "@/i18n";
import type { Platform, Request } from "@/platform/platform";
import { readExpiry, type ExpiryChoice } from "@/time/expiry";

export interface OperatorValues {
  name: string;
  role: OperatorRole;
  /** Only for one that exists: its end stays as it is. */
  keepsEnd: boolean;
  expires: ExpiryChoice;
  handsOut: "all" | "some";
  grants: string[];
}

/** The fields under the names the server uses, for putting refusals where they belong. */
export const OPERATOR_FIELDS = ["name", "role", "expires", "grants"];

/** The form of an operator, or of a new one. */
export function valuesOf(operator: OperatorDetails | null): OperatorValues {
  const all = operator === null || operator.grants.includes("*");
  return {
    name: operator?.key.name ?? "",
    role: operator?.role ?? "issuer",
    keepsEnd: operator !== null,
    expires: { kind: "span", span: "90d" },
    handsOut: all ? "all" : "some",
    grants: all ? [] : operator.grants,
  };
}

/** What is missing, said at the field. */
export const operatorSchema = z.custom<OperatorValues>().superRefine((values, context) => {
  const wrong = (field: keyof OperatorValues, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (values.name.trim() === "") wrong("name", t("operators.name_missing"));
  if (values.role !== "viewer" && values.handsOut === "some" && values.grants.length === 0)
    wrong("grants", t("operators.grants_missing"));
  const end = values.keepsEnd ? null : readExpiry(values.expires, new Date());
  if (end?.ok === false) wrong("expires", end.error);
});

/** A viewer makes nothing, so it hands nothing out. */
function grantsOf(values: OperatorValues): string[] {
  if (values.role === "viewer") return [];
  return values.handsOut === "all" ? ["*"] : values.grants;
}

/** The request that creates this operator; the window confirms its token when it is saved. */
export function createRequest(values: OperatorValues): Request<"operators.create"> {
  const end = readExpiry(values.expires, new Date());
  return {
    name: values.name.trim(),
    role: values.role,
    grants: grantsOf(values),
    confirm: "later",
    ...(end.ok && { expires: end.wire }),
  };
}

/** The request that makes `operator` what the form says; one's own role is not sent. */
export function updateRequest(
  operator: OperatorDetails,
  values: OperatorValues,
  own: boolean,
): Request<"operators.update"> {
  const end = values.keepsEnd ? null : readExpiry(values.expires, new Date());
  return {
    operator: operator.key.id,
    version: operator.key.version,
    name: values.name.trim(),
    ...(!own && { role: values.role }),
    grants: grantsOf(values),
    ...(end?.ok === true && { expires: end.wire }),
  };
}

/** An operator as a conflict shows it. */
export const OPERATOR_SHOWN: ShownFacts<OperatorDetails> = {
  fields: ["name", "role", "grants", "expires_at", "status"],
  of: ({ role, grants, key }) => ({
    name: key.name,
    role: t(`operators.role_${role}`),
    grants,
    expires_at: key.expires_at,
    status: key.status === "revoked" ? t("operators.status_removed") : t(`status.${key.status}`),
  }),
  label: (field) => {
    switch (field) {
      case "name":
        return t("operators.name");
      case "role":
        return t("operators.role");
      case "grants":
        return t("operators.grants");
      case "expires_at":
        return t("operators.expires");
      default:
        return t("conflict.status");
    }
  },
};

/** What is typed, under the names by which a conflict shows it. */
export function typedFacts(values: OperatorValues) {
  return { name: values.name, role: t(`operators.role_${values.role}`), grants: grantsOf(values) };
}

/** What stands of an operator now: there is no question for one alone. */
export async function readOperator(platform: Platform, id: string): Promise<OperatorDetails> {
  let cursor: string | undefined;
  for (;;) {
    const request = { limit: 500, ...(cursor !== undefined && { cursor }) };
    const page = await perform(platform, "operators.list", request);
    const found = page.items.find(({ key }) => key.id === id);
    if (found !== undefined) return found;
    if (page.next_cursor === null) throw { code: "not_found", message: t("operators.rotate_removed") };
    cursor = page.next_cursor;
  }
}
