//! What stands: no store, one on its way, one that is open, one that could not be opened, the lock. How the
//! window and its title tell it. Opens and closes nothing.

use latchkey_client::ServerFacts;
use latchkey_connections::{Admin, Connection, Environment, Kind};
use latchkey_core::operator::{OperatorRef, OperatorRole};
use latchkey_core::{AdminError, ErrorCode, Timestamp};
use latchkey_store::ReadOnly;
use serde::Serialize;

use crate::place::{Place, PlaceId};

/// Why somebody whose role is to look changes nothing.
const VIEWER: &str =
    "Your operator role, viewer, may only look. Ask an admin for another role to change anything.";

/// A store this window knows, and what it is called.
#[derive(Clone, Debug)]
pub struct Whereabouts {
    /// Which one.
    pub id: PlaceId,
    /// The file, `user@host/database`, or the server's address.
    pub path: String,
    /// The saved connection that leads there.
    pub connection: Option<Connection>,
}

impl Whereabouts {
    /// Where a saved connection leads.
    pub fn of(connection: Connection) -> Self {
        let path = match &connection.kind {
            Kind::Local { path } => path.display().to_string(),
            Kind::Postgres(place) => place.to_string(),
            Kind::Server { .. } => connection.kind.to_string(),
        };
        Self { id: PlaceId::Connection(connection.id), path, connection: Some(connection) }
    }

    /// What the person calls it.
    pub fn name(&self) -> &str {
        match (&self.connection, self.id) {
            (Some(connection), _) => &connection.name,
            (None, PlaceId::Sample) => "Sample data",
            (None, PlaceId::Local | PlaceId::Connection(_)) => "Local keys",
        }
    }

    fn environment(&self) -> Environment {
        self.connection.as_ref().map_or(Environment::None, |connection| connection.environment)
    }

    fn kind(&self) -> &'static str {
        match self.id {
            PlaceId::Local => "local",
            PlaceId::Sample => "sample",
            PlaceId::Connection(_) => "connection",
        }
    }
}

/// An open store.
pub struct Opened {
    /// Where it is.
    pub at: Whereabouts,
    /// By which attempt it was opened: opened anew, it is another.
    pub attempt: u64,
    /// Where operations go.
    pub admin: Admin,
    /// What the server said, where it is one.
    pub server: Option<ServerFacts>,
    /// `PostgreSQL 15.18`, once it is known.
    pub engine: Option<String>,
    /// What went wrong beside the opening, in sentences.
    pub notes: Vec<String>,
}

impl Opened {
    /// As the desk needs it.
    pub fn place(&self) -> Place<Admin> {
        Place {
            store: self.admin.clone(),
            id: self.at.id,
            account: self.account().map(str::to_owned),
            read_only: self.read_only(),
        }
    }

    /// Why nothing may be changed. A connection that is made read-only is so at once; for the other way it has
    /// to be opened anew, since the database's session stays what it is.
    fn read_only(&self) -> Option<&'static str> {
        let chosen = self.at.connection.as_ref().is_some_and(|connection| connection.read_only);
        let looks = self.operator().is_some_and(|operator| operator.role == OperatorRole::Viewer);
        let chosen = chosen.then_some(ReadOnly::Chosen);
        looks.then_some(VIEWER).or(self.admin.read_only().or(chosen).map(ReadOnly::words))
    }

    /// As whom the database or the server knows the person.
    fn account(&self) -> Option<&str> {
        self.admin.account().or_else(|| self.operator().map(|operator| operator.name.as_str()))
    }

    /// As whom the server knows the token.
    pub fn operator(&self) -> Option<&OperatorRef> {
        self.server.as_ref()?.operator.operator.as_ref()
    }

    /// What should always be seen while it is open.
    fn warnings(&self) -> Vec<String> {
        let told = match &self.admin {
            Admin::Local(store) => store.warnings(),
            Admin::Remote(_) => self.server.as_ref().map_or(&[][..], |facts| &facts.warnings),
        };
        told.iter().chain(&self.notes).cloned().collect()
    }
}

/// What stands now.
pub enum Standing {
    /// No store.
    None,
    /// One that is being opened again at the start.
    Opening(Whereabouts),
    /// An open one.
    Open(Box<Opened>),
    /// One that could not be opened.
    Failed {
        /// Which one.
        at: Whereabouts,
        /// Why.
        error: AdminError,
    },
    /// The window is locked; this one was open.
    Locked(Whereabouts),
}

