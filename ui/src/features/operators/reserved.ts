// The reserved tenant, whose keys are operators' tokens. No customer's tenant has its short name, and no list
// of tenants or keys holds it. Pure functions.
import type { SecurityEvent } from "@/generated/SecurityEvent";

const SLUG = "latchkey";
/** The nil id, as ids of tenants are written. */
const ID = "ten_00000000000000000000000000000000";

/** Whether a tenant is the reserved one. */
export function isReserved({ slug }: { slug: string }): boolean {
  return slug === SLUG;
}

/** Whether something happened with an operator's token rather than with a customer's key. */
export function isAboutOperator({ tenant_id }: Pick<SecurityEvent, "tenant_id">): boolean {
  return tenant_id === ID;
}
