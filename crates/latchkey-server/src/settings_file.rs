//! The configuration file: TOML in which every option may be left out. What is in it is checked against its range and
//! never silently changed. Reads no variable and no command line.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use latchkey_core::Span;
use latchkey_core::ip_range::IpRange;
use latchkey_core::rate_limit::{Tiers, Window};
use serde::{Deserialize, Serialize};

use crate::log::LogFormat;
use crate::settings::{Limits, Settings, TlsFiles, VerifyToken};

/// No configuration is larger.
const LARGEST_BYTES: u64 = 1024 * 1024;

/// Why a configuration cannot be used, in words that name the line or the key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadSettings(pub String);

/// What stands in a configuration file. An option that is left out keeps its default.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsFile {
    /// Where to listen.
    pub listen: Option<SocketAddr>,
    /// Where metrics are.
    pub metrics_listen: Option<SocketAddr>,
    /// The certificate's file, PEM.
    pub tls_certificate: Option<PathBuf>,
    /// Its private key's file, PEM.
    pub tls_key: Option<PathBuf>,
    /// Whether plaintext is allowed beyond this computer.
    pub plaintext_behind_proxy: Option<bool>,
    /// From whom `X-Forwarded-For` is believed.
    pub trusted_proxies: Option<Vec<IpRange>>,
    /// Whether `POST /v1/keys/verify` needs an operator's token: `optional` or `required`.
    pub verify_token: Option<String>,
    /// A file that holds the store's URL, for URLs with a password.
    pub store_file: Option<PathBuf>,
    /// A file that holds the pepper.
    pub pepper_file: Option<PathBuf>,
    /// How the log is written: `text` or `json`.
    pub log: Option<String>,
    /// How much is written: `error`, `warn`, `info`, `debug`, `trace`.
    pub log_level: Option<String>,
    /// What bounds requests and connections.
    pub limits: LimitsFile,
    /// How verifications work.
    pub verify: VerifyFile,
    /// The windows of each tier, each as `1000/1h`.
    pub tiers: Option<BTreeMap<String, Vec<String>>>,
}

/// `[limits]`
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsFile {
    connections: Option<u64>,
    body_bytes: Option<u64>,
    head_bytes: Option<u64>,
    headers: Option<u64>,
    head_time: Option<Span>,
    body_time: Option<Span>,
    queue_time: Option<Span>,
    write_time: Option<Span>,
    idle_time: Option<Span>,
    stop_time: Option<Span>,
    admin_at_once: Option<u64>,
    waiting_at_once: Option<u64>,
}

/// `[verify]`
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerifyFile {
    replicas: Option<u64>,
    failures_per_minute: Option<u64>,
    failures_event: Option<u64>,
    lane_threads: Option<u64>,
    lane_queue: Option<u64>,
    flush_every: Option<Span>,
    poll_every: Option<Span>,
    strict_after: Option<Span>,
    follow_clock: Option<bool>,
    test_percent: Option<u64>,
}

