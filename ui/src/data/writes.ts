// Whether the store may be changed now, and why not: the one answer that every button, menu, shortcut
// and form asks. What is allowed is decided in Rust; this only keeps a person from being refused.
import { create } from "zustand";
import type { OperatorRole } from "@/generated/OperatorRole";
import { t } from "@/i18n";
import { useConnection, type LineState } from "./connection";

/** What a change is about: an operator's role allows or forbids these as a whole. */
export type Subject = "keys" | "tenants" | "roles" | "operators";

/** Why the open store takes no change at all, in the program's words. Set where the store is opened. */
export const useReadOnly = create<{ reason: string | null }>(() => ({ reason: null }));

/** The role of the operator who is signed in; nothing where the store's own account may do everything. */
export const useRole = create<{ role: OperatorRole | null }>(() => ({ role: null }));

/** Whether this person ever changes such things here. What never can be pressed is not shown at all. */
export function useMayChange(subject: Subject = "keys"): boolean {
  return roleAllows(
    useRole(({ role }) => role),
    subject,
  );
}

/** Why nothing can be changed now; nothing while changes are possible. */
export function whyNoWrites(subject: Subject = "keys"): string | undefined {
  const role = useRole.getState().role;
  return reasonOf(useReadOnly.getState().reason, useConnection.getState().state, role, subject);
}

/** The same, renewed when it changes. */
export function useWhyNoWrites(subject: Subject = "keys"): string | undefined {
  const reason = useReadOnly((now) => now.reason);
  const line = useConnection((now) => now.state);
  const role = useRole((now) => now.role);
  return reasonOf(reason, line, role, subject);
}

function roleAllows(role: OperatorRole | null, subject: Subject): boolean {
  switch (role) {
    case "viewer":
      return false;
    case "issuer":
      return subject === "keys";
    case "admin":
    case null:
      return true;
  }
}

function reasonOf(
  readOnly: string | null,
  line: LineState,
  role: OperatorRole | null,
  subject: Subject,
): string | undefined {
  if (line === "signed_out") return t("signed_out.paused");
  if (role !== null && !roleAllows(role, subject))
    return t(role === "viewer" ? "rights.viewer" : "rights.issuer");
  if (readOnly !== null) return readOnly;
  return line === "reconnecting" ? t("lost.paused") : undefined;
}
