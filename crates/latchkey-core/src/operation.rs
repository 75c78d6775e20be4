//! The one idea: an operation is written once. Its type is the request, its constants say how it
//! travels and what it needs; each transport is one generic adapter. Holds no operation itself.

use std::future::Future;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{AdminError, ErrorCode};
use crate::id::{IdempotencyKey, RequestId};
use crate::operator::OperatorRef;
use crate::permission::{Dialect, Permission, Permissions};
use crate::plaintext::PlaintextKey;

/// One thing an administrator can do. The type is the request.
pub trait Operation:
    Serialize + DeserializeOwned + CommandLine + Typescript + Described + Send + Sync + 'static
{
    /// What comes back.
    type Answer: Answer;
    /// `keys.rotate`: IPC name, CLI words, audit action, `OpenAPI` operationId.
    const NAME: &'static str;
    /// Where it is over HTTP: fields named in the path travel there, the others in the query (GET) or the body.
    const ROUTE: Route;
    /// What the caller must hold; checked in one place, [`Call::check`].
    const NEEDS: Permission;
    /// What it does to the store; read-only mode, idempotency, audit and the reveal hang on this.
    const EFFECT: Effect;

    /// Refuses what no field's type can refuse. Needs no store.
    ///
    /// # Errors
    /// `invalid` at the field that is at fault.
    fn check(&self) -> Result<(), AdminError> {
        Ok(())
    }

    /// The plaintext keys that come *in* with the request; the CLI reads them from standard input.
    fn incoming(&mut self) -> Incoming<'_> {
        Incoming::None
    }
}

/// The plaintext keys a request carries.
pub enum Incoming<'a> {
    /// None.
    None,
    /// Exactly one.
    One(&'a mut PlaintextKey),
    /// Up to a hundred.
    Many(&'a mut Vec<PlaintextKey>),
}

/// How an operation is called over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with fields in braces: `/v1/keys/{key}/rotate`.
    pub path: &'static str,
}

impl Route {
    /// The fields that are named in the path, in its order.
    pub fn fields(self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether the other fields travel in the query; else in a JSON body.
    #[must_use]
    pub const fn in_query(self) -> bool {
        matches!(self.method, Method::Get | Method::Delete)
    }
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The HTTP methods operations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or acts.
    Post,
    /// Changes fields.
    Patch,
    /// Takes away.
    Delete,
}

/// What an operation does to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// A change with its audit entry.
    Changes,
    /// A change whose answer carries a plaintext key.
    Mints,
}

impl Effect {
    /// The word in generated files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Changes => "changes",
            Self::Mints => "mints",
        }
    }
}

/// Seeing everything but secrets: every operator may.
pub const READ: Permission = Permission::known("latchkey:read");
/// Issuing keys and everything that is done to them.
pub const KEYS: Permission = Permission::known("latchkey:keys");
/// Tenants, roles and policies.
pub const TENANTS: Permission = Permission::known("latchkey:tenants");
/// Operators: who may administer a server.
pub const OPERATORS: Permission = Permission::known("latchkey:operators");

/// From which program a call comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum Source {
    /// The window.
    Desktop,
    /// The `latchkey` program.
    Cli,
    /// The admin API.
    Server,
}

impl Source {
    /// The word in SQL and in the audit's canonical form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Cli => "cli",
            Self::Server => "server",
        }
    }

    /// The source of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Desktop, Self::Cli, Self::Server].into_iter().find(|source| source.word() == word)
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// How the audit names them: the OS user, the operator.
    pub actor: String,
    /// From which program.
    pub source: Source,
    /// What they may do, and what they may hand out.
    pub permissions: Permissions,
    /// The operator, where one asks; none: the store's own account.
    pub operator: Option<OperatorRef>,
}

impl Caller {
    /// Somebody who has the store itself: the database account is the boundary (`domain.md`,
    /// Administrators), so they may do everything.
    #[must_use]
    pub fn with_the_store(actor: impl Into<String>, source: Source) -> Self {
        let everything = vec![Permission::known("*"), Permission::known("latchkey:*")];
        Self { actor: actor.into(), source, permissions: everything.into(), operator: None }
    }

    /// An operator of a server, by the token that was presented: may do and hand out what that key holds.
    #[must_use]
    pub fn with_a_token(operator: OperatorRef, held: Permissions) -> Self {
        Self {
            actor: operator.name.clone(),
            source: Source::Server,
            permissions: held,
            operator: Some(operator),
        }
    }

    /// The same person in a shared database: the audit names the account that the database knows, and the
    /// person of the OS session behind it, unless both are called the same.
    #[must_use]
    pub fn with_the_account(person: &str, account: Option<&str>, source: Source) -> Self {
        let actor = match account {
            Some(account) if account != person => format!("{account} ({person})"),
            Some(_) | None => person.to_owned(),
        };
        Self::with_the_store(actor, source)
    }
}