impl SettingsFile {
    /// Reads a file.
    ///
    /// # Errors
    /// In words that name the file, and the line and key where that is what is wrong.
    pub fn read(path: &Path) -> Result<Self, BadSettings> {
        let bad = |words: String| BadSettings(format!("{}: {words}", path.display()));
        let large =
            std::fs::metadata(path).is_ok_and(|facts| facts.len() > LARGEST_BYTES || !facts.is_file());
        if large {
            return Err(bad(format!("this is no file of at most {LARGEST_BYTES} bytes.")));
        }
        let text =
            std::fs::read_to_string(path).map_err(|error| bad(format!("it cannot be read: {error}.")))?;
        Self::of_text(&text).map_err(|error| bad(error.0))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// As [`SettingsFile::read`], without the file.
    pub fn of_text(text: &str) -> Result<Self, BadSettings> {
        toml::from_str(text).map_err(|error| {
            let Some(span) = error.span() else { return BadSettings(error.message().to_owned()) };
            let before = text.get(..span.start).unwrap_or_default();
            let line = text.lines().nth(before.matches('\n').count()).unwrap_or_default();
            let key = line.split('=').next().unwrap_or_default().trim();
            let number = before.matches('\n').count() + 1;
            BadSettings(format!("line {number}, {key}: {}", error.message().replace('\n', " ")))
        })
    }

    /// The format and the level of the log.
    ///
    /// # Errors
    /// For a word that is neither.
    pub fn log(&self) -> Result<(Option<LogFormat>, Option<String>), BadSettings> {
        let format = self.log.as_deref().map(str::parse).transpose();
        let format = format.map_err(|error| BadSettings(format!("log: {error}.")))?;
        match self.log_level.as_deref() {
            None | Some("error" | "warn" | "info" | "debug" | "trace") => {
                Ok((format, self.log_level.clone()))
            }
            Some(_) => Err(BadSettings("log_level: write error, warn, info, debug or trace.".to_owned())),
        }
    }

    /// The settings that it says, over the defaults.
    ///
    /// # Errors
    /// For what is out of range, naming its key and the range.
    pub fn settings(&self) -> Result<Settings, BadSettings> {
        let default = Settings::default();
        let tls = match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                Some(TlsFiles { certificate: certificate.clone(), key: key.clone() })
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(BadSettings(
                    "tls_certificate and tls_key belong together. Name both.".to_owned(),
                ));
            }
        };
        let verify_token = match self.verify_token.as_deref() {
            None | Some("optional") => VerifyToken::Optional,
            Some("required") => VerifyToken::Required,
            Some(_) => return Err(BadSettings("verify_token: write optional or required.".to_owned())),
        };
        Ok(Settings {
            listen: self.listen.unwrap_or(default.listen),
            metrics_listen: self.metrics_listen,
            tls,
            plaintext_behind_proxy: self.plaintext_behind_proxy.unwrap_or_default(),
            trusted_proxies: self.trusted_proxies.clone().unwrap_or_default(),
            verify_token,
            limits: self.limits.over(&default.limits)?,
            verify: self.verify.over(default.verify, self.tiers.as_ref())?,
        })
    }
}

impl LimitsFile {
    fn over(&self, limits: &Limits) -> Result<Limits, BadSettings> {
        Ok(Limits {
            connections: size("limits.connections", self.connections, limits.connections, (1, 1_000_000))?,
            body: size("limits.body_bytes", self.body_bytes, limits.body, (1_024, 64 * 1024 * 1024))?,
            head: size("limits.head_bytes", self.head_bytes, limits.head, (8 * 1024, 1024 * 1024))?,
            headers: size("limits.headers", self.headers, limits.headers, (10, 1_000))?,
            head_time: time("limits.head_time", self.head_time, limits.head_time, (1, 300))?,
            body_time: time("limits.body_time", self.body_time, limits.body_time, (1, 300))?,
            queue_time: time("limits.queue_time", self.queue_time, limits.queue_time, (1, 60))?,
            write_time: time("limits.write_time", self.write_time, limits.write_time, (1, 600))?,
            idle_time: time("limits.idle_time", self.idle_time, limits.idle_time, (1, 3_600))?,
            stop_time: time("limits.stop_time", self.stop_time, limits.stop_time, (1, 300))?,
            admin_at_once: size(
                "limits.admin_at_once",
                self.admin_at_once,
                limits.admin_at_once,
                (1, 1_000),
            )?,
            waiting_at_once: size(
                "limits.waiting_at_once",
                self.waiting_at_once,
                limits.waiting_at_once,
                (1, 100_000),
            )?,
        })
    }
}

