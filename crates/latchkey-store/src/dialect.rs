//! The few SQL texts in which the two engines differ, and the function that turns the one schema
//! into SQLite's. Everything else is one text for both.

/// Begins a reading transaction in SQLite: one snapshot, taken at the first read.
pub(crate) const SQLITE_READ: &str = "BEGIN";
/// Begins a writing transaction in SQLite. Taking the lock at once avoids the deadlock of two readers
/// that both want to write.
pub(crate) const SQLITE_WRITE: &str = "BEGIN IMMEDIATE";
/// Begins a reading transaction in PostgreSQL: one snapshot, and a promise not to write.
pub(crate) const POSTGRES_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Begins a writing transaction in PostgreSQL. Read committed: after waiting for a row's lock, the row
/// is read as it then stands.
pub(crate) const POSTGRES_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// How the rows that a statement reads are locked until the end of the transaction. SQLite has locked
/// the whole file already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Not at all.
    None,
    /// Others may read them for their own change, nobody may change them.
    Share,
    /// Nobody else may lock them.
    Update,
}

impl Lock {
    /// What PostgreSQL wants at the end of the statement.
    pub(crate) const fn postgres(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Share => " FOR SHARE",
            Self::Update => " FOR UPDATE",
        }
    }
}

/// Whether PostgreSQL's current schema holds no table, view or sequence yet.
pub(crate) const POSTGRES_IS_EMPTY: &str = "SELECT COUNT(*) FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')";
/// Whether PostgreSQL can see tables of these names.
pub(crate) const POSTGRES_HAS_TABLES: &str = "SELECT COUNT(*) FROM (VALUES \
     (to_regclass('meta')), (to_regclass('_sqlx_migrations'))) AS wanted (found) WHERE found IS NOT NULL";
/// The same question to SQLite.
pub(crate) const SQLITE_HAS_TABLES: &str =
    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('meta', '_sqlx_migrations')";
/// The engine's version, as PostgreSQL says it (`15.14 (Debian …)`).
pub(crate) const POSTGRES_VERSION: &str = "SHOW server_version";
/// The engine's version, as SQLite says it.
pub(crate) const SQLITE_VERSION: &str = "SELECT sqlite_version()";

/// Makes the schema in which the tables stand. Its name was checked to be one that needs no quotes.
pub(crate) fn make_schema(
    name: &str,
) -> sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments> {
    let text = format!("CREATE SCHEMA IF NOT EXISTS {name}");
    sqlx::query(sqlx::QueryBuilder::<sqlx::Postgres>::new(text).into_sql())
}

/// The schema in SQLite's types. Tables become STRICT, so that a text in a number's place is refused;
/// SQLite compares text byte by byte, which is what `COLLATE "C"` asks of PostgreSQL.
pub(crate) fn schema_for_sqlite(schema: &str) -> String {
    let mut text = String::with_capacity(schema.len());
    for line in schema.lines() {
        let line =
            line.replace(" BIGINT", " INTEGER").replace(" BYTEA", " BLOB").replace(" COLLATE \"C\"", "");
        text.push_str(if line == ");" { ") STRICT;" } else { &line });
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_becomes_sqlites() {
        let postgres = "CREATE TABLE t (\n    id TEXT COLLATE \"C\" NOT NULL,\n    at BIGINT,\n    tag BYTEA\n);\nCREATE INDEX i ON t (at);\n";
        let sqlite = "CREATE TABLE t (\n    id TEXT NOT NULL,\n    at INTEGER,\n    tag BLOB\n) STRICT;\nCREATE INDEX i ON t (at);\n";
        assert_eq!(schema_for_sqlite(postgres), sqlite);
    }

    #[test]
    fn every_table_of_the_schema_becomes_strict() {
        let schema = include_str!("../migrations/0001_init.sql");
        let sqlite = schema_for_sqlite(schema);
        assert_eq!(sqlite.matches("\n) STRICT;\n").count(), schema.matches("CREATE TABLE").count());
        for foreign in ["BIGINT", "BYTEA", "COLLATE"] {
            assert!(!sqlite.contains(foreign), "{foreign}");
        }
    }
}
