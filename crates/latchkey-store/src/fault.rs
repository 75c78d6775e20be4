//! What can go wrong in the store, and what a person is told about it. The cause of anything
//! unforeseen goes to the log without values; its words never reach the answer.

use std::path::Path;

use latchkey_core::{AdminError, ErrorCode};
use sqlx::error::{DatabaseError, ErrorKind};

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
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => unreachable(),
        sqlx::Error::PoolClosed => AdminError::new(ErrorCode::Unreachable, "The store was closed."),
        sqlx::Error::Database(cause) => of_code(cause.as_ref()),
        _ => unforeseen(error),
    }
}

fn of_code(cause: &dyn DatabaseError) -> AdminError {
    let code = cause.code().unwrap_or_default();
    if cause.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return match code.as_ref() {
            // Serialisation failure, deadlock, lock and statement timeouts, too many connections.
            "40001" | "40P01" | "55P03" | "57014" | "53300" => busy(),
            "53100" => full(),
            // Shut down, crashed, starting up, connection failures.
            "57P01" | "57P02" | "57P03" | "08000" | "08001" | "08003" | "08006" => unreachable(),
            "25006" => AdminError::new(
                ErrorCode::ReadOnly,
                "This database allows no change: it is read-only or a standby.",
            ),
            "42501" => AdminError::new(ErrorCode::Forbidden, "This database account may not do that."),
            _ => unforeseen_code(&code, &cause.kind()),
        };
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
        sqlx::Error::Protocol(_) => "protocol",
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