impl VerifyFile {
    fn over(
        &self,
        verify: latchkey_verify::Settings,
        tiers: Option<&BTreeMap<String, Vec<String>>>,
    ) -> Result<latchkey_verify::Settings, BadSettings> {
        let count = |key, said, default, range| {
            size(key, said, default as usize, range).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
        };
        let percent = count("verify.test_percent", self.test_percent, 100, (1, 10_000))?;
        Ok(latchkey_verify::Settings {
            tiers: read_tiers(tiers)?.with_test_percent(percent),
            replicas: count("verify.replicas", self.replicas, verify.replicas, (1, 10_000))?,
            failures_per_minute: count(
                "verify.failures_per_minute",
                self.failures_per_minute,
                verify.failures_per_minute,
                (0, 1_000_000),
            )?,
            failures_event: count(
                "verify.failures_event",
                self.failures_event,
                verify.failures_event,
                (0, 1_000_000),
            )?,
            lane_threads: size("verify.lane_threads", self.lane_threads, verify.lane_threads, (1, 64))?,
            lane_queue: size("verify.lane_queue", self.lane_queue, verify.lane_queue, (1, 100_000))?,
            flush_every: time("verify.flush_every", self.flush_every, verify.flush_every, (1, 60))?,
            poll_every: time("verify.poll_every", self.poll_every, verify.poll_every, (1, 5))?,
            strict_after: time("verify.strict_after", self.strict_after, verify.strict_after, (1, 5))?,
            follow_clock: self.follow_clock.unwrap_or(verify.follow_clock),
            ..verify
        })
    }
}

/// The default tiers, with those that are said in their place.
fn read_tiers(said: Option<&BTreeMap<String, Vec<String>>>) -> Result<Tiers, BadSettings> {
    let mut tiers = Tiers::default();
    for (name, windows) in said.into_iter().flatten() {
        let bad = |words: &str| BadSettings(format!("tiers.{name}: {words}"));
        let windows: Option<Vec<Window>> = windows.iter().map(|window| read_window(window)).collect();
        let windows = windows.ok_or_else(|| bad("write each window as COUNT/TIME: 1000/1h, 50/60s."))?;
        tiers.set(name, windows).map_err(|error| bad(&error.message))?;
    }
    Ok(tiers)
}

fn read_window(text: &str) -> Option<Window> {
    let (limit, per) = text.split_once('/')?;
    Some(Window { limit: limit.trim().parse().ok()?, per: per.trim().parse().ok()? })
}

fn size(key: &str, said: Option<u64>, default: usize, range: (u64, u64)) -> Result<usize, BadSettings> {
    let Some(said) = said else { return Ok(default) };
    let (least, most) = range;
    let fits = usize::try_from(said).ok().filter(|_| (least..=most).contains(&said));
    fits.ok_or_else(|| BadSettings(format!("{key}: write {least} to {most}.")))
}

fn time(
    key: &str,
    said: Option<Span>,
    default: Duration,
    range: (u64, u64),
) -> Result<Duration, BadSettings> {
    let Some(said) = said else { return Ok(default) };
    let (least, most) = range;
    let said = Duration::from_millis(said.as_millis().unsigned_abs());
    if (Duration::from_secs(least)..=Duration::from_secs(most)).contains(&said) {
        return Ok(said);
    }
    Err(BadSettings(format!("{key}: write {least}s to {most}s.")))
}

#[cfg(test)]
mod tests {
    use latchkey_core::key::Environment;
    use serde_json::Value;

    use super::*;

    const SHIPPED: &str = include_str!("../dist/latchkey.toml");

    /// The shipped file with every option said: `#option = value` without a space after the mark.
    fn with_every_option() -> String {
        let option = |line: &str| {
            let said =
                line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
            said.unwrap_or(line).to_owned()
        };
        SHIPPED.lines().map(option).collect::<Vec<_>>().join("\n")
    }

