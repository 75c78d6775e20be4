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
        about: "Makes the tables for tenants, roles, keys, their secrets and the audit.",
        shared: include_str!("../migrations/0001_init.sql"),
        sqlite: include_str!("../migrations/0001_sqlite.sql"),
        postgres: include_str!("../migrations/0001_postgres.sql"),
    },
    Step {
        version: 2,
        name: "changes",
        about: "Remembers every change for a day, so that one whose answer was lost is never made twice.",
        shared: include_str!("../migrations/0002_changes.sql"),
        sqlite: "PRAGMA user_version = 2;\n",
        postgres: "",
    },
];

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
        Migration::new(step.version, step.name.into(), MigrationType::Simple, sql, false)
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
