//! Lists in pages: `{items, next_cursor, total}`. The cursor is where the last page ended, as text that
//! only the list which made it can read. Holds no query.

use serde::{Deserialize, Serialize};

use crate::error::{AdminError, ErrorCode};

/// The most items of one page.
pub const LIMIT_MAX: u32 = 500;
/// The items of a page when nobody asks for a number.
pub const LIMIT_DEFAULT: u32 = 50;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "PageOf{T}"))]
pub struct Page<T> {
    /// In the order asked for.
    pub items: Vec<T>,
    /// Ask again with it for what follows; absent at the end.
    pub next_cursor: Option<String>,
    /// How many there are over all pages of this filter.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub total: u64,
}

/// The size of a page that was asked for.
///
/// # Errors
/// `invalid` at `limit` outside 1 to 500.
pub fn check_limit(limit: Option<u32>) -> Result<u32, AdminError> {
    match limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        _ => Err(AdminError::invalid("limit", format!("Ask for 1 to {LIMIT_MAX} items."))),
    }
}

/// A place in a list: which list and order (`list`), and the sort value and id of the last item.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The list and its order: a cursor of another list is refused.
    #[serde(rename = "l")]
    pub list: String,
    /// The last item's sort value; `None` sorts last.
    #[serde(rename = "v")]
    pub value: Option<String>,
    /// The last item's id.
    #[serde(rename = "i")]
    pub id: String,
}

impl Cursor {
    /// As the text that travels: hexadecimal of the JSON, so it needs no escaping anywhere.
    #[must_use]
    pub fn to_text(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        crate::audit::to_hex(&json)
    }

    /// Reads a cursor of `list`.
    ///
    /// # Errors
    /// `bad_cursor` for anything that `list` did not make.
    pub fn read(text: &str, list: &str) -> Result<Self, AdminError> {
        let bad = || {
            AdminError::new(ErrorCode::BadCursor, "This cursor is not of this list. Start again without it.")
                .at_field("cursor")
        };
        if text.len() > 4000 || !text.len().is_multiple_of(2) || !text.is_ascii() {
            return Err(bad());
        }
        let bytes: Option<Vec<u8>> =
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect();
        let cursor: Self = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(bad)?;
        // No value of a list has a NUL, and no text of PostgreSQL may have one.
        let forged =
            cursor.id.contains('\0') || cursor.value.as_ref().is_some_and(|value| value.contains('\0'));
        if cursor.list == list && !forged { Ok(cursor) } else { Err(bad()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_in_its_own_list_alone() {
        let cursor =
            Cursor { list: "keys/name".into(), value: Some("ü “x”".into()), id: "key_1".into() };
        let text = cursor.to_text();
        assert_eq!(Cursor::read(&text, "keys/name").unwrap(), cursor);
        assert_eq!(Cursor::read(&text, "keys/created").unwrap_err().code, ErrorCode::BadCursor);
        let forged = Cursor { id: "key_1\0".into(), ..cursor }.to_text();
        for bad in ["", "zz", "7b", "é", "7b7d7", &forged] {
            assert_eq!(Cursor::read(bad, "keys/name").unwrap_err().code, ErrorCode::BadCursor, "{bad}");
        }
    }
}
