//! The schema's steps and how they are applied: one text for both engines, turned into SQLite's by
//! `dialect.rs`, and what each engine needs beside it. Never run behind anybody's back: only `create`
//! and `migrate` apply them.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Database, QueryBuilder, Sqlite};

use crate::dialect::schema_for_sqlite;

/// One step from a version of the schema to the next.
pub(crate) struct Step {
    /// The version it leads to.
    pub(crate) version: i64,
    /// What it is for, in a word.
    pub(crate) name: &'static str,
    /// The first version of Latchkey that has it: what an older one tells people to install.
    pub(crate) since: &'static str,
    /// What it does, in a sentence for the person who is asked.
    pub(crate) about: &'static str,
    /// For both engines, in PostgreSQL's types.
    pub(crate) shared: &'static str,
    /// For SQLite alone.
    pub(crate) sqlite: &'static str,
    /// For PostgreSQL alone.
    pub(crate) postgres: &'static str,
}

/// Every step, oldest first. One that was released is never changed: its checksum is in every store.
pub(crate) const STEPS: &[Step] = &[
    Step {
        version: 1,
        name: "init",
        since: "0.1.0",
        about: "Makes the tables for tenants, roles, keys, their secrets and the audit.",
        shared: include_str!("../migrations/0001_init.sql"),
        sqlite: include_str!("../migrations/0001_sqlite.sql"),
        postgres: include_str!("../migrations/0001_postgres.sql"),
    },
    Step {
        version: 2,
        name: "changes",
        since: "0.1.0",
        about: "Remembers every change for a day, so that one whose answer was lost is never made twice.",
        shared: include_str!("../migrations/0002_changes.sql"),
        sqlite: "PRAGMA user_version = 2;\n",
        postgres: "",
    },
    Step {
        version: 3,
        name: "verification",
        since: "0.1.0",
        about: "Counts use by the hour, keeps security events, and makes room for operators and addresses of tenants.",
        shared: include_str!("../migrations/0003_verification.sql"),
        sqlite: "PRAGMA user_version = 3;\n",
        postgres: "",
    },
];

/// What stands in a store between a step's name and the version that has it.
const SINCE: &str = ", since Latchkey ";

/// What is noted of a step in a store.
fn note(step: &Step) -> String {
    format!("{}{SINCE}{}", step.name, step.since)
}

/// The version of Latchkey that a step's note in a store names. A store may be anybody's: only what looks like a
/// version is one.
pub(crate) fn since(note: &str) -> Option<&str> {
    let (_, since) = note.rsplit_once(SINCE)?;
    let is_version = since.len() <= 20
        && since.starts_with(|c: char| c.is_ascii_digit())
        && since.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    is_version.then_some(since)
}

/// The version that the last step leads to.
pub(crate) fn latest(steps: &[Step]) -> i64 {
    steps.iter().map(|step| step.version).max().unwrap_or(0)
}

/// The steps for SQLite.
pub(crate) fn for_sqlite(steps: &[Step]) -> Migrator {
    migrator(steps, |step| schema_for_sqlite(step.shared) + step.sqlite)
}

/// The steps for PostgreSQL.
pub(crate) fn for_postgres(steps: &[Step]) -> Migrator {
    migrator(steps, |step| step.shared.to_owned() + step.postgres)
}

fn migrator(steps: &[Step], text: impl Fn(&Step) -> String) -> Migrator {
    let migrations = steps.iter().map(|step| {
        let sql = sql_of::<Sqlite>(text(step));
        Migration::new(step.version, note(step).into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // Whoever applies them has locked the store already, for longer than sqlx would.
    migrator.set_locking(false);
    migrator
}

/// The text is the program's own, put together from files beside this one.
fn sql_of<DB: Database>(text: String) -> sqlx::SqlStr {
    QueryBuilder::<DB>::new(text).into_sql()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_version_is_told_to_be_installed() {
        assert_eq!(since("later, since Latchkey 0.9.0-rc.1"), Some("0.9.0-rc.1"));
        for note in [
            "later",
            "later, since Latchkey ",
            "x, since Latchkey 1.0 from evil.example",
            "x, since Latchkey evil",
        ] {
            assert_eq!(since(note), None, "{note}");
        }
        for step in STEPS {
            assert_eq!(since(&note(step)), Some(step.since));
        }
    }
}
