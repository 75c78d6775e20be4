//! What a store may be used for, and what is there before it is opened. Holds the words; opens nothing.

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything that the account may.
    ReadWrite,
    /// Looking only: refused here and by the database's session.
    ReadOnly,
}

/// Why a store allows no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOnly {
    /// It was opened so.
    Chosen,
    /// The database is a standby: changes are made on its primary.
    Standby,
    /// The account may only look.
    Account,
}

impl ReadOnly {
    /// The sentence for a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Chosen => "This connection is read-only.",
            Self::Standby => {
                "This database is a standby, so it is read-only. Connect to its primary to change anything."
            }
            Self::Account => {
                "This database account may only look. Ask for an administrator's account to change anything."
            }
        }
    }
}

/// What is there before a store is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `PostgreSQL 15.14` or `SQLite 3.51.3`.
    pub engine: String,
    /// The schema's version; none where the database is empty.
    pub schema_version: Option<i64>,
    /// The steps that bring it to this program's version, in order; none where it is there already.
    pub steps: Vec<NextStep>,
}

/// What was seen of a store that is there.
pub(crate) struct Seen {
    /// As in [`Found`].
    pub(crate) engine: String,
    /// The schema's version.
    pub(crate) version: i64,
    /// The first version of Latchkey that has this schema, where the store says so.
    pub(crate) since: Option<String>,
}

/// A step of the schema that is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// The version it leads to.
    pub version: i64,
    /// What it is for, in a word.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
}
