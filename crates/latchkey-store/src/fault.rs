//! What can go wrong in the store, and what a person is told about it. The cause of anything
//! unforeseen goes to the log without values; its words never reach the answer.

use std::path::Path;
use std::time::Duration;

use latchkey_core::{AdminError, ErrorCode};
use sqlx::error::{DatabaseError, ErrorKind};

use crate::refusal;

/// What the store's own functions answer.
pub type Outcome<T> = Result<T, Fault>;

/// Why something was not done.
#[derive(Debug)]
pub enum Fault {
    /// A rule said no; the words are for the person who asked.
    Refused(AdminError),
    /// The database said no.
    Database(sqlx::Error),
    /// A row that core could not have written: this noun, with this id.
    Damaged {
        /// `tenant`, `role`, `key`, `secret`, `audit entry`.
        noun: &'static str,
        /// Its id as it stands in the row.
        id: String,
    },
    /// A public id that was drawn is taken: draw again.
    Clash,
}

impl From<AdminError> for Fault {
    fn from(error: AdminError) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Fault {
    /// A row that core could not have written.
    pub(crate) fn damaged(noun: &'static str, id: &str) -> Self {
        // An id that is not one may be anything; the log and the finding need only its beginning.
        Self::Damaged { noun, id: id.chars().take(40).collect() }
    }

    /// Whether a unique constraint said no.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Database(error) if error.as_database_error().is_some_and(DatabaseError::is_unique_violation))
    }

    /// Whether PostgreSQL said that the account lacks a right.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self, Self::Database(error)
            if error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("42501")))
    }

    /// The same fault, or `taken` where a unique constraint said no.
    pub(crate) fn or_taken(self, field: &str, words: impl FnOnce() -> String) -> Self {
        if self.is_taken() {
            return Self::Refused(AdminError::new(ErrorCode::NameTaken, words()).at_field(field));
        }
        self
    }

    /// What the caller is told.
    pub(crate) fn into_admin_error(self) -> AdminError {
        match self {
            Self::Refused(error) => error,
            Self::Database(error) => of_database(&error),
            Self::Damaged { noun, id } => {
                tracing::error!(noun, id, "a row is damaged");
                AdminError::new(
                    ErrorCode::Internal,
                    format!(
                        "The {noun} {id} is damaged in the database. Run latchkey doctor to see what is wrong."
                    ),
                )
            }
            Self::Clash => {
                tracing::error!("drew public ids that are taken, again and again");
                AdminError::internal()
            }
        }
    }
}

/// What a database's error means to a person.
pub(crate) fn of_database(error: &sqlx::Error) -> AdminError {
    match error {
        sqlx::Error::PoolTimedOut => busy(),
        sqlx::Error::Io(cause) if is_full(cause) => full(),
        sqlx::Error::Io(cause) => refusal::of_tls(cause).unwrap_or_else(unreachable),
        sqlx::Error::Tls(_) => refusal::not_encrypted(),
        // A balancer that hangs up for a server that is away reads so under TLS.
        sqlx::Error::Protocol(_) => unreachable(),
        sqlx::Error::PoolClosed => AdminError::new(ErrorCode::Unreachable, "The store was closed."),
        sqlx::Error::Database(cause) => of_code(cause.as_ref()),
        _ => unforeseen(error),
    }
}

fn of_code(cause: &dyn DatabaseError) -> AdminError {
    let code = cause.code().unwrap_or_default();
    if cause.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return of_postgres(&code).unwrap_or_else(|| unforeseen_code(&code, &cause.kind()));
    }
    // SQLite's primary code is the low byte; the rest says in which way.
    match code.parse::<i32>().unwrap_or_default() & 0xff {
        5 | 6 => busy(),
        8 => AdminError::new(
            ErrorCode::ReadOnly,
            "The store's file cannot be written. Check the file's and its folder's permissions.",
        ),
        11 | 26 => AdminError::new(
            ErrorCode::StoreUnusable,
            "The store's file is damaged. Run latchkey doctor, and restore a backup.",
        ),
        13 => full(),
        10 | 14 => AdminError::new(
            ErrorCode::Unreachable,
            "The store's file cannot be read or written. Check that its disk is there.",
        ),
        _ => unforeseen_code(&code, &cause.kind()),
    }
}

