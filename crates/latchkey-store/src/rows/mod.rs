//! From rows to core's nouns and back. A row that core could not have written is told as damaged, so
//! one bad row harms no other. Holds no rule and decides nothing.

mod key;
mod role;
mod secret;
mod tenant;

pub(crate) use key::{
    KEY_COLUMNS, KEY_JOINS, KeyRecord, KeyRow, Reach, assemble, find_key, hides, insert_key, update_key,
};
pub(crate) use role::{
    ROLE_COLUMNS, RoleRow, delete_role, find_role, insert_role, next_role_number, resolve_role, update_role,
};
pub(crate) use secret::{Tagged, fill_tag, find_by_public_id, is_public_id_taken};
pub(crate) use tenant::{
    IS_A_CUSTOMERS, TENANT_COLUMNS, TenantRow, TenantSum, find_tenant, insert_tenant, reserved,
    resolve_tenant, tenant_sums, update_tenant,
};

use std::str::FromStr;

use latchkey_core::{AdminError, Span, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::{Fault, Outcome};

/// A row while it is read: which noun it is and its id, for saying which row is damaged.
pub(crate) struct Reading<'a> {
    noun: &'static str,
    id: &'a str,
}

impl<'a> Reading<'a> {
    pub(crate) fn of(noun: &'static str, id: &'a str) -> Self {
        Self { noun, id }
    }

    /// The row is not as core writes it.
    pub(crate) fn damaged(&self) -> Fault {
        Fault::damaged(self.noun, self.id)
    }

    /// A value kept as text.
    pub(crate) fn text<T: FromStr>(&self, text: &str) -> Outcome<T> {
        text.parse().map_err(|_| self.damaged())
    }

    /// A list kept as JSON text.
    pub(crate) fn json<T: DeserializeOwned>(&self, text: &str) -> Outcome<T> {
        serde_json::from_str(text).map_err(|_| self.damaged())
    }

    /// A count.
    pub(crate) fn count(&self, number: i64) -> Outcome<u64> {
        u64::try_from(number).map_err(|_| self.damaged())
    }

    /// What a word stands for.
    pub(crate) fn word<T>(&self, found: Option<T>) -> Outcome<T> {
        found.ok_or_else(|| self.damaged())
    }
}

/// A list as JSON text.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Outcome<String> {
    serde_json::to_string(value).map_err(|_| AdminError::internal().into())
}

/// An instant that may be absent.
pub(crate) fn at(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// A length of time that may be absent.
pub(crate) fn span(millis: Option<i64>) -> Option<Span> {
    millis.map(Span::from_millis)
}
