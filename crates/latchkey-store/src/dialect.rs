//! The few SQL texts in which the two engines differ, and the function that turns the one schema
//! into SQLite's. Everything else is one text for both.

use sqlx::{Postgres, QueryBuilder, SqlStr};

/// Begins a reading transaction in SQLite: one snapshot, taken at the first read.
pub(crate) const SQLITE_READ: &str = "BEGIN";
/// Begins a writing transaction in SQLite. Taking the lock at once avoids the deadlock of two readers
/// that both want to write.
pub(crate) const SQLITE_WRITE: &str = "BEGIN IMMEDIATE";
/// The session's setting by which a direct line is told from a pooler, who does not pass it on.
pub(crate) const DIRECT: &str = "latchkey.direct";

/// What a transaction in PostgreSQL is begun for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Reading: one snapshot, and a promise not to write.
    Read,
    /// The same, for what reads everything and takes its time.
    LongRead,
    /// Changing. Read committed: after waiting for a row's lock, the row is read as it then stands.
    Write,
    /// Writing what verifications gather, also where the session promises to change nothing.
    Gather,
    /// What would change something, where nothing may be changed: the database refuses it.
    WriteOfReadOnly,
}

/// Begins a transaction in PostgreSQL, all that it needs in one text: a pooler may hand every
/// transaction to another session, so nothing of a session is relied on. Temporary tables that
/// somebody left in it are looked at last. The schema's name was checked to be one that needs no quotes.
pub(crate) fn begin(schema: &str, what: Begin) -> SqlStr {
    let (mode, patience) = match what {
        Begin::Read => ("REPEATABLE READ READ ONLY", "5s"),
        Begin::LongRead => ("REPEATABLE READ READ ONLY", "60s"),
        Begin::Write => ("READ COMMITTED", "5s"),
        Begin::Gather => ("READ COMMITTED READ WRITE", "5s"),
        Begin::WriteOfReadOnly => ("READ COMMITTED READ ONLY", "5s"),
    };
    let text = format!(
        "BEGIN ISOLATION LEVEL {mode}; SET LOCAL search_path TO \"{schema}\", pg_temp; \
         SET LOCAL statement_timeout TO '{patience}'; SET LOCAL lock_timeout TO '2s'; \
         SET LOCAL idle_in_transaction_session_timeout TO '10s'"
    );
    QueryBuilder::<Postgres>::new(text).into_sql()
}

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

/// What kind of line this is: its mark, whether it is encrypted, whether it leads to a standby, whether
/// as a superuser, as whom, and to which version.
pub(crate) const POSTGRES_LINE: &str = "SELECT COALESCE(current_setting('latchkey.direct', true), ''), \
     COALESCE((SELECT s.ssl FROM pg_catalog.pg_stat_ssl s WHERE s.pid = pg_backend_pid()), false), \
     pg_is_in_recovery(), current_setting('is_superuser') = 'on', current_user::text, \
     current_setting('server_version')";
/// Whether this account may use a schema of this name; no row where there is none.
pub(crate) const POSTGRES_MAY_USE: &str = "SELECT has_schema_privilege(n.oid, 'USAGE') \
     FROM pg_catalog.pg_namespace n WHERE n.nspname = $1";
/// How many tables other programs have in this database.
pub(crate) const POSTGRES_OTHERS: &str = "SELECT COUNT(*) FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') \
     AND n.nspname <> $1 AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'";
/// Another schema of this PostgreSQL database in which a store stands.
pub(crate) const POSTGRES_ELSEWHERE: &str = "SELECT n.nspname::text FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname <> $1 \
     AND c.relname IN ('audit_head', 'audit_targets', '_sqlx_migrations') \
     GROUP BY n.nspname HAVING COUNT(*) = 3 ORDER BY n.nspname LIMIT 1";
