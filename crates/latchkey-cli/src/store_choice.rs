//! Which store or server a command works on: `--store`, `--connection`, their variables, or the desktop's local
//! store. Opens it, where a change is allowed there. Holds no SQL and never shows a URL with its password.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ArgMatches;
use clap::parser::ValueSource;
use latchkey_client::{Client, ServerAddress};
use latchkey_connections::{
    Admin, Connection, Connections, Credentials, DataFolder, Environment, PepperPlace,
};
use latchkey_core::{AdminError, Effect, ErrorCode, PlaintextKey, Source, SystemClock};
use latchkey_store::{Access, ReadOnly, Store, StoreUrl};

use crate::{output, parse, secret};

/// What the words and the variables say.
#[derive(Default)]
pub struct Given {
    store: Said,
    connection: Said,
    production: bool,
    ca_file: Option<PathBuf>,
    pepper_file: Option<PathBuf>,
}

/// A text, and whether it stands among the words or in a variable.
#[derive(Default)]
struct Said {
    text: Option<String>,
    among_the_words: bool,
}

/// The store or server that is meant.
pub struct Choice {
    to: To,
    production: bool,
    pepper_file: Option<PathBuf>,
    configured_pepper_file: Option<PathBuf>,
}

enum To {
    Url(StoreUrl),
    Server(ServerAddress),
    Saved(Box<Connection>, DataFolder),
}

impl Given {
    /// As parsed.
    pub fn of(matches: &ArgMatches) -> Self {
        let said = |name: &str| Said {
            text: matches.get_one::<String>(name).filter(|text| !text.is_empty()).cloned(),
            among_the_words: matches.value_source(name) == Some(ValueSource::CommandLine),
        };
        Self {
            store: said(parse::STORE),
            connection: said(parse::CONNECTION),
            production: matches.get_flag(parse::PRODUCTION),
            ca_file: matches.get_one(parse::CA_FILE).cloned(),
            pepper_file: matches.get_one(parse::PEPPER_FILE).cloned(),
        }
    }

    /// The store that is meant: what stands among the words wins over variables.
    ///
    /// # Errors
    /// `invalid` at `store` for a text that names none and for a password among the words, at `connection`
    /// where both are named; `not_found` for a connection that is not saved; `store_unusable` where they cannot
    /// be read.
    pub fn choose(&self) -> Result<Choice, AdminError> {
        let to = match (&self.store.text, &self.connection.text) {
            (Some(_), Some(_)) if self.store.among_the_words == self.connection.among_the_words => {
                let words = if self.store.among_the_words {
                    "Name the store once: with --store or with --connection."
                } else {
                    "LATCHKEY_STORE and LATCHKEY_CONNECTION name two stores. Unset one, or say --store or --connection."
                };
                return Err(AdminError::invalid(parse::CONNECTION, words));
            }
            (Some(url), Some(_)) if self.store.among_the_words => self.read(url)?,
            (_, Some(name)) => saved(name)?,
            (Some(url), None) => self.read(url)?,
            (None, None) => To::Url(StoreUrl::Sqlite(data_folder()?.local_store())),
        };
        Ok(self.choice(to))
    }

    fn choice(&self, to: To) -> Choice {
        Choice {
            to,
            production: self.production,
            pepper_file: self.pepper_file.clone(),
            configured_pepper_file: None,
        }
    }

    /// The same, where a configuration names a store for when neither words nor variables do.
    ///
    /// # Errors
    /// As [`Given::choose`].
    pub fn choose_or(&self, configured: Option<&str>) -> Result<Choice, AdminError> {
        match (configured, &self.store.text, &self.connection.text) {
            (Some(url), None, None) => Ok(self.choice(self.read(url)?)),
            (_, _, _) => self.choose(),
        }
    }

