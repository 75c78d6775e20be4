//! Operations on operators: who may administer a server. Their tokens are keys of the reserved tenant, so what
//! mints one answers as issuing and rotating a key does.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::keys_mint::{ConfirmWhen, Issued, Rotated};
use super::keys_read::KeyDetails;
use crate::error::AdminError;
use crate::expiry::{Expiry, RotationExpiry};
use crate::id::KeyId;
use crate::operation::Minted;
use crate::operator::{FIRST_USE, OperatorRef, OperatorRole};
use crate::page::{Page, check_limit};
use crate::permission::{Permission, Permissions};
use crate::role::check_permissions;
use crate::text::{check_name, fold};
use crate::time::Span;

/// An operator, as whoever may see it sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OperatorDetails {
    /// What it may do in Latchkey.
    pub role: OperatorRole,
    /// The customers' permissions that it may hand out.
    pub grants: Permissions,
    /// Its token: a key of the reserved tenant, with its secrets, status and usage.
    pub key: KeyDetails,
}

operation! {
    /// Lists operators, by name; removed ones last.
    OperatorsList = "operators.list", Get "/v1/operators", READ, Reads => Page<OperatorDetails> {
        options {
            /// Items of one page, 1 to 500.
            #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = crate::page::LIMIT_MAX)))]
            limit: Option<u32>,
            /// Where the last page ended.
            cursor: Option<String>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_limit(self.limit).map(drop)
    }
}

operation! {
    /// Creates an operator. The answer carries its token, once.
    OperatorsCreate = "operators.create", Post "/v1/operators", OPERATORS, Mints => Minted<Issued> {
        options {
            /// What people call it; the audit names it so.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            name: String,
            /// What it may do.
            role: OperatorRole,
            /// When its token ends: 2027-12-31, 90d or never; never when not given.
            expires: Option<Expiry>,
            /// When the token counts as saved; now when not given.
            confirm: Option<ConfirmWhen>,
        }
        replaced {
            /// The customers' permissions it may hand out; everything (*) when not given.
            grants as "grant": Permission,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_operator_name(&self.name)?;
        check_granted(self.grants.as_deref())
    }
}

operation! {
    /// Changes an operator. Fields that are not given stay as they are.
    OperatorsUpdate = "operators.update", Patch "/v1/operators/{operator}", OPERATORS, Changes => OperatorDetails {
        positional {
            /// Which operator, by its id.
            operator: KeyId,
        }
        options {
            /// What people call it.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            name: Option<String>,
            /// What it may do.
            role: Option<OperatorRole>,
            /// When its token ends: 2027-12-31, 90d or never.
            expires: Option<Expiry>,
            /// The version that was read; another one stands: conflict.
            version: Option<i64>,
        }
        replaced {
            /// The customers' permissions it may hand out.
            grants as "grant": Permission,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        self.name.as_deref().map_or(Ok(()), check_operator_name)?;
        check_granted(self.grants.as_deref())
    }
}

operation! {
    /// Removes an operator: its token is refused from the next request on. Its history stays.
    OperatorsRemove = "operators.remove", Delete "/v1/operators/{operator}", OPERATORS, Changes => OperatorDetails {
        positional {
            /// Which operator, by its id.
            operator: KeyId,
        }
        options {
            /// The version that was read; another one stands: conflict.
            version: Option<i64>,
        }
    }
}

operation! {
    /// Gives an operator a new token. The answer carries it, once; the old one works until the grace period ends.
    OperatorsRotate = "operators.rotate", Post "/v1/operators/{operator}/rotate", OPERATORS, Mints => Minted<Rotated> {
        positional {
            /// Which operator, by its id.
            operator: KeyId,
        }
        options {
            /// How long the old token works: 0, 15m, 24h, 7d; 24h when not given.
            grace: Option<Span>,
            /// When the token ends from then on: keep, same-span, never, 90d, 2027-12-31, an instant.
            expires: Option<RotationExpiry>,
            /// When the new token counts as saved; now when not given.
            confirm: Option<ConfirmWhen>,
            /// The version that was read; another one stands: conflict.
            version: Option<i64>,
        }
        flags {
            /// Cut the old tokens off at once, also during a grace period.
            cut_old,
        }
    }
}

/// Who is asked as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CurrentOperator {
    /// How the audit names whoever asks.
    pub actor: String,
    /// Everything that it may do and hand out.
    pub permissions: Permissions,
    /// The operator; none where the store's own account asks.
    pub operator: Option<OperatorRef>,
}

operation! {
    /// Says as whom one asks, and what one may do.
    OperatorsCurrent = "operators.current", Get "/v1/operators/current", READ, Reads => CurrentOperator {}
}

/// The audit names operators by their names, and what a first use confirms by [`FIRST_USE`]: nobody is called so.
fn check_operator_name(name: &str) -> Result<(), AdminError> {
    check_name("name", name)?;
    if fold(name) == FIRST_USE {
        return Err(AdminError::invalid("name", "The audit calls something else so. Choose another name."));
    }
    Ok(())
}

fn check_granted(grants: Option<&[Permission]>) -> Result<(), AdminError> {
    check_permissions("grants", &Permissions::from(grants.unwrap_or_default().to_vec()))
}
