//! Minting commands: the new key goes out in the shape that was asked for, and only once it has
//! arrived it is confirmed. Until then nothing that worked has stopped working.

use std::io::{self, IsTerminal};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use latchkey_core::operations::{ConfirmWhen, KeyDetails, KeysConfirm};
use latchkey_core::plaintext::WithPlaintext;
use latchkey_core::{AdminError, Answer, ErrorCode, Operation, Perform, PlaintextKey, Span};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::exit::Exit;
use crate::output;
use crate::seed_frame;
use crate::session::Session;
use crate::views;

const CONFIRM: &str = "confirm";
const ENV: &str = "env";
const ENV_NAME: &str = "env-name";
const KUBERNETES: &str = "k8s";
const SECRET_NAME: &str = "secret-name";
const NAMESPACE: &str = "namespace";

/// A life longer than this deserves a second look: ten years and the rest of their last day.
const LONG_LIFE: Span = Span::days(3654);

/// How a new key goes out, and when it counts as saved.
pub struct Minting {
    shape: Shape,
    confirming: Confirming,
}

/// A store with its first operator.
#[derive(Serialize)]
struct FirstOperator<'a> {
    #[serde(flatten)]
    made: &'a Value,
    operator: &'a KeyDetails,
}

/// How a new key goes out.
enum Shape {
    /// By itself, for a pipe or a file.
    Alone,
    /// In a small frame, for a person.
    Frame,
    /// As HTTP answers.
    Json,
    /// What was made together with an operator, and both.
    JsonWith(Value),
    /// `NAME=key`
    EnvLine { name: String },
    /// A Secret for `kubectl apply -f -`.
    Kubernetes { secret: String, namespace: Option<String>, name: String },
    /// The Django seed's words and frame.
    Seed,
}

/// When a new secret counts as saved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Confirming {
    /// With its minting, because the person said so.
    AtOnce,
    /// Once it has been written.
    WhenWritten,
    /// When the person says so, or at its first use.
    ByThePerson,
}

/// The arguments every minting command has beside its operation's.
pub fn with_arguments(command: Command, name: &str) -> Command {
    // An operator's token is what `latchkey` itself reads from a variable.
    let (variable_name, secret_name) = if name.starts_with("operators.") {
        ("LATCHKEY_TOKEN", "latchkey-token")
    } else {
        ("LATCHKEY_API_KEY", "latchkey-api-key")
    };
    command
        .mut_arg(CONFIRM, |confirm| {
            confirm.default_value("later").hide_default_value(true).help(
                "When the new secret counts as saved. Not given: once it has been written out. now: at once. later: \
                 when you confirm it (keys confirm) or at its first use",
            )
        })
        .arg(Arg::new(ENV).long(ENV).action(ArgAction::SetTrue).help("Print the key as a line for a .env file"))
        .arg(
            Arg::new(ENV_NAME)
                .long(ENV_NAME)
                .value_name("NAME")
                .default_value(variable_name)
                .value_parser(variable)
                .help("The variable's name for --env, the entry's for --k8s"),
        )
        .arg(
            Arg::new(KUBERNETES)
                .long(KUBERNETES)
                .action(ArgAction::SetTrue)
                .conflicts_with(ENV)
                .help("Print the key as a Kubernetes Secret"),
        )
        .arg(
            Arg::new(SECRET_NAME)
                .long(SECRET_NAME)
                .value_name("NAME")
                .default_value(secret_name)
                .value_parser(kubernetes_name)
                .help("The Secret's name for --k8s"),
        )
        .arg(
            Arg::new(NAMESPACE)
                .long(NAMESPACE)
                .value_name("NAME")
                .value_parser(kubernetes_name)
                .help("The Secret's namespace for --k8s"),
        )
}