/// Whether this account may change anything, whether it may write what verifications gather, and whether it may
/// change the audit's rows.
pub(crate) const POSTGRES_MAY_CHANGE: &str = "SELECT has_table_privilege('keys', 'INSERT') \
     AND has_table_privilege('audit', 'INSERT') AND has_table_privilege('audit_head', 'UPDATE') \
     AND current_setting('default_transaction_read_only') = 'off', \
     COALESCE(has_table_privilege(to_regclass('usage_hours'), 'INSERT') \
     AND has_table_privilege(to_regclass('tenant_hours'), 'INSERT') \
     AND has_table_privilege(to_regclass('events'), 'INSERT'), false), pg_has_role(c.relowner, 'USAGE') \
     FROM pg_catalog.pg_class c WHERE c.oid = to_regclass('audit')";
/// Of a statement that is pushed between: its columns, and whether it is a standby that says so.
pub(crate) const POSTGRES_OR_STANDBY: [&str; 2] = ["SELECT said.*, pg_is_in_recovery() FROM (", ") AS said"];
/// Tells those who listen that this schema's store changed. Sent by the database when it commits.
pub(crate) const POSTGRES_TELL: &str = "SELECT pg_notify('latchkey', current_schema()::text)";
/// Whether PostgreSQL's current schema holds no table, view or sequence yet.
pub(crate) const POSTGRES_IS_EMPTY: &str = "SELECT COUNT(*) FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')";
/// Whether PostgreSQL has the schema.
pub(crate) const POSTGRES_HAS_SCHEMA: &str =
    "SELECT COUNT(*) FROM pg_catalog.pg_namespace WHERE nspname = $1";
/// Whether PostgreSQL can see tables of these names.
pub(crate) const POSTGRES_HAS_TABLES: &str = "SELECT COUNT(*) FROM (VALUES \
     (to_regclass('meta')), (to_regclass('_sqlx_migrations'))) AS wanted (found) WHERE found IS NOT NULL";
/// The same question to SQLite.
pub(crate) const SQLITE_HAS_TABLES: &str =
    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('meta', '_sqlx_migrations')";
/// How many of these tables of a schema are not the account's own to give rights in.
pub(crate) const POSTGRES_OF_OTHERS: &str = "SELECT COUNT(*) FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = $1 AND c.relname = ANY($2) AND NOT pg_has_role(c.relowner, 'USAGE')";
/// Lets one transaction at a time make or change tables in a PostgreSQL database, and gives it time for it.
pub(crate) const POSTGRES_ALONE: [&str; 3] = [
    "SET LOCAL statement_timeout TO '10min'",
    "SET LOCAL lock_timeout TO '10s'",
    // "LKEY", as in the header of SQLite's files.
    "SELECT pg_advisory_xact_lock(1280001369)",
];
/// Whether this transaction is the one that takes away what is old of a PostgreSQL store, if it likes.
pub(crate) const POSTGRES_FORGETS_ALONE: &str =
    "SELECT pg_try_advisory_xact_lock(hashtextextended('latchkey forgets ' || current_schema()::text, 0))";
/// PostgreSQL's time in milliseconds: of the statement, not of the transaction.
pub(crate) const POSTGRES_CLOCK: &str = "CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)";
/// The end of the audit's chain, and what PostgreSQL's clock shows once it was read. The rows are locked within, where
/// that is asked for: the clock is looked at after waiting for the lock.
pub(crate) const POSTGRES_HEAD: [&str; 4] = [
    "SELECT head.seq, head.hash, head.at, ",
    POSTGRES_CLOCK,
    " FROM (SELECT seq, hash, at FROM audit_head WHERE id = 1",
    // Here stands the lock.
    ") AS head",
];
/// The engine's version, as PostgreSQL says it.
pub(crate) const POSTGRES_VERSION: &str = "SHOW server_version";
/// How many tables, indexes, views and triggers a SQLite file holds.
pub(crate) const SQLITE_OBJECTS: &str = "SELECT COUNT(*) FROM sqlite_schema";
/// The engine's version, as SQLite says it.
pub(crate) const SQLITE_VERSION: &str = "SELECT sqlite_version()";

/// The engine as people call it, from what SQLite says.
pub(crate) fn sqlite_engine(version: &str) -> String {
    format!("SQLite {version}")
}

/// The engine as people call it, from what PostgreSQL says (`15.14 (Debian …)`).
pub(crate) fn postgres_engine(version: &str) -> String {
    format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default())
}

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
