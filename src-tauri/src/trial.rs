//! Trying a connection without opening it: the test in its form, and what would have to be set up. The words
//! of the result. Leaves what is open alone.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use latchkey_client::ServerFacts;
use latchkey_connections::{Connection, ConnectionId};
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::{Found, ReadOnly, Store, StoreFacts};
use serde::Serialize;

use crate::logins::{Given, Prompts};
use crate::opening::{Arrived, engine_of};
use crate::place::PlaceId;
use crate::standing::Whereabouts;
use crate::stores::{Stores, access};

/// What a test came to.
#[derive(Debug, Serialize)]
pub struct Tested {
    /// In a sentence or two.
    message: String,
    /// What would always be seen while it is open.
    warnings: Vec<String>,
}

impl Stores {
    /// Opens what `connection` leads to, looks, and closes it again. What could be set up or updated is a result
    /// and no failure.
    ///
    /// # Errors
    /// As [`Stores::connect`], but for an empty database and an older schema.
    pub async fn test(&self, connection: Connection, given: &Given) -> Result<Tested, AdminError> {
        connection.check()?;
        let at = Whereabouts::of(connection);
        let trial = self.trials.begin();
        trial.wait(self.try_out(&at, given)).await
    }

    async fn try_out(&self, at: &Whereabouts, given: &Given) -> Result<Tested, AdminError> {
        let told = |message| Tested { message, warnings: Vec::new() };
        let login = match self.login(at, given, Prompts::Allowed).await {
            // Only a file that is not there yet is known to be empty before it is opened.
            Err(error) if error.code == ErrorCode::StoreEmpty => return Ok(told(error.message)),
            login => login?,
        };
        let began = Instant::now();
        let error = match login.open(access(at), self.clock.clone()).await {
            Ok(Arrived::Server(_, facts)) => return Ok(answered(facts, began.elapsed())),
            Ok(Arrived::Store { store, note }) => {
                let took = began.elapsed();
                let facts = store.facts().await;
                let mut warnings = store.warnings().to_vec();
                warnings.extend(note);
                warnings.extend(store.read_only().filter(|why| *why != ReadOnly::Chosen).map(words_of));
                store.close().await;
                return Ok(Tested { message: opened(&facts?, took), warnings });
            }
            Err(error) => error,
        };
        let took = began.elapsed();
        match error.code {
            ErrorCode::StoreEmpty | ErrorCode::SchemaOlder => {
                let found = Store::look(login.store_url()?).await?;
                Ok(told(not_yet(&found, took, &error)))
            }
            _ => Err(error),
        }
    }

    /// What is there and which steps of the schema are still to come. Changes nothing.
    ///
    /// # Errors
    /// As [`Stores::connect`], but for an empty database and an older schema.
    pub async fn look(&self, id: ConnectionId) -> Result<Found, AdminError> {
        let at = self.whereabouts(PlaceId::Connection(id))?;
        self.trials
            .begin()
            .wait(async {
                let login = match self.login(&at, &Given::Nothing, Prompts::Allowed).await {
                    // A file that is made in one go: there are no steps to tell of.
                    Err(error) if error.code == ErrorCode::StoreEmpty => {
                        let engine = "SQLite".to_owned();
                        return Ok(Found { engine, schema_version: None, steps: Vec::new() });
                    }
                    login => login?,
                };
                Store::look(login.store_url()?).await.map_err(|error| login.failure(error))
            })
            .await
    }
}

/// A server's answer, and as whom it knows the token.
fn answered(facts: ServerFacts, took: Duration) -> Tested {
    let mut message = connected(&engine_of(&facts), took);
    if let Some(operator) = &facts.operator.operator {
        let _ = write!(message, " You are {} ({}).", operator.name, operator.role.word());
    }
    Tested { message, warnings: facts.warnings }
}

fn words_of(why: ReadOnly) -> String {
    why.words().to_owned()
}

fn opened(facts: &StoreFacts, took: Duration) -> String {
    let StoreFacts { engine, schema_version, keys, .. } = facts;
    let noun = if *keys == 1 { "key" } else { "keys" };
    format!("{} {} {noun}, schema version {schema_version}.", connected(engine, took), grouped(*keys))
}

/// What could be set up or updated. Of an empty database the store's words say what is beside it, and what to do.
fn not_yet(found: &Found, took: Duration, error: &AdminError) -> String {
    let connected = connected(&found.engine, took);
    let Some(is) = found.schema_version else { return format!("{connected} {}", error.message) };
    let wanted = found.steps.last().map_or(is, |step| step.version);
    format!(
        "{connected} This database was made by an older Latchkey (schema version {is}, this program's is {wanted}). Save \
         and connect to update it."
    )
}

fn connected(engine: &str, took: Duration) -> String {
    format!("Connected to {engine} in {} ms.", millis(took))
}

/// A test is never told to take no time.
fn millis(took: Duration) -> String {
    grouped(u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1))
}

/// `1284` as `1,284`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_says_what_it_found_how_fast_and_what_is_to_be_done() {
        let facts = StoreFacts {
            engine: "PostgreSQL 15.18".into(),
            schema_version: 2,
            prefix: "acme".into(),
            tenants: 3,
            keys: 1284,
        };
        assert_eq!(
            opened(&facts, Duration::from_micros(12_900)),
            "Connected to PostgreSQL 15.18 in 12 ms. 1,284 keys, schema version 2."
        );
        let one = StoreFacts { keys: 1, ..facts };
        assert!(opened(&one, Duration::ZERO).ends_with("in 1 ms. 1 key, schema version 2."));
        let step = latchkey_store::NextStep { version: 2, name: "once", about: "" };
        let engine = "PostgreSQL 15.18".to_owned();
        let found = Found { engine, schema_version: Some(1), steps: vec![step] };
        let error = AdminError::new(ErrorCode::StoreEmpty, "This database has no Latchkey tables.");
        let took = Duration::from_millis(4);
        assert_eq!(
            not_yet(&found, took, &error),
            "Connected to PostgreSQL 15.18 in 4 ms. This database was made by an older Latchkey (schema version 1, this \
             program's is 2). Save and connect to update it."
        );
        let empty = Found { schema_version: None, ..found };
        assert_eq!(
            not_yet(&empty, took, &error),
            "Connected to PostgreSQL 15.18 in 4 ms. This database has no Latchkey tables."
        );
    }

    #[test]
    fn digits_are_grouped_in_threes() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
