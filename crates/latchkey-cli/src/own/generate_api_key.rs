//! `latchkey generate_api_key`: issuing a key under the name, with the arguments and in the words of
//! the Django seed's management command.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use latchkey_connections::Admin;
use latchkey_core::expiry::Expiry;
use latchkey_core::key::Environment;
use latchkey_core::operations::{ConfirmWhen, KeysIssue, RoleSelector, TenantSelector};
use latchkey_core::{AdminError, ErrorCode};

use crate::exit::Exit;
use crate::mint_output::{Minting, mint};
use crate::session::Session;

/// Its word.
pub const NAME: &str = "generate_api_key";

/// The seed's parameters.
#[derive(Args)]
struct Parameters {
    /// Tenant subdomain (its slug here)
    #[arg(long)]
    tenant: TenantSelector,
    /// Role ID
    #[arg(long)]
    role: RoleSelector,
    /// Descriptive name
    #[arg(long)]
    name: String,
    /// live or test
    #[arg(long, default_value = "live")]
    environment: Environment,
    /// Expiration date in YYYY-MM-DD format: the end of that day, UTC
    #[arg(long, value_name = "YYYY-MM-DD")]
    expires: Option<Expiry>,
    /// Additional notes
    #[arg(long)]
    notes: Option<String>,
    /// Link to an integration, by its ID
    #[arg(long)]
    integration: Option<String>,
}

/// Its arguments.
pub fn command() -> Command {
    Parameters::augment_args(Command::new(NAME))
        .about("Issues a key and prints it in the Django command's frame")
}

/// Issues the key.
///
/// # Errors
/// As `keys.issue`.
pub async fn run(admin: &Admin, matches: &ArgMatches, session: &Session) -> Result<Exit, AdminError> {
    let parameters = Parameters::from_arg_matches(matches)
        .map_err(|error| AdminError::new(ErrorCode::Invalid, error.kind().to_string()))?;
    let issue = KeysIssue {
        tenant: parameters.tenant,
        name: parameters.name,
        role: Some(parameters.role),
        environment: Some(parameters.environment),
        expires: parameters.expires,
        tier: None,
        notes: parameters.notes,
        owner: None,
        integration: parameters.integration,
        identity: None,
        grace: None,
        confirm: Some(ConfirmWhen::Later),
        scopes: Vec::new(),
        ip: Vec::new(),
        tags: Vec::new(),
    };
    mint(admin, issue, session, &Minting::as_the_seed(session)).await
}