/// An operation on its way: who asks, under which request id and idempotency key.
pub struct Call<O> {
    /// The request.
    pub operation: O,
    /// Who asks, from where.
    pub caller: Caller,
    /// For finding it in logs and in the audit.
    pub request_id: RequestId,
    /// So that repeating a call has no second effect.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl<O: Operation> Call<O> {
    /// The one place where a caller's permissions and a request's fields are checked. Whoever
    /// performs calls it first.
    ///
    /// # Errors
    /// `forbidden`, or what [`Operation::check`] finds.
    pub fn check(&self) -> Result<(), AdminError> {
        if !self.caller.permissions.cover(&O::NEEDS, Dialect::default()) {
            return Err(AdminError::new(ErrorCode::Forbidden, "Your admin role may not do this."));
        }
        self.operation.check()
    }
}

/// Somewhere an operation can be performed.
pub trait Perform<O: Operation>: Send + Sync {
    /// Does it, whole or not at all.
    fn perform(&self, call: Call<O>) -> impl Future<Output = Result<O::Answer, AdminError>> + Send;
}

/// What an operation answers: what may be shown, and for minting ones the plaintext beside it.
pub trait Answer: Sized + Send + 'static {
    /// The part that may be shown, logged and stored.
    type Shown: Serialize + DeserializeOwned + Typescript + Described + Send + Sync + 'static;

    /// Takes both apart.
    fn take_apart(self) -> (Self::Shown, Option<PlaintextKey>);

    /// Puts both together (the remote client does).
    fn put_together(shown: Self::Shown, plaintext: Option<PlaintextKey>) -> Self;
}

impl<T: Serialize + DeserializeOwned + Typescript + Described + Send + Sync + 'static> Answer for T {
    type Shown = Self;

    fn take_apart(self) -> (Self, Option<PlaintextKey>) {
        (self, None)
    }

    fn put_together(shown: Self, _: Option<PlaintextKey>) -> Self {
        shown
    }
}

/// The answer of an operation that mints: the plaintext is `None` when an idempotency key was seen
/// before. It has no `Serialize`, so no adapter shows it by accident.
pub struct Minted<T> {
    /// What may be shown.
    pub value: T,
    /// The key, once.
    pub plaintext: Option<PlaintextKey>,
}

impl<T: Serialize + DeserializeOwned + Typescript + Described + Send + Sync + 'static> Answer for Minted<T> {
    type Shown = T;

    fn take_apart(self) -> (T, Option<PlaintextKey>) {
        (self.value, self.plaintext)
    }

    fn put_together(value: T, plaintext: Option<PlaintextKey>) -> Self {
        Self { value, plaintext }
    }
}

/// What only the command line needs of a request.
#[cfg(feature = "cli")]
pub trait CommandLine: clap::Args {}
#[cfg(feature = "cli")]
impl<T: clap::Args> CommandLine for T {}
/// What only the command line needs of a request.
#[cfg(not(feature = "cli"))]
pub trait CommandLine {}
#[cfg(not(feature = "cli"))]
impl<T> CommandLine for T {}

/// What only the generated TypeScript needs of a type.
#[cfg(feature = "typescript")]
pub trait Typescript: ts_rs::TS {}
#[cfg(feature = "typescript")]
impl<T: ts_rs::TS> Typescript for T {}
/// What only the generated TypeScript needs of a type.
#[cfg(not(feature = "typescript"))]
pub trait Typescript {}
#[cfg(not(feature = "typescript"))]
impl<T> Typescript for T {}

/// What only the `OpenAPI` document needs of a type.
#[cfg(feature = "openapi")]
pub trait Described: schemars::JsonSchema {}
#[cfg(feature = "openapi")]
impl<T: schemars::JsonSchema> Described for T {}
/// What only the `OpenAPI` document needs of a type.
#[cfg(not(feature = "openapi"))]
pub trait Described {}
#[cfg(not(feature = "openapi"))]
impl<T> Described for T {}

/// Reads a request from JSON.
///
/// # Errors
/// `invalid` or `unknown_field` with the field that did not read, in the words of its type.
pub fn read_request<'de, O, D>(json: D) -> Result<O, AdminError>
where
    O: Operation,
    D: serde::Deserializer<'de>,
{
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        let field = path.split(['.', '[']).next().unwrap_or_default().to_owned();
        let words = error.into_inner().to_string();
        if let Some(unknown) = words.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
            let message = format!("{} knows no field named {unknown}.", O::NAME);
            return AdminError::new(ErrorCode::UnknownField, message).at_field(unknown);
        }
        if let Some(missing) = words.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            return AdminError::invalid(missing, "This field is required.");
        }
        AdminError::invalid(&field, words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_shared_database_a_caller_is_the_account_and_the_person_behind_it() {
        for (account, actor) in [(None, "ann"), (Some("ann"), "ann"), (Some("dana"), "dana (ann)")] {
            assert_eq!(Caller::with_the_account("ann", account, Source::Cli).actor, actor);
        }
    }
}
