//! A statement: static SQL text with `$1` placeholders and the values for them, run in whichever
//! engine the transaction belongs to. Values never become text of the statement. Holds no query.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Arguments, Database, Encode, FromRow, IntoArguments, QueryBuilder, Type};

use crate::dialect::Lock;
use crate::engine::{Engine, Tx};
use crate::fault::Outcome;

/// A value for a placeholder. `None` is NULL of that type, which PostgreSQL wants to know.
#[derive(Clone)]
pub(crate) enum Value {
    /// Text, words, ids, JSON.
    Text(Option<String>),
    /// Numbers, times in milliseconds, 0 and 1.
    Int(Option<i64>),
    /// Tags.
    Bytes(Option<Vec<u8>>),
}

impl From<Option<Vec<u8>>> for Value {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        // PostgreSQL cannot hold NUL. Core refuses it in every field; a search for it finds nothing.
        Self::Text(text.map(|text| if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Some(text).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Some(text.to_owned()).into()
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Some(text.clone()).into()
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        text.clone().into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(Some(i64::from(yes)))
    }
}

impl From<latchkey_core::Timestamp> for Value {
    fn from(at: latchkey_core::Timestamp) -> Self {
        Self::Int(Some(at.as_millis()))
    }
}

impl From<Option<latchkey_core::Timestamp>> for Value {
    fn from(at: Option<latchkey_core::Timestamp>) -> Self {
        Self::Int(at.map(latchkey_core::Timestamp::as_millis))
    }
}

/// A row that reads the same from both engines.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

/// A row type whose fields are columns of the same names, for rows too wide for a tuple.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        pub(crate) struct $name { $(pub(crate) $field: $type),+ }
        $crate::statement::row!(@of sqlx::sqlite::SqliteRow, $name { $($field),+ });
        $crate::statement::row!(@of sqlx::postgres::PgRow, $name { $($field),+ });
    };
    (@of $row:ty, $name:ident { $($field:ident),+ }) => {
        impl sqlx::FromRow<'_, $row> for $name {
            fn from_row(row: &$row) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                Ok(Self { $($field: row.try_get(stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use row;

/// A statement and its values.
#[derive(Clone)]
pub(crate) struct Statement {
    text: String,
    values: Vec<Value>,
    lock: Lock,
}

/// Begins a statement.
pub(crate) fn sql(text: &'static str) -> Statement {
    Statement { text: text.to_owned(), values: Vec::new(), lock: Lock::None }
}

impl Statement {
    /// The value for the next placeholder that stands in the text.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// More text. Only text of the program: values are bound.
    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A placeholder at the end of the text, and its value.
    pub(crate) fn arg(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// `(…, …)`: one placeholder a value.
    pub(crate) fn list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        for (place, value) in values.into_iter().enumerate() {
            self.push(if place == 0 { "(" } else { ", " }).arg(value);
        }
        self.push(")")
    }

    /// `(VALUES (…), (…))`: one row of placeholders for each row of values. Both engines call the columns `column1`,
    /// `column2` and so on.
    pub(crate) fn rows<const N: usize>(&mut self, rows: impl IntoIterator<Item = [Value; N]>) -> &mut Self {
        for (place, row) in rows.into_iter().enumerate() {
            self.push(if place == 0 { "(VALUES " } else { ", " }).list(row);
        }
        self.push(")")
    }

    /// Locks the rows it reads until the end of the transaction.
    pub(crate) fn locking(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }

    /// Does it; answers how many rows it touched.
    pub(crate) async fn run(self, tx: &mut Tx) -> Outcome<u64> {
        Ok(match tx {
            Engine::Sqlite(tx) => self.sqlite()?.build().execute(&mut **tx).await?.rows_affected(),
            Engine::Postgres(tx) => {
                let mut query = self.postgres()?;
                query.build().persistent(tx.named).execute(&mut *tx.tx).await?.rows_affected()
            }
        })
    }

    /// Every row.
    pub(crate) async fn all<R: Row>(self, tx: &mut Tx) -> Outcome<Vec<R>> {
        Ok(match tx {
            Engine::Sqlite(tx) => self.sqlite()?.build_query_as().fetch_all(&mut **tx).await?,
            Engine::Postgres(tx) => {
                let mut query = self.postgres()?;
                query.build_query_as().persistent(tx.named).fetch_all(&mut *tx.tx).await?
            }
        })
    }

    /// The one row, if there is one.
    pub(crate) async fn maybe<R: Row>(self, tx: &mut Tx) -> Outcome<Option<R>> {
        Ok(match tx {
            Engine::Sqlite(tx) => self.sqlite()?.build_query_as().fetch_optional(&mut **tx).await?,
            Engine::Postgres(tx) => {
                let mut query = self.postgres()?;
                query.build_query_as().persistent(tx.named).fetch_optional(&mut *tx.tx).await?
            }
        })
    }

    /// The one row that must be there.
    pub(crate) async fn one<R: Row>(self, tx: &mut Tx) -> Outcome<R> {
        Ok(self.maybe(tx).await?.ok_or(sqlx::Error::RowNotFound)?)
    }

    fn sqlite(self) -> Outcome<QueryBuilder<sqlx::Sqlite>> {
        build(self.text, self.values)
    }

    fn postgres(self) -> Outcome<QueryBuilder<sqlx::Postgres>> {
        build(self.text + self.lock.postgres(), self.values)
    }
}

fn build<DB: Database>(text: String, values: Vec<Value>) -> Outcome<QueryBuilder<DB>>
where
    DB::Arguments: IntoArguments<DB>,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<Vec<u8>>: Encode<'q, DB> + Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    for value in values {
        match value {
            Value::Text(text) => arguments.add(text),
            Value::Int(number) => arguments.add(number),
            Value::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(QueryBuilder::with_arguments(text, arguments))
}
