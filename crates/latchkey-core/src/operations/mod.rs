//! Every operation there is, in one table. A transport walks it with a [`Visitor`], so none can
//! forget one. To add an operation: its type in a file here, its line in the table, its
//! performance in the store (CONTRIBUTING.md walks through one).

mod audit;
mod changes_made;
mod define;
mod events;
mod keys_change;
mod keys_incoming;
mod keys_mint;
mod keys_read;
mod operators;
mod roles;
mod selectors;
mod tenants;
mod usage;

pub use audit::{AuditList, AuditVerdict, AuditVerify, Changes, ChangesSince, Touched};
pub use changes_made::{ChangesMade, Made, MadeChange};
pub use events::{EventKind, EventsList, SecurityEvent};
pub use keys_change::{
    KeysConfirm, KeysExtendGrace, KeysReactivate, KeysResume, KeysRetireOld, KeysRevoke, KeysSuspend,
    KeysUndoRotation, KeysUpdate,
};
pub use keys_incoming::{FoundKey, FoundKeys, KeysFind, KeysVerify, Verification};
pub use keys_mint::{ConfirmWhen, Issued, KeysIssue, KeysRemint, KeysRotate, Rotated, check_key_lists};
pub use keys_read::{
    KeyContext, KeyDetails, KeySort, KeysGet, KeysList, RoleRef, SecretDetails, TenantRef, Usage,
};
pub use operators::{
    CurrentOperator, OperatorDetails, OperatorsCreate, OperatorsCurrent, OperatorsList, OperatorsRemove,
    OperatorsRotate, OperatorsUpdate,
};
pub use roles::{RoleDetails, RolesCreate, RolesDelete, RolesGet, RolesList, RolesUpdate};
pub use selectors::{RoleSelector, TenantSelector};
pub use tenants::{
    TenantDetails, TenantsCreate, TenantsGet, TenantsList, TenantsResume, TenantsSuspend, TenantsUpdate,
};
pub use usage::{REPORT_MAX, UsageBucket, UsageGet, UsageReport};

use crate::operation::{Operation, Perform};

/// Walks the table: `visit` is called once for each operation.
pub trait Visitor<P> {
    /// One operation, which `P` can perform.
    fn visit<O: Operation>(&mut self)
    where
        P: Perform<O>;
}

macro_rules! table {
    ($($operation:ident),+ $(,)?) => {
        /// Somewhere every operation can be performed.
        pub trait PerformsEvery: $(Perform<$operation> +)+ Send + Sync + 'static {}
        impl<T> PerformsEvery for T where T: $(Perform<$operation> +)+ Send + Sync + 'static {}

        /// Shows every operation to `visitor`, in the table's order.
        pub fn every_operation<P: PerformsEvery>(visitor: &mut impl Visitor<P>) {
            $(visitor.visit::<$operation>();)+
        }

        /// Every operation's name, in the table's order.
        pub const NAMES: &[&str] = &[$(<$operation as Operation>::NAME),+];

        #[cfg(any(feature = "typescript", feature = "openapi"))]
        /// Shows every operation's types to the generator, which performs nothing.
        pub fn every_type(visitor: &mut impl TypesVisitor) {
            $(visitor.visit::<$operation>();)+
        }
    };
}

#[cfg(any(feature = "typescript", feature = "openapi"))]
/// Walks the table for its types alone.
pub trait TypesVisitor {
    /// One operation.
    fn visit<O: Operation>(&mut self);
}

table! {
    TenantsCreate, TenantsList, TenantsGet, TenantsUpdate, TenantsSuspend, TenantsResume,
    RolesCreate, RolesList, RolesGet, RolesUpdate, RolesDelete,
    KeysIssue, KeysList, KeysGet, KeysUpdate,
    KeysRotate, KeysConfirm, KeysRemint, KeysRetireOld, KeysExtendGrace, KeysUndoRotation,
    KeysRevoke, KeysSuspend, KeysResume, KeysReactivate,
    KeysFind, KeysVerify,
    OperatorsList, OperatorsCreate, OperatorsUpdate, OperatorsRemove, OperatorsRotate, OperatorsCurrent,
    AuditList, AuditVerify, ChangesSince, ChangesMade, EventsList, UsageGet,
}
