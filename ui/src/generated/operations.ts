// Generated from latchkey-core by `cargo xtask generate`. Do not edit.
import type { AuditEntry } from "./AuditEntry";
import type { AuditList } from "./AuditList";
import type { AuditVerdict } from "./AuditVerdict";
import type { AuditVerify } from "./AuditVerify";
import type { Changes } from "./Changes";
import type { ChangesMade } from "./ChangesMade";
import type { ChangesSince } from "./ChangesSince";
import type { CurrentOperator } from "./CurrentOperator";
import type { EventsList } from "./EventsList";
import type { FoundKeys } from "./FoundKeys";
import type { Issued } from "./Issued";
import type { KeyDetails } from "./KeyDetails";
import type { KeysConfirm } from "./KeysConfirm";
import type { KeysExtendGrace } from "./KeysExtendGrace";
import type { KeysFind } from "./KeysFind";
import type { KeysGet } from "./KeysGet";
import type { KeysIssue } from "./KeysIssue";
import type { KeysList } from "./KeysList";
import type { KeysReactivate } from "./KeysReactivate";
import type { KeysRemint } from "./KeysRemint";
import type { KeysResume } from "./KeysResume";
import type { KeysRetireOld } from "./KeysRetireOld";
import type { KeysRevoke } from "./KeysRevoke";
import type { KeysRotate } from "./KeysRotate";
import type { KeysSuspend } from "./KeysSuspend";
import type { KeysUndoRotation } from "./KeysUndoRotation";
import type { KeysUpdate } from "./KeysUpdate";
import type { KeysVerify } from "./KeysVerify";
import type { Made } from "./Made";
import type { OperatorDetails } from "./OperatorDetails";
import type { OperatorsCreate } from "./OperatorsCreate";
import type { OperatorsCurrent } from "./OperatorsCurrent";
import type { OperatorsList } from "./OperatorsList";
import type { OperatorsRemove } from "./OperatorsRemove";
import type { OperatorsRotate } from "./OperatorsRotate";
import type { OperatorsUpdate } from "./OperatorsUpdate";
import type { Page } from "./Page";
import type { RoleDetails } from "./RoleDetails";
import type { RolesCreate } from "./RolesCreate";
import type { RolesDelete } from "./RolesDelete";
import type { RolesGet } from "./RolesGet";
import type { RolesList } from "./RolesList";
import type { RolesUpdate } from "./RolesUpdate";
import type { Rotated } from "./Rotated";
import type { SecurityEvent } from "./SecurityEvent";
import type { TenantDetails } from "./TenantDetails";
import type { TenantsCreate } from "./TenantsCreate";
import type { TenantsGet } from "./TenantsGet";
import type { TenantsList } from "./TenantsList";
import type { TenantsResume } from "./TenantsResume";
import type { TenantsSuspend } from "./TenantsSuspend";
import type { TenantsUpdate } from "./TenantsUpdate";
import type { UsageGet } from "./UsageGet";
import type { UsageReport } from "./UsageReport";
import type { Verification } from "./Verification";

/** A minting answer as the window gets it: a handle to the reveal slot, never a plaintext. */
export type Revealed<T> = T & { reveal: { handle: string; preview: string; until: string } | null };

/** Every operation: its request and its answer. */
export type Operations = {
  "tenants.create": { request: TenantsCreate; answer: TenantDetails };
  "tenants.list": { request: TenantsList; answer: Page<TenantDetails> };
  "tenants.get": { request: TenantsGet; answer: TenantDetails };
  "tenants.update": { request: TenantsUpdate; answer: TenantDetails };
  "tenants.suspend": { request: TenantsSuspend; answer: TenantDetails };
  "tenants.resume": { request: TenantsResume; answer: TenantDetails };
  "roles.create": { request: RolesCreate; answer: RoleDetails };
  "roles.list": { request: RolesList; answer: Page<RoleDetails> };
  "roles.get": { request: RolesGet; answer: RoleDetails };
  "roles.update": { request: RolesUpdate; answer: RoleDetails };
  "roles.delete": { request: RolesDelete; answer: RoleDetails };
  "keys.issue": { request: KeysIssue; answer: Revealed<Issued> };
  "keys.list": { request: KeysList; answer: Page<KeyDetails> };
  "keys.get": { request: KeysGet; answer: KeyDetails };
  "keys.update": { request: KeysUpdate; answer: KeyDetails };
  "keys.rotate": { request: KeysRotate; answer: Revealed<Rotated> };
  "keys.confirm": { request: KeysConfirm; answer: KeyDetails };
  "keys.remint": { request: KeysRemint; answer: Revealed<Issued> };
  "keys.retire_old": { request: KeysRetireOld; answer: KeyDetails };
  "keys.extend_grace": { request: KeysExtendGrace; answer: KeyDetails };
  "keys.undo_rotation": { request: KeysUndoRotation; answer: KeyDetails };
  "keys.revoke": { request: KeysRevoke; answer: KeyDetails };
  "keys.suspend": { request: KeysSuspend; answer: KeyDetails };
  "keys.resume": { request: KeysResume; answer: KeyDetails };
  "keys.reactivate": { request: KeysReactivate; answer: KeyDetails };
  "keys.find": { request: KeysFind; answer: FoundKeys };
  "keys.verify": { request: KeysVerify; answer: Verification };
  "operators.list": { request: OperatorsList; answer: Page<OperatorDetails> };
  "operators.create": { request: OperatorsCreate; answer: Revealed<Issued> };
  "operators.update": { request: OperatorsUpdate; answer: OperatorDetails };
  "operators.remove": { request: OperatorsRemove; answer: OperatorDetails };
  "operators.rotate": { request: OperatorsRotate; answer: Revealed<Rotated> };
  "operators.current": { request: OperatorsCurrent; answer: CurrentOperator };
  "audit.list": { request: AuditList; answer: Page<AuditEntry> };
  "audit.verify": { request: AuditVerify; answer: AuditVerdict };
  "changes.since": { request: ChangesSince; answer: Changes };
  "changes.made": { request: ChangesMade; answer: Made };
  "events.list": { request: EventsList; answer: Page<SecurityEvent> };
  "usage.get": { request: UsageGet; answer: UsageReport };
};

/** What each does to the store. */
export const EFFECTS: Record<keyof Operations, "reads" | "changes" | "mints"> = {
  "tenants.create": "changes",
  "tenants.list": "reads",
  "tenants.get": "reads",
  "tenants.update": "changes",
  "tenants.suspend": "changes",
  "tenants.resume": "changes",
  "roles.create": "changes",
  "roles.list": "reads",
  "roles.get": "reads",
  "roles.update": "changes",
  "roles.delete": "changes",
  "keys.issue": "mints",
  "keys.list": "reads",
  "keys.get": "reads",
  "keys.update": "changes",
  "keys.rotate": "mints",
  "keys.confirm": "changes",
  "keys.remint": "mints",
  "keys.retire_old": "changes",
  "keys.extend_grace": "changes",
  "keys.undo_rotation": "changes",
  "keys.revoke": "changes",
  "keys.suspend": "changes",
  "keys.resume": "changes",
  "keys.reactivate": "changes",
  "keys.find": "reads",
  "keys.verify": "reads",
  "operators.list": "reads",
  "operators.create": "mints",
  "operators.update": "changes",
  "operators.remove": "changes",
  "operators.rotate": "mints",
  "operators.current": "reads",
  "audit.list": "reads",
  "audit.verify": "reads",
  "changes.since": "reads",
  "changes.made": "reads",
  "events.list": "reads",
  "usage.get": "reads",
};
