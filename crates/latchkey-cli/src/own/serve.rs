//! `latchkey serve`: the server over a store. Words win over variables, and those over the configuration file. Holds no
//! option's meaning: that is the server's.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use latchkey_connections::is_private;
use latchkey_core::id::RequestId;
use latchkey_core::ip_range::IpRange;
use latchkey_core::operations::OperatorsList;
use latchkey_core::{AdminError, Call, Caller, Clock, Effect, ErrorCode, Perform, Source, SystemClock};
use latchkey_server::{
    BadSettings, LogFormat, ServerLog, Serving, Settings, SettingsFile, TlsFiles, VerifyToken,
};
use latchkey_store::Store;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use zeroize::Zeroizing;

use crate::exit::Exit;
use crate::session;
use crate::signals::{Signals, Told};
use crate::store_choice::{Choice, Given};

/// Its word.
pub const NAME: &str = "serve";
const CONFIG: &str = "config";
const LISTEN: &str = "listen";
const METRICS_LISTEN: &str = "metrics-listen";
const TLS_CERT: &str = "tls-cert";
const TLS_KEY: &str = "tls-key";
const PLAINTEXT: &str = "plaintext-behind-proxy";
const TRUSTED_PROXY: &str = "trusted-proxy";
const VERIFY_TOKEN: &str = "verify-token";
const REPLICAS: &str = "replicas";
const LOG: &str = "log";
const LOG_LEVEL: &str = "log-level";
/// No URL is longer.
const LARGEST_URL: u64 = 16 * 1024;

/// Its arguments.
pub fn command() -> Command {
    let option = |name: &'static str, value: &'static str, variable: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).env(variable).help(help)
    };
    Command::new(NAME)
        .about("Serves the admin API and verification over HTTP until it is told to stop")
        .arg(
            option(
                CONFIG,
                "FILE",
                "LATCHKEY_CONFIG",
                "A file with options (TOML); words and variables win over it",
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option(LISTEN, "ADDRESS", "LATCHKEY_LISTEN", "Where to listen; 127.0.0.1:8080 when not given")
                .value_parser(value_parser!(SocketAddr)),
        )
        .arg(
            option(METRICS_LISTEN, "ADDRESS", "LATCHKEY_METRICS_LISTEN", "Where Prometheus reads metrics")
                .value_parser(value_parser!(SocketAddr)),
        )
        .arg(
            option(TLS_CERT, "FILE", "LATCHKEY_TLS_CERT", "The certificate and those above it, PEM")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option(TLS_KEY, "FILE", "LATCHKEY_TLS_KEY", "The certificate's private key, PEM")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(Arg::new(PLAINTEXT).long(PLAINTEXT).action(ArgAction::SetTrue).help(
            "Listen beyond this computer without TLS: a proxy that speaks it stands before this server",
        ))
        .arg(
            Arg::new(TRUSTED_PROXY)
                .long(TRUSTED_PROXY)
                .value_name("CIDR")
                .action(ArgAction::Append)
                .value_parser(value_parser!(IpRange))
                .help("A proxy whose X-Forwarded-For is believed"),
        )
        .arg(
            Arg::new(VERIFY_TOKEN)
                .long(VERIFY_TOKEN)
                .value_name("WORD")
                .value_parser(["optional", "required"])
                .help("Whether POST /v1/keys/verify needs an operator's token"),
        )
        .arg(
            Arg::new(REPLICAS)
                .long(REPLICAS)
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..=10_000))
                .help("Among how many servers the rate limits are divided"),
        )
        .arg(
            option(LOG, "FORMAT", "LATCHKEY_LOG_FORMAT", "text or json")
                .value_parser(value_parser!(LogFormat)),
        )
        .arg(
            option(LOG_LEVEL, "LEVEL", "LATCHKEY_LOG", "error, warn, info, debug or trace")
                .value_parser(["error", "warn", "info", "debug", "trace"]),
        )
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// `invalid` for options that do not read; as opening a store; `invalid` where it cannot listen as it is told.
pub async fn run(given: &Given, matches: &ArgMatches) -> Result<Exit, AdminError> {
    let file = match matches.get_one::<PathBuf>(CONFIG) {
        Some(path) => SettingsFile::read(path).map_err(|error| bad(&error))?,
        None => SettingsFile::default(),
    };
    start_log(matches, &file)?;
    let mut settings = said(matches, file.settings().map_err(|error| bad(&error))?)?;
    let url = file.store_file.as_deref().map(read_url).transpose()?;
    let choice = given.choose_or(url.as_ref().map(|url| url.as_str()))?.with_pepper_file(file.pepper_file);
    settings.verify.pepper = choice.pepper(&choice.url_without_secret(Effect::Mints)?)?.read()?;
    // Before anything is opened, so that no signal of a starting server is lost.
    let signals = Signals::catch()?;
    let store = choice.open_store_for(Effect::Mints).await?;
    say_what_is_served(&store, &choice, settings.verify.pepper.is_some()).await;
    let served = match latchkey_server::serve(store.clone(), Arc::new(SystemClock), settings).await {
        Ok(serving) => {
            until_told(serving, signals).await;
            Ok(Exit::Done)
        }
        Err(error) => Err(AdminError::new(ErrorCode::Invalid, error.to_string())),
    };
    store.close().await;
    served
}