    fn silent(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Null => found.push(at.to_owned()),
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| silent(value, &format!("{at}.{name}"), found));
            }
            _ => {}
        }
    }

    #[test]
    fn the_shipped_file_says_every_option_with_its_default() {
        let mut file = SettingsFile::of_text(&with_every_option()).unwrap();
        let mut left_out = Vec::new();
        silent(&serde_json::to_value(&file).unwrap(), "", &mut left_out);
        assert_eq!(left_out, [""; 0], "an option that the file does not say");
        // What has no default is shown by an example.
        (file.metrics_listen, file.tls_certificate, file.tls_key) = (None, None, None);
        let (said, default) = (file.settings().unwrap(), Settings::default());
        assert_eq!((said.listen, said.limits), (default.listen, default.limits));
        assert_eq!((said.tls, said.plaintext_behind_proxy), (default.tls, default.plaintext_behind_proxy));
        assert_eq!(
            (said.trusted_proxies, said.verify_token),
            (default.trusted_proxies, default.verify_token)
        );
        let (said, default) = (said.verify, default.verify);
        for tier in ["free", "pro", "business", "enterprise"] {
            let windows = |tiers: &Tiers| tiers.windows(Some(tier), Environment::Test, 1);
            assert_eq!(windows(&said.tiers), windows(&default.tiers), "{tier}");
        }
        let numbers = |settings: &latchkey_verify::Settings| {
            (
                settings.replicas,
                settings.failures_per_minute,
                settings.failures_event,
                settings.lane_threads,
                settings.lane_queue,
            )
        };
        let times = |settings: &latchkey_verify::Settings| {
            (settings.flush_every, settings.poll_every, settings.strict_after, settings.follow_clock)
        };
        assert_eq!((numbers(&said), times(&said)), (numbers(&default), times(&default)));
        assert_eq!(file.log().unwrap(), (Some(LogFormat::default()), Some("info".to_owned())));
    }

    #[test]
    fn the_shipped_file_changes_nothing_as_it_is() {
        let file = SettingsFile::of_text(SHIPPED).unwrap();
        let mut said = serde_json::to_value(&file).unwrap();
        assert_eq!(said["tiers"].take(), serde_json::json!({}));
        let mut left_out = Vec::new();
        silent(&said, "", &mut left_out);
        let options = SHIPPED.lines().filter(|line| line.starts_with('#') && !line.starts_with("# ")).count();
        assert_eq!(left_out.len() - 1, options - 4 - SHIPPED.lines().filter(|line| *line == "#").count());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_key() {
        for (text, words) in [
            ("\nlistn = \"127.0.0.1:1\"", &["line 2", "listn"][..]),
            ("listen = 8080", &["line 1", "listen"]),
            ("listen = \"localhost\"", &["line 1", "socket address"]),
            ("[limits]\nconnections = \"many\"", &["line 2", "connections"]),
            ("[limits]\nbody_time = \"10\"", &["line 2", "90s"]),
            ("= 1", &["line 1"]),
        ] {
            let error = SettingsFile::of_text(text).unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
        }
        for (text, words) in [
            ("[limits]\nconnections = 0", "limits.connections: write 1 to"),
            ("[verify]\nstrict_after = \"6s\"", "verify.strict_after: write 1s to 5s"),
            ("[verify]\npoll_every = \"0\"", "verify.poll_every: write 1s to 5s"),
            ("tls_key = \"key.pem\"", "belong together"),
            ("verify_token = \"maybe\"", "optional or required"),
            ("[tiers]\nfree = [\"1000\"]", "tiers.free: write each window"),
            ("[tiers]\nfree = [\"0/1h\"]", "tiers.free:"),
        ] {
            let error = SettingsFile::of_text(text).unwrap().settings().map(drop).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn tiers_are_read_beside_the_known_ones() {
        let text = "[tiers]\nfree = [\"50/60s\", \"1000/1h\"]\ngold = []\n[verify]\ntest_percent = 200\n";
        let tiers = SettingsFile::of_text(text).unwrap().settings().unwrap().verify.tiers;
        let limits = |tier| -> Vec<u32> {
            tiers.windows(Some(tier), Environment::Test, 1).iter().map(|window| window.limit).collect()
        };
        assert_eq!(limits("free"), [100, 2_000]);
        assert_eq!(limits("pro"), [20_000]);
        assert_eq!(limits("gold"), [0; 0]);
    }
}