/// The store as the window is told about it.
#[derive(Clone, Debug, Serialize)]
pub struct StoreState {
    /// `none`, `opening`, `open`, `failed`, `locked`.
    pub state: &'static str,
    /// `local`, `sample`, `connection`.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// Where it lies, or would.
    pub path: String,
    /// The saved connection.
    pub connection: Option<Connection>,
    /// What it leads to.
    pub environment: Environment,
    /// Why nothing may be changed.
    pub read_only: Option<&'static str>,
    /// What should always be seen while it is open.
    pub warnings: Vec<String>,
    /// The engine and its version.
    pub engine: Option<String>,
    /// Why it could not be opened.
    pub error: Option<AdminError>,
    /// As whom a server knows the person.
    pub operator: Option<Operator>,
}

/// The operator whose token opened a server.
#[derive(Clone, Debug, Serialize)]
pub struct Operator {
    name: String,
    role: OperatorRole,
    expires_at: Option<Timestamp>,
}

impl From<&OperatorRef> for Operator {
    fn from(known: &OperatorRef) -> Self {
        Self { name: known.name.clone(), role: known.role, expires_at: known.expires_at }
    }
}

impl Standing {
    /// The open store.
    ///
    /// # Errors
    /// `locked`; `busy` while one is being opened; `store_unusable` when none is open, or why it could not be.
    pub fn place(&self) -> Result<Place<Admin>, AdminError> {
        match self {
            Self::Open(opened) => Ok(opened.place()),
            Self::Failed { error, .. } => Err(error.clone()),
            Self::Locked(_) => {
                Err(AdminError::new(ErrorCode::Locked, "Latchkey is locked. Unlock it to go on."))
            }
            Self::Opening(_) => {
                Err(AdminError::new(ErrorCode::Busy, "The key database is still being opened."))
            }
            Self::None => Err(AdminError::new(
                ErrorCode::StoreUnusable,
                "No key database is open. Open one on the start page.",
            )),
        }
    }

    /// Which store it is about.
    pub fn at(&self) -> Option<&Whereabouts> {
        match self {
            Self::None => None,
            Self::Opening(at) | Self::Locked(at) | Self::Failed { at, .. } => Some(at),
            Self::Open(opened) => Some(&opened.at),
        }
    }

    /// The same, to change what it is called.
    pub fn at_mut(&mut self) -> Option<&mut Whereabouts> {
        match self {
            Self::None => None,
            Self::Opening(at) | Self::Locked(at) | Self::Failed { at, .. } => Some(at),
            Self::Open(opened) => Some(&mut opened.at),
        }
    }

    /// What the window is told; `nowhere` is what it is told of when nothing stands.
    pub fn state(&self, nowhere: Whereabouts) -> StoreState {
        let state = match self {
            Self::None => "none",
            Self::Opening(_) => "opening",
            Self::Open(_) => "open",
            Self::Failed { .. } => "failed",
            Self::Locked(_) => "locked",
        };
        let at = self.at().cloned().unwrap_or(nowhere);
        let opened = if let Self::Open(opened) = self { Some(opened) } else { None };
        StoreState {
            state,
            kind: at.kind(),
            name: at.name().to_owned(),
            environment: at.environment(),
            read_only: opened.and_then(|opened| opened.read_only()),
            warnings: opened.map_or_else(Vec::new, |opened| opened.warnings()),
            engine: opened.and_then(|opened| opened.engine.clone()),
            error: if let Self::Failed { error, .. } = self { Some(error.clone()) } else { None },
            operator: opened.and_then(|opened| opened.operator()).map(Operator::from),
            path: at.path,
            connection: at.connection,
        }
    }

    /// The window's title. One that is locked says nothing of what is behind it.
    pub fn title(&self) -> String {
        let Self::Open(opened) = self else { return "Latchkey".to_owned() };
        match opened.at.environment() {
            Environment::Production => format!("Latchkey, {} (production)", opened.at.name()),
            Environment::None | Environment::Development | Environment::Staging => {
                format!("Latchkey, {}", opened.at.name())
            }
        }
    }
}