    /// Everybody on this computer can read the words of a command, so that no password may be among them.
    fn read(&self, url: &str) -> Result<To, AdminError> {
        let begins = |schemes: &[&str]| schemes.iter().any(|scheme| url.starts_with(scheme));
        if begins(&["https:", "http:"]) {
            let address = ServerAddress::read(url, self.ca_file.clone());
            return address.map(To::Server).map_err(|error| error.at_field(parse::STORE));
        }
        if !begins(&["sqlite:", "postgres:", "postgresql:"]) {
            let words = "Write sqlite:PATH for a file, postgres://USER@HOST/DATABASE for a PostgreSQL database, or \
                         https://HOST for a Latchkey server.";
            return Err(AdminError::invalid(parse::STORE, words));
        }
        let url: StoreUrl = url.parse()?;
        match &url {
            StoreUrl::Postgres(login) if self.store.among_the_words && login.password.is_some() => {
                let words = "Other accounts of this computer can read a password among the words of a command. Save a \
                             connection and say --connection, or put the URL into LATCHKEY_STORE.";
                Err(AdminError::invalid(parse::STORE, words))
            }
            StoreUrl::Postgres(_) | StoreUrl::Sqlite(_) => Ok(To::Url(url)),
        }
    }
}

fn saved(name: &str) -> Result<To, AdminError> {
    let folder = data_folder()?;
    let connection = Connections::open(&folder).named(name)?;
    Ok(To::Saved(Box::new(connection), folder))
}

/// Where the desktop keeps its data.
///
/// # Errors
/// `invalid` at `store` when this computer has no such place.
pub fn data_folder() -> Result<DataFolder, AdminError> {
    DataFolder::locate().map_err(|_| {
        let words = "This computer names no home directory. Say which store with --store.";
        AdminError::invalid(parse::STORE, words)
    })
}

impl Choice {
    /// Where it lies, as it is shown: without its password.
    pub fn place(&self) -> String {
        match &self.to {
            To::Url(url) => url.to_string(),
            To::Server(address) => address.to_string(),
            To::Saved(connection, _) => connection.kind.to_string(),
        }
    }

    /// Its URL, for commands that make or mend the store as a whole. Asks for its secret.
    ///
    /// # Errors
    /// `read_only`; `invalid` at `production`; `store_unusable` for a server; as [`secret::of`].
    pub async fn url_for(&self, effect: Effect) -> Result<StoreUrl, AdminError> {
        // What cannot be opened at all is refused before anybody is asked.
        let url = self.url_without_secret(effect)?;
        match &self.to {
            To::Url(_) | To::Server(_) => Ok(url),
            To::Saved(connection, folder) => {
                let secret = secret::of(connection, &Credentials::new(folder)).await?;
                connection.store_url(secret)
            }
        }
    }

    /// The same for what needs to know the store and does not open it.
    ///
    /// # Errors
    /// As [`Choice::url_for`], but for the secret.
    pub fn url_without_secret(&self, effect: Effect) -> Result<StoreUrl, AdminError> {
        self.allow(effect)?;
        match &self.to {
            To::Url(url) => Ok(url.clone()),
            To::Server(_) => Err(no_store_here()),
            To::Saved(connection, _) => connection.store_url(None),
        }
    }

    /// The same, where a configuration names a file with the pepper for when neither words nor variables do.
    pub fn with_pepper_file(self, configured: Option<PathBuf>) -> Self {
        Self { configured_pepper_file: configured, ..self }
    }

    /// Where the pepper of the store is kept.
    ///
    /// # Errors
    /// As [`PepperPlace::of`].
    pub fn pepper(&self, url: &StoreUrl) -> Result<PepperPlace, AdminError> {
        let place = PepperPlace::of(url, self.pepper_file.as_deref())?;
        Ok(match (place, &self.configured_pepper_file) {
            (PepperPlace::Usual(_) | PepperPlace::Nowhere, Some(configured)) => {
                PepperPlace::Named(configured.clone())
            }
            (place, _) => place,
        })
    }

    /// Opens it for operations, and says what a person should know about it.
    ///
    /// # Errors
    /// As [`Choice::open_store_for`] and [`Client::look`].
    pub async fn open_for(&self, effect: Effect) -> Result<Admin, AdminError> {
        let Some(client) = self.server_for(effect).await? else {
            return self.open_store_for(effect).await.map(Admin::Local);
        };
        for warning in client.look().await?.warnings {
            output::warn(&warning);
        }
        Ok(Admin::Remote(client))
    }

