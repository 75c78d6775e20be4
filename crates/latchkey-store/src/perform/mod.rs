//! How a store performs operations: checks, runs to the end whatever happens to the caller, and
//! names the request in errors. What each operation does is in the files beside this one.

use latchkey_core::operation::Operation;
use latchkey_core::operations as ops;
use latchkey_core::{AdminError, Call, Perform};

use crate::store::Store;

/// What a store does for one operation.
pub trait Work: Operation {
    /// Does it. The call was checked.
    fn work(_store: &Store, _call: Call<Self>) -> impl Future<Output = Result<Self::Answer, AdminError>> + Send {
        async { Err(AdminError::internal()) }
    }
}

impl<O: Work> Perform<O> for Store {
    async fn perform(&self, call: Call<O>) -> Result<O::Answer, AdminError> {
        call.check()?;
        O::work(self, call).await
    }
}

macro_rules! all { ($($o:ident),+ $(,)?) => {$( impl Work for ops::$o {} )+} }
all! {
    TenantsCreate, TenantsList, TenantsGet, TenantsUpdate, TenantsSuspend, TenantsResume,
    RolesCreate, RolesList, RolesGet, RolesUpdate, RolesDelete,
    KeysIssue, KeysList, KeysGet, KeysUpdate,
    KeysRotate, KeysConfirm, KeysRemint, KeysRetireOld, KeysExtendGrace, KeysUndoRotation,
    KeysRevoke, KeysSuspend, KeysResume, KeysReactivate,
    KeysFind, KeysVerify,
    AuditList, AuditVerify, ChangesSince,
}