impl Minting {
    /// As the arguments say.
    ///
    /// # Errors
    /// `invalid` at `json` when another shape is asked for too.
    pub fn of(matches: &ArgMatches, session: &Session) -> Result<Self, AdminError> {
        let text = |id: &str| matches.get_one::<String>(id).cloned();
        let name = text(ENV_NAME).unwrap_or_default();
        let shape = match (session.json, matches.get_flag(ENV), matches.get_flag(KUBERNETES)) {
            (true, false, false) => Shape::Json,
            (true, _, _) => {
                return Err(AdminError::invalid("json", "Ask for one of --json, --env and --k8s."));
            }
            (false, true, _) => Shape::EnvLine { name },
            (false, false, true) => Shape::Kubernetes {
                secret: text(SECRET_NAME).unwrap_or_default(),
                namespace: text(NAMESPACE),
                name,
            },
            (false, false, false) if io::stdout().is_terminal() => Shape::Frame,
            (false, false, false) => Shape::Alone,
        };
        let said = matches.value_source(CONFIRM) == Some(ValueSource::CommandLine);
        let confirming = match matches.get_one::<ConfirmWhen>(CONFIRM) {
            Some(ConfirmWhen::Now) => Confirming::AtOnce,
            Some(ConfirmWhen::Later) if said => Confirming::ByThePerson,
            Some(ConfirmWhen::Later) | None => Confirming::WhenWritten,
        };
        Ok(Self { shape, confirming })
    }

    /// For `init`, which made a store too: `made` says what is known of it.
    pub fn of_first_operator(session: &Session, made: Value) -> Self {
        let shape = if session.json {
            Shape::JsonWith(made)
        } else if io::stdout().is_terminal() {
            Shape::Frame
        } else {
            Shape::Alone
        };
        Self { shape, confirming: Confirming::WhenWritten }
    }

    /// For `generate_api_key`: the seed's frame, or what HTTP answers; confirmed once written.
    pub fn as_the_seed(session: &Session) -> Self {
        let shape = if session.json { Shape::Json } else { Shape::Seed };
        Self { shape, confirming: Confirming::WhenWritten }
    }
}

/// Mints, writes, makes sure it arrived, and only then confirms.
///
/// # Errors
/// As the operation; `storage_full` or `internal` when the key could not be written.
pub async fn mint<O, P>(
    place: &P,
    operation: O,
    session: &Session,
    minting: &Minting,
) -> Result<Exit, AdminError>
where
    O: Operation,
    P: Perform<O> + Perform<KeysConfirm>,
{
    let (shown, plaintext) = place.perform(session.call(operation)).await?.take_apart();
    let key = key_of(&shown)?;
    let Some(plaintext) = plaintext else { return seen_before(&shown, &key, minting) };
    let text = minting.shape.text(&shown, &key, &plaintext)?;
    if let Err(error) = output::write(text.as_bytes()) {
        return Err(not_saved(&error, &key, minting.confirming));
    }
    drop(text);
    drop(plaintext);
    let key = match minting.confirming {
        Confirming::AtOnce | Confirming::ByThePerson => key,
        Confirming::WhenWritten => place
            .perform(session.call(KeysConfirm { key: key.id }))
            .await
            .map_err(|error| unconfirmed(error, &key))?,
    };
    warn_about(&key);
    if minting.confirming == Confirming::ByThePerson {
        output::note(&format!("Not confirmed yet. Once it is saved: latchkey keys confirm {}", key.id));
    }
    if io::stderr().is_terminal() && !matches!(minting.shape, Shape::Seed | Shape::Json | Shape::JsonWith(_))
    {
        output::note(&views::minted(&key));
    }
    Ok(Exit::Done)
}

impl Shape {
    /// Everything that goes to standard output.
    fn text(
        &self,
        shown: &impl Serialize,
        key: &KeyDetails,
        plaintext: &PlaintextKey,
    ) -> Result<Zeroizing<String>, AdminError> {
        let exposed = plaintext.expose();
        match self {
            Self::Alone => Ok(output::joined(&[exposed, "\n"])),
            Self::EnvLine { name } => Ok(output::joined(&[name, "=", exposed, "\n"])),
            Self::Kubernetes { secret, namespace, name } => {
                let head = format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: {secret}\n");
                let place =
                    namespace.as_ref().map(|name| format!("  namespace: {name}\n")).unwrap_or_default();
                // A key holds nothing that would have to be escaped between quotes.
                let entry = ["type: Opaque\nstringData:\n  ", name, ": \"", exposed, "\"\n"];
                Ok(output::joined(&[[head.as_str(), place.as_str()].as_slice(), &entry].concat()))
            }
            Self::Frame => {
                let line = "─".repeat(exposed.len() + 2);
                Ok(output::joined(&["┌", &line, "┐\n│ ", exposed, " │\n└", &line, "┘\n"]))
            }
            Self::Json => output::json_line(&WithPlaintext::new(shown, Some(plaintext))),
            Self::JsonWith(made) => {
                let made = FirstOperator { made, operator: key };
                output::json_line(&WithPlaintext::new(&made, Some(plaintext)))
            }
            Self::Seed => Ok(seed_frame::draw(key, exposed)),
        }
    }
}