/// What PostgreSQL's codes mean, where one is foreseen.
pub(crate) fn of_postgres(code: &str) -> Option<AdminError> {
    Some(match code {
        // Serialisation failure, deadlock, lock timeout.
        "40001" | "40P01" | "55P03" => busy(),
        "57014" => AdminError::new(
            ErrorCode::Busy,
            "The database cancelled this, because it took too long or somebody asked it to. Nothing was changed. Try again; if it happens again, ask the database's administrator.",
        ),
        "53300" => AdminError::new(
            ErrorCode::Busy,
            "The database has no connection left. Try again in a moment; if it happens again, ask its administrator for more connections.",
        ),
        "53100" => full(),
        "53200" => AdminError::new(
            ErrorCode::Busy,
            "The database is out of memory. Nothing was changed. Try again in a moment.",
        ),
        "57P03" => AdminError::new(
            ErrorCode::Unreachable,
            "The database is starting up or shutting down. Try again in a moment.",
        ),
        // Shut down, crashed, idle for too long, connection failures.
        code if is_broken_line_code(code) => unreachable(),
        "28P01" | "28000" => AdminError::new(
            ErrorCode::AuthFailed,
            "The database no longer accepts this user name or password. Enter the password anew.",
        ),
        "3D000" => unusable("There is no database of this name on the server."),
        "3F000" | "42P01" | "42703" => unusable(
            "Latchkey's tables in this database are missing or were changed by something else. Restore a backup, or ask the database's administrator.",
        ),
        "25006" => AdminError::new(
            ErrorCode::ReadOnly,
            "This database allows no change: it is read-only or a standby.",
        ),
        "42501" => AdminError::new(
            ErrorCode::Forbidden,
            "This database account may not do that. Ask the database's owner for the rights; latchkey init --grants lists them.",
        ),
        _ => return None,
    })
}

/// Whether the line broke, so that the database has forgotten the transaction that was under way.
pub(crate) fn is_broken_line(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(cause) => !is_full(cause),
        sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(cause) => cause.code().is_some_and(|code| is_broken_line_code(&code)),
        _ => false,
    }
}

/// Shut down, crashed, idle for too long in and out of a transaction, and what poolers say.
fn is_broken_line_code(code: &str) -> bool {
    matches!(code, "57P01" | "57P02" | "57P05" | "25P03" | "25P04") || code.starts_with("08")
}

/// The database is busy with somebody else's change.
pub(crate) fn busy() -> AdminError {
    AdminError::new(ErrorCode::Busy, "Another program is writing to this database. Try again in a moment.")
}

fn full() -> AdminError {
    AdminError::new(
        ErrorCode::StorageFull,
        "The disk is full. Nothing was changed. Make room, then try again.",
    )
}

/// The database does not answer.
pub(crate) fn unreachable() -> AdminError {
    AdminError::new(
        ErrorCode::Unreachable,
        "The database cannot be reached, so nothing is known. Check that it runs and try again.",
    )
}

/// The line broke while a change was on its way: it may have been made.
pub(crate) fn outcome_unknown() -> AdminError {
    AdminError::new(
        ErrorCode::Unreachable,
        "The line to the database broke before it answered. Whether it was done is not known; reload and look before you do it again.",
    )
}

/// A change that nobody answers.
pub(crate) fn no_answer_to_a_change(patience: Duration) -> AdminError {
    let words = format!(
        "No answer in {} s. Whether it was done is not known; reload and look before you do it again.",
        patience.as_secs()
    );
    AdminError::new(ErrorCode::Unreachable, words)
}

/// A question that nobody answers.
pub(crate) fn no_answer(patience: Duration) -> AdminError {
    let words =
        format!("No answer from the database in {} s. Check that it runs and try again.", patience.as_secs());
    AdminError::new(ErrorCode::Unreachable, words)
}

fn is_full(cause: &std::io::Error) -> bool {
    cause.kind() == std::io::ErrorKind::StorageFull
}

/// A constraint's message may repeat a value; its code and kind do not.
fn unforeseen_code(code: &str, kind: &ErrorKind) -> AdminError {
    tracing::error!(code, ?kind, "the database refused a statement");
    AdminError::internal()
}

fn unforeseen(error: &sqlx::Error) -> AdminError {
    // Only the kind of error: decoding and configuration errors quote what they were given.
    let kind = match error {
        sqlx::Error::Configuration(_) => "configuration",
        sqlx::Error::RowNotFound => "row not found",
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "decode",
        sqlx::Error::WorkerCrashed => "worker crashed",
        _ => "other",
    };
    tracing::error!(kind, "the store failed");
    AdminError::internal()
}

/// A store that cannot be opened, and why.
pub(crate) fn unusable(message: impl Into<String>) -> AdminError {
    AdminError::new(ErrorCode::StoreUnusable, message)
}

/// A file that cannot be opened, and why.
pub(crate) fn unusable_file(path: &Path, words: &str) -> AdminError {
    unusable(format!("{} {words}", path.display()))
}
