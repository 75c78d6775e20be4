//! Every change that makes a good key bad: what it is made to, and the change itself. Measures nothing.

use latchkey_core::PlaintextKey;
use latchkey_core::operations::{
    KeyDetails, KeysRevoke, KeysRotate, KeysSuspend, KeysUpdate, RolesCreate, RolesUpdate, TenantsSuspend,
};
use serde_json::json;

use super::Admin;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The key is revoked.
    Revoke,
    /// The key is suspended.
    Suspend,
    /// It is rotated, and the old secret has no grace.
    RotateAtOnce,
    /// It holds less.
    NarrowScopes,
    /// It is good from fewer addresses.
    NarrowAddresses,
    /// Its role holds less.
    NarrowRole,
    /// Its tenant is suspended.
    SuspendTenant,
}

impl Change {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Revoke,
        Self::Suspend,
        Self::RotateAtOnce,
        Self::NarrowScopes,
        Self::NarrowAddresses,
        Self::NarrowRole,
        Self::SuspendTenant,
    ];

    /// A key of a tenant of its own, good for `posts:read` until this change.
    pub async fn subject(self, admin: &Admin, tenant: &str) -> (KeyDetails, PlaintextKey) {
        admin.tenant(tenant).await;
        let mut request = json!({"tenant": tenant, "name": "n8n"});
        if self == Self::NarrowRole {
            let role = json!({"tenant": tenant, "name": "Reader", "permissions": ["posts:read"]});
            admin.call::<RolesCreate>(role).await.unwrap();
            request["role"] = "Reader".into();
        } else {
            request["scopes"] = json!(["posts:*"]);
        }
        admin.issue(request).await
    }

    /// Makes it; done when the server has acknowledged it.
    pub async fn make(self, admin: &Admin, key: &KeyDetails) {
        let (id, tenant) = (key.id, &key.tenant.slug);
        match self {
            Self::Revoke => drop(admin.call::<KeysRevoke>(json!({"key": id})).await.unwrap()),
            Self::Suspend => drop(admin.call::<KeysSuspend>(json!({"key": id})).await.unwrap()),
            Self::RotateAtOnce => {
                drop(admin.call::<KeysRotate>(json!({"key": id, "grace": "0"})).await.unwrap());
            }
            Self::NarrowScopes => {
                let request = json!({"key": id, "scopes": ["users:read"]});
                drop(admin.call::<KeysUpdate>(request).await.unwrap());
            }
            Self::NarrowAddresses => {
                let request = json!({"key": id, "ip": ["203.0.113.0/24"]});
                drop(admin.call::<KeysUpdate>(request).await.unwrap());
            }
            Self::NarrowRole => {
                let request = json!({"tenant": tenant, "role": "Reader", "permissions": ["users:read"]});
                drop(admin.call::<RolesUpdate>(request).await.unwrap());
            }
            Self::SuspendTenant => {
                drop(admin.call::<TenantsSuspend>(json!({"tenant": tenant})).await.unwrap());
            }
        }
    }
}