    /// The server, where it is one; it was not asked anything yet.
    ///
    /// # Errors
    /// `read_only`; `invalid` at `production`; as [`secret::token`] and [`Client::new`].
    pub async fn server_for(&self, effect: Effect) -> Result<Option<Client>, AdminError> {
        self.allow(effect)?;
        match &self.to {
            To::Url(_) => Ok(None),
            To::Server(address) => {
                let token = secret::token(&address.to_string())?;
                let token = PlaintextKey::new(token.expose().to_owned());
                Client::new(address.clone(), token, Source::Cli).map(Some)
            }
            To::Saved(connection, folder) => {
                if !connection.is_server() {
                    return Ok(None);
                }
                let token = secret::of(connection, &Credentials::new(folder)).await?;
                connection.server(token.as_deref(), Source::Cli)
            }
        }
    }

    /// Opens the store itself with its pepper, and says what a person should know about it.
    ///
    /// # Errors
    /// As [`Choice::url_for`]; `store_unusable` with the reason; `unreachable`.
    pub async fn open_store_for(&self, effect: Effect) -> Result<Store, AdminError> {
        let url = self.url_for(effect).await?;
        if let StoreUrl::Sqlite(path) = &url
            && !path.try_exists().unwrap_or(true)
        {
            let words = format!(
                "There is no store at {url}. Make one with “latchkey init”, or name another with --store or --connection."
            );
            return Err(AdminError::new(ErrorCode::StoreUnusable, words));
        }
        let access = match &self.to {
            To::Url(_) | To::Server(_) => Access::ReadWrite,
            To::Saved(connection, _) => connection.access(),
        };
        let pepper = self.pepper(&url)?.read()?;
        let store = Store::open_as(&url, access, Arc::new(SystemClock)).await?;
        if let Some(pepper) = pepper {
            store.use_pepper(pepper);
        }
        for warning in store.warnings() {
            output::warn(warning);
        }
        Ok(store)
    }

    /// Refuses a change where the connection allows none, before anything is asked or opened.
    fn allow(&self, effect: Effect) -> Result<(), AdminError> {
        let connection = match (&self.to, effect) {
            (To::Url(_) | To::Server(_), _) | (_, Effect::Reads) => return Ok(()),
            (To::Saved(connection, _), Effect::Changes | Effect::Mints) => connection,
        };
        if connection.read_only {
            return Err(AdminError::new(ErrorCode::ReadOnly, ReadOnly::Chosen.words()));
        }
        match connection.environment {
            Environment::Production if !self.production => {
                let words = format!(
                    "The connection “{}” is tagged production. Add --production to change it.",
                    connection.name
                );
                Err(AdminError::invalid(parse::PRODUCTION, words))
            }
            Environment::Production | Environment::None | Environment::Development | Environment::Staging => {
                Ok(())
            }
        }
    }
}

/// What makes or mends a store is done where the store is.
fn no_store_here() -> AdminError {
    let words = "This is a server: its store is opened where it runs. Run this there.";
    AdminError::new(ErrorCode::StoreUnusable, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(store: (&str, bool), connection: (&str, bool)) -> Given {
        let said = |(text, among_the_words): (&str, bool)| Said {
            text: Some(text.to_owned()).filter(|text| !text.is_empty()),
            among_the_words,
        };
        Given { store: said(store), connection: said(connection), ..Given::default() }
    }

    #[test]
    fn a_named_store_wins_and_none_means_the_desktops() {
        let place = |given: Given| given.choose().ok().unwrap().place();
        assert_eq!(place(given(("sqlite:a.db", false), ("", false))), "sqlite:a.db");
        assert_eq!(place(given(("sqlite:a.db", true), ("variable", false))), "sqlite:a.db");
        assert_eq!(
            place(given(("https://Keys.example.com/", true), ("", false))),
            "https://keys.example.com"
        );
        assert!(place(Given::default()).ends_with("keys.db"));
        assert_eq!(
            place(given(("postgres://ann:canary@db/keys", false), ("", false))),
            "postgres://ann@db/keys"
        );
        for refused in ["a.db", "postgres://ann:canary@db/keys", "postgres://ann@db/keys?password=canary"] {
            let error = given((refused, true), ("", false)).choose().err().unwrap();
            assert_eq!(error.field.as_deref(), Some("store"));
            assert!(!error.message.contains("canary"));
        }
    }

    #[test]
    fn two_stores_of_the_same_weight_are_refused() {
        for among_the_words in [true, false] {
            let both = given(("sqlite:a.db", among_the_words), ("variable", among_the_words));
            assert_eq!(both.choose().err().unwrap().field.as_deref(), Some("connection"));
        }
    }
}