fn bad(error: &BadSettings) -> AdminError {
    AdminError::invalid(CONFIG, error.to_string())
}

/// The settings of the file with what the words and variables say in their place.
fn said(matches: &ArgMatches, settings: Settings) -> Result<Settings, AdminError> {
    let file = |name| matches.get_one::<PathBuf>(name).cloned();
    let tls = match (file(TLS_CERT), file(TLS_KEY)) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => settings.tls,
        (Some(_), None) => {
            return Err(AdminError::invalid(TLS_KEY, "Name the certificate's private key too."));
        }
        (None, Some(_)) => return Err(AdminError::invalid(TLS_CERT, "Name the key's certificate too.")),
    };
    let proxies: Vec<IpRange> = matches.get_many(TRUSTED_PROXY).into_iter().flatten().copied().collect();
    let verify_token = match matches.get_one::<String>(VERIFY_TOKEN).map(String::as_str) {
        Some("required") => VerifyToken::Required,
        Some(_) => VerifyToken::Optional,
        None => settings.verify_token,
    };
    let mut verify = settings.verify;
    if let Some(replicas) = matches.get_one(REPLICAS) {
        verify.replicas = *replicas;
    }
    Ok(Settings {
        listen: matches.get_one(LISTEN).copied().unwrap_or(settings.listen),
        metrics_listen: matches.get_one(METRICS_LISTEN).copied().or(settings.metrics_listen),
        tls,
        plaintext_behind_proxy: matches.get_flag(PLAINTEXT) || settings.plaintext_behind_proxy,
        trusted_proxies: if proxies.is_empty() { settings.trusted_proxies } else { proxies },
        verify_token,
        verify,
        ..settings
    })
}

/// The store's URL out of a file that nobody else may read, since a password may be in it.
fn read_url(path: &Path) -> Result<Zeroizing<String>, AdminError> {
    let bad = |words: String| AdminError::invalid("store_file", format!("{}: {words}", path.display()));
    let facts = std::fs::metadata(path).map_err(|error| bad(format!("it cannot be read: {error}.")))?;
    if !is_private(path, &facts) {
        return Err(bad("others of this computer may read it. Set its mode to 0600 or 0400.".to_owned()));
    }
    if facts.len() > LARGEST_URL {
        return Err(bad("it is too large for a URL.".to_owned()));
    }
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| bad(format!("it cannot be read: {error}.")))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// Writes the log on standard error, and of a panic its place alone.
fn start_log(matches: &ArgMatches, file: &SettingsFile) -> Result<(), AdminError> {
    let (format, level) = file.log().map_err(|error| bad(&error))?;
    let format = matches.get_one(LOG).copied().or(format).unwrap_or_default();
    let level = matches.get_one::<String>(LOG_LEVEL).cloned().or(level).unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::new(format!(
        "warn,latchkey={level},latchkey_server={level},latchkey_verify={level},latchkey_store={level}"
    ));
    let subscriber =
        tracing_subscriber::registry().with(ServerLog::new(format, io::stderr()).with_filter(filter));
    // It fails only where one is set already, and nobody else sets one.
    let _ = tracing::subscriber::set_global_default(subscriber);
    std::panic::set_hook(Box::new(|panic| {
        // What it says may hold anything, a key too.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok(())
}

/// What an administrator should know at the start: which store it is, and how to make what is missing.
async fn say_what_is_served(store: &Store, choice: &Choice, has_pepper: bool) {
    tracing::info!(store = choice.place(), "serving");
    if !has_pepper {
        tracing::info!(
            "no pepper: each key costs an argon2id at its first use (make one: latchkey pepper create)"
        );
    }
    let call = Call {
        operation: OperatorsList { limit: Some(1), cursor: None },
        caller: Caller::with_the_store(session::user(), Source::Server),
        request_id: RequestId::new(SystemClock.now(), &mut UnwrapErr(SysRng)),
        idempotency_key: None,
    };
    match store.perform(call).await {
        Ok(page) if page.total == 0 => {
            tracing::warn!(
                "nobody can administer this server yet: make the first operator with latchkey init"
            );
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(code = error.code.word(), "the operators cannot be read"),
    }
}

async fn until_told(serving: Serving, mut signals: Signals) {
    while signals.next().await == Told::Reload {
        serving.reload_certificate();
    }
    tracing::info!("stopping");
    serving.stop().await;
    tracing::info!("stopped");
}
