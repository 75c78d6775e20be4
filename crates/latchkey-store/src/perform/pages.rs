//! Keyset pages of tenants, roles and history: one item more than asked for tells whether more follows.
//! The list of keys has its own file; holds no query.

use latchkey_core::page::{Cursor, Page, check_limit};
use latchkey_core::{AdminError, ErrorCode};

use crate::fault::Outcome;
use crate::statement::Statement;

/// The most characters of a search; longer ones find nothing anyway, names are shorter.
const SEARCH_MAX: usize = 200;

/// What a list was asked for.
pub(crate) struct Asked {
    /// The list and its order, as cursors name it.
    pub(crate) list: String,
    /// Items of the page.
    pub(crate) limit: usize,
    /// Where the last page ended.
    pub(crate) after: Option<Cursor>,
}

impl Asked {
    /// Reads limit and cursor.
    ///
    /// # Errors
    /// `invalid` at `limit`, `bad_cursor`.
    pub(crate) fn of(list: String, limit: Option<u32>, cursor: Option<&str>) -> Result<Self, AdminError> {
        let limit = check_limit(limit)? as usize;
        let after = cursor.map(|cursor| Cursor::read(cursor, &list)).transpose()?;
        Ok(Self { list, limit, after })
    }

    /// How many rows to read: one more than the page holds.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX - 1) + 1
    }

    /// The page, from up to one row more than it holds. `place` is a row's sort value and id.
    pub(crate) fn page<R>(
        &self,
        mut rows: Vec<R>,
        total: u64,
        place: impl Fn(&R) -> (Option<String>, String),
    ) -> Page<R> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows.last().filter(|_| more).map(|last| {
            let (value, id) = place(last);
            Cursor { list: self.list.clone(), value, id }.to_text()
        });
        Page { items: rows, next_cursor, total }
    }
}

/// The items that can be read. A damaged row is left out and logged; `latchkey doctor` lists it.
pub(crate) fn readable<T>(items: Vec<Outcome<T>>) -> Vec<T> {
    let whole = items.into_iter().filter_map(|item| match item {
        Ok(item) => Some(item),
        Err(fault) => {
            // Turning it into an error logs which row it is.
            let _ = fault.into_admin_error();
            None
        }
    });
    whole.collect()
}

/// What a person searches for, folded as names are, as a LIKE pattern in which wildcards are letters.
pub(crate) fn pattern(search: &str) -> Option<String> {
    let folded = latchkey_core::text::fold(&search.chars().take(SEARCH_MAX).collect::<String>());
    if folded.is_empty() {
        return None;
    }
    let mut pattern = String::from("%");
    for character in folded.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    Some(pattern)
}

/// A cursor of the right list in which something else stands than the list wrote.
pub(crate) fn bad_cursor() -> AdminError {
    AdminError::new(ErrorCode::BadCursor, "This cursor is not of this list. Start again without it.")
        .at_field("cursor")
}

/// `WHERE` before the first condition, `AND` before the others.
pub(crate) struct Conditions<'a> {
    statement: &'a mut Statement,
    any: bool,
}

impl<'a> Conditions<'a> {
    /// For a statement that has no `WHERE` yet.
    pub(crate) fn of(statement: &'a mut Statement) -> Self {
        Self { statement, any: false }
    }

    /// One more condition, which the caller writes into the statement that is given back.
    pub(crate) fn and(&mut self) -> &mut Statement {
        self.statement.push(if self.any { " AND " } else { " WHERE " });
        self.any = true;
        self.statement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_letters() {
        assert_eq!(pattern("50%_a\\b").as_deref(), Some("%50\\%\\_a\\\\b%"));
        assert_eq!(pattern("  N8N  Prod ").as_deref(), Some("%n8n prod%"));
        assert_eq!(pattern("  "), None);
    }
}