/// The key a minting answer is about: `{key: …}` in all of them.
fn key_of(shown: &impl Serialize) -> Result<KeyDetails, AdminError> {
    let mut json = serde_json::to_value(shown).map_err(|_| AdminError::internal())?;
    serde_json::from_value(json["key"].take()).map_err(|_| AdminError::internal())
}

/// The idempotency key was seen before: there is no plaintext to print, which a script must not
/// take for an empty key.
fn seen_before(shown: &impl Serialize, key: &KeyDetails, minting: &Minting) -> Result<Exit, AdminError> {
    if matches!(minting.shape, Shape::Json) {
        return output::json(shown).map(|()| Exit::Done);
    }
    let words = format!(
        "This was done before under this idempotency key ({} “{}”); a key is shown once. If it was lost: latchkey keys remint {} or keys rotate.",
        key.id, key.name, key.id
    );
    Err(AdminError::new(ErrorCode::Conflict, words))
}

/// The key did not arrive.
fn not_saved(error: &io::Error, key: &KeyDetails, confirming: Confirming) -> AdminError {
    let then = match confirming {
        Confirming::AtOnce => format!(
            "It counts as saved already (--confirm now), so it is lost: latchkey keys rotate {} --cut-old --grace 0",
            key.id
        ),
        Confirming::WhenWritten | Confirming::ByThePerson => {
            format!("It is not confirmed and dies by itself. Mint it again: latchkey keys remint {}", key.id)
        }
    };
    let mut refused = output::not_written(error);
    refused.message = format!("The new key could not be written: {error}. {then}");
    refused
}

/// The key arrived, and the store did not take note of it.
fn unconfirmed(mut error: AdminError, key: &KeyDetails) -> AdminError {
    error.message = format!(
        "The new key was written, but could not be confirmed: {} Confirm it within 15 minutes: latchkey keys confirm {}",
        error.message, key.id
    );
    error
}

fn warn_about(key: &KeyDetails) {
    if key.expires_at.is_some_and(|at| at > key.created_at.plus(LONG_LIFE)) {
        output::warn("this key lives for more than ten years.");
    }
    if key.ip.iter().any(latchkey_core::ip_range::IpRange::is_everything) {
        output::warn("one of its address ranges is every address there is.");
    }
}

/// A name for an environment variable, which must not break out of its line.
fn variable(text: &str) -> Result<String, String> {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.starts_with(first) && text.chars().all(rest) && text.len() <= 128 {
        Ok(text.to_owned())
    } else {
        Err("use letters, digits and underscores, not a digit first".to_owned())
    }
}

/// A name as Kubernetes takes it, which must not break out of its line.
fn kubernetes_name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let edges = edge(text.chars().next()) && edge(text.chars().last());
    if edges && text.chars().all(allowed) && text.len() <= 253 {
        Ok(text.to_owned())
    } else {
        Err("use lower-case letters, digits, hyphens and dots, with a letter or digit at both ends"
            .to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_break_out_of_their_line_are_refused() {
        for bad in ["", "1A", "A B", "A=B", "A\nB", "Ä"] {
            assert!(variable(bad).is_err(), "{bad:?}");
        }
        assert!(variable("ACME_API_KEY").is_ok());
        for bad in ["", "-a", "a-", "A", "a b", "a\nb: c", "a: b"] {
            assert!(kubernetes_name(bad).is_err(), "{bad:?}");
        }
        assert!(kubernetes_name("acme.prod-1").is_ok());
    }
}
