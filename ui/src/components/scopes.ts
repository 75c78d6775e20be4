// The preview of what permissions allow: for the line under the editor and the diff of a role,
// nothing else. The decision is core's; this follows its wildcard rules without profiles.

/** A permission the tenant's systems are known to ask for. */
export interface KnownScope {
  permission: string;
  description: string;
  category: string;
}

/** How many of the known permissions are allowed. */
export function allowedOf(held: readonly string[], known: readonly KnownScope[]): number {
  return known.filter((scope) => held.some((permission) => covers(permission, scope.permission))).length;
}

/** Whether everything is allowed. */
export function isFullAccess(held: readonly string[]): boolean {
  return held.some((permission) => permission === "*" || permission === "*:*" || permission === "admin");
}

/** What is gained and lost between two sets, sorted. */
export function permissionDiff(
  before: readonly string[],
  after: readonly string[],
): { added: string[]; removed: string[] } {
  const [old, fresh] = [new Set(before), new Set(after)];
  return {
    added: after.filter((permission) => !old.has(permission)).toSorted(),
    removed: before.filter((permission) => !fresh.has(permission)).toSorted(),
  };
}

function covers(held: string, wanted: string): boolean {
  if (held === wanted || held === "*") return true;
  const [resource, action] = split(held);
  const [wantedResource, wantedAction] = split(wanted);
  if (action === undefined || wantedAction === undefined) return false;
  return (resource === "*" || resource === wantedResource) && (action === "*" || action === wantedAction);
}

function split(permission: string): [string, string | undefined] {
  const at = permission.indexOf(":");
  return at < 0 ? [permission, undefined] : [permission.slice(0, at), permission.slice(at + 1)];
}
