//! The eight orders of the list of keys as static SQL: which rows, after which place, in which order.
//! Each has a part for keys that have the value and, where it may be missing, a part for the rest,
//! which comes last and is ordered by id. Every part walks an index.

use latchkey_core::operations::KeySort;

/// What a cursor of a part holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A text and an id.
    Text,
    /// A time and an id.
    Time,
    /// An id alone.
    None,
}

/// Rows that are ordered by one value.
pub(crate) struct Part {
    /// Id and value as text.
    pub(crate) select: &'static str,
    /// Which keys belong to this part.
    pub(crate) condition: Option<&'static str>,
    /// What stands before the place after which the page begins.
    pub(crate) after: &'static str,
    /// What the place is.
    pub(crate) kind: Kind,
    /// The order.
    pub(crate) order: &'static str,
}

/// An order: those with the value, then the rest.
pub(crate) struct Order {
    /// Keys that have the value.
    pub(crate) valued: Part,
    /// Keys that have none.
    pub(crate) rest: Option<Part>,
}

const BY_NAME: &str = "SELECT k.id, k.name_fold FROM keys k";
const BY_CREATED: &str = "SELECT k.id, CAST(k.created_at AS TEXT) FROM keys k";
const BY_EXPIRES: &str = "SELECT k.id, CAST(k.expires_at AS TEXT) FROM keys k";
const BY_LAST_USED: &str =
    "SELECT k.id, CAST(u.last_used_at AS TEXT) FROM usage u JOIN keys k ON k.id = u.key_id";
const WITHOUT: &str = "SELECT k.id, CAST(NULL AS TEXT) FROM keys k";
const EXPIRES: &str = "k.expires_at IS NOT NULL";
/// A key is used when one of its secrets is; its last use is its latest.
const LATEST_USE: &str = "NOT EXISTS (SELECT 1 FROM usage v WHERE v.key_id = u.key_id \
     AND (v.last_used_at, v.secret_id) > (u.last_used_at, u.secret_id))";
const NEVER_EXPIRES: Part = rest("k.expires_at IS NULL");
const NEVER_USED: Part = rest("NOT EXISTS (SELECT 1 FROM usage u WHERE u.key_id = k.id)");

const fn rest(condition: &'static str) -> Part {
    Part {
        select: WITHOUT,
        condition: Some(condition),
        after: "k.id > ",
        kind: Kind::None,
        order: " ORDER BY k.id",
    }
}

/// The name that cursors of this order carry, and the order.
pub(crate) const fn order(sort: KeySort) -> (&'static str, Order) {
    match sort {
        KeySort::Name => ("name", text(BY_NAME, "(k.name_fold, k.id) > ", " ORDER BY k.name_fold, k.id")),
        KeySort::NameDesc => {
            ("name_desc", text(BY_NAME, "(k.name_fold, k.id) < ", " ORDER BY k.name_fold DESC, k.id DESC"))
        }
        KeySort::Created => (
            "created",
            time(BY_CREATED, None, "(k.created_at, k.id) < ", " ORDER BY k.created_at DESC, k.id DESC", None),
        ),
        KeySort::CreatedAsc => (
            "created_asc",
            time(BY_CREATED, None, "(k.created_at, k.id) > ", " ORDER BY k.created_at, k.id", None),
        ),
        KeySort::Expires => (
            "expires",
            time(
                BY_EXPIRES,
                Some(EXPIRES),
                "(k.expires_at, k.id) > ",
                " ORDER BY k.expires_at, k.id",
                Some(NEVER_EXPIRES),
            ),
        ),
        KeySort::ExpiresDesc => (
            "expires_desc",
            time(
                BY_EXPIRES,
                Some(EXPIRES),
                "(k.expires_at, k.id) < ",
                " ORDER BY k.expires_at DESC, k.id DESC",
                Some(NEVER_EXPIRES),
            ),
        ),
        KeySort::LastUsed => (
            "last_used",
            time(
                BY_LAST_USED,
                Some(LATEST_USE),
                "(u.last_used_at, u.key_id) < ",
                " ORDER BY u.last_used_at DESC, u.key_id DESC",
                Some(NEVER_USED),
            ),
        ),
        KeySort::LastUsedAsc => (
            "last_used_asc",
            time(
                BY_LAST_USED,
                Some(LATEST_USE),
                "(u.last_used_at, u.key_id) > ",
                " ORDER BY u.last_used_at, u.key_id",
                Some(NEVER_USED),
            ),
        ),
    }
}

const fn text(select: &'static str, after: &'static str, order: &'static str) -> Order {
    Order { valued: Part { select, condition: None, after, kind: Kind::Text, order }, rest: None }
}

const fn time(
    select: &'static str,
    condition: Option<&'static str>,
    after: &'static str,
    order: &'static str,
    rest: Option<Part>,
) -> Order {
    Order { valued: Part { select, condition, after, kind: Kind::Time, order }, rest }
}
