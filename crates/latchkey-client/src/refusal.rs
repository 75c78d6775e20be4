//! Why there is no answer from a server, in words: each reason its own, with the server's name and a next step.
//! Never repeats a token, an address with its query, or what something that is no Latchkey server said.

use std::error::Error;
use std::io;
use std::time::Duration;

use latchkey_core::distrust::{Distrust, KeptBack};
use latchkey_core::operation::Effect;
use latchkey_core::{AdminError, ErrorCode};
use rustls::{AlertDescription, CertificateError};

/// What was under way when something went wrong.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// `keys.example.com:8443`
    pub(crate) host: &'a str,
    /// What it would have done.
    pub(crate) effect: Effect,
    /// How long the answer was waited for.
    pub(crate) patience: Duration,
    /// Whether an authority of one's own vouches for it.
    pub(crate) own_authority: bool,
}

impl Asked<'_> {
    /// Why nothing came back.
    pub(crate) fn failed(self, error: &reqwest::Error) -> AdminError {
        // Before the line stood, nothing was sent.
        if error.is_connect() {
            return self.not_connected(error);
        }
        if error.is_timeout() {
            return self.not_in_time();
        }
        self.broke_off()
    }

    fn not_connected(self, error: &reqwest::Error) -> AdminError {
        let host = self.host;
        if let Some(wrong) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            return of_tls(wrong, self.own_authority).told(KeptBack::Token);
        }
        let told = causes(error).find_map(|cause| {
            // The name service has no type of error of its own.
            if cause.to_string() == "dns error" {
                return Some(format!(
                    "The name {host} is not known. Check it for typing errors, and that you are on the right network."
                ));
            }
            match cause.downcast_ref::<io::Error>()?.kind() {
                io::ErrorKind::ConnectionRefused => Some(format!(
                    "Nothing answers at {host}: the connection was refused. Check the address and the port, and that the server runs there."
                )),
                io::ErrorKind::PermissionDenied => Some(format!(
                    "The system does not allow a connection to {host}. Check the permissions or the firewall."
                )),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => Some(format!(
                    "{host} closed the line before anything was sent. Check the address and the port, and try again."
                )),
                _ => None,
            }
        });
        let words = told.unwrap_or_else(|| {
            format!("No answer from {host}. Check the address and that you are on the right network.")
        });
        AdminError::new(ErrorCode::Unreachable, words)
    }

    fn not_in_time(self) -> AdminError {
        let seconds = self.patience.as_secs();
        let words = match self.effect {
            Effect::Reads => {
                format!(
                    "No answer from {} in {seconds} s. Check that the server runs and try again.",
                    self.host
                )
            }
            Effect::Changes | Effect::Mints => {
                format!("No answer in {seconds} s. {UNKNOWN}")
            }
        };
        AdminError::new(ErrorCode::Unreachable, words)
    }

    /// The line was there and is not any more.
    pub(crate) fn broke_off(self) -> AdminError {
        let words = match self.effect {
            Effect::Reads => format!("The line to {} broke before it answered. Try again.", self.host),
            Effect::Changes | Effect::Mints => {
                format!("The line to the server broke before it answered. {UNKNOWN}")
            }
        };
        AdminError::new(ErrorCode::Unreachable, words)
    }

    /// A proxy says that the server behind it does not answer.
    pub(crate) fn not_behind(self, status: u16) -> AdminError {
        let words = match (self.effect, status) {
            // A proxy that waited in vain had passed the request on.
            (Effect::Changes | Effect::Mints, 502 | 504) => {
                format!("The proxy at {} got no answer from the server ({status}). {UNKNOWN}", self.host)
            }
            _ => format!(
                "The server behind {} does not answer (its proxy says {status}). Try again; if it happens again, ask its administrator.",
                self.host
            ),
        };
        AdminError::new(ErrorCode::Unreachable, words)
    }

    /// Somebody answered, in another language.
    pub(crate) fn not_latchkey(self) -> AdminError {
        let words = format!(
            "{} answered, but not as a Latchkey server. Check the address, the port and the path.",
            self.host
        );
        AdminError::new(ErrorCode::StoreUnusable, words)
    }

    /// It sends elsewhere, where no token goes.
    pub(crate) fn elsewhere(self) -> AdminError {
        let words = format!(
            "{} sends every request on to another address. Your token was not sent there. Ask the server's administrator for its own address.",
            self.host
        );
        AdminError::new(ErrorCode::StoreUnusable, words)
    }

    /// More than anything that Latchkey answers.
    pub(crate) fn too_much(self) -> AdminError {
        let words = format!("{} answered with more than 16 MiB. Ask for less at once.", self.host);
        AdminError::new(ErrorCode::StoreUnusable, words)
    }

    /// A Latchkey server whose answers this program does not understand.
    pub(crate) fn skewed(self, version: Option<&str>) -> AdminError {
        let theirs = version.map_or_else(String::new, |version| format!(" ({version})"));
        let words = format!(
            "The server at {} speaks another version of the admin API{theirs} than this program ({}). Update the older of the two.",
            self.host,
            env!("CARGO_PKG_VERSION")
        );
        AdminError::new(ErrorCode::VersionSkew, words)
    }
}

/// As the store words it, so that whoever reads it does the same.
const UNKNOWN: &str = "Whether it was done is not known; reload and look before you do it again.";

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| cause(*error))
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An error of the operating system carries that of TLS without naming it its source.
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// What is wrong with the server's certificate or its TLS.
const fn of_tls(error: &rustls::Error, own_authority: bool) -> Distrust {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) if own_authority => {
            Distrust::AnotherAuthority
        }
        rustls::Error::InvalidCertificate(wrong) => of_certificate(wrong),
        rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        )
        | rustls::Error::PeerIncompatible(_) => Distrust::Outdated,
        _ => Distrust::NotTls,
    }
}

const fn of_certificate(wrong: &CertificateError) -> Distrust {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Distrust::NotYetValid,
        CertificateError::UnknownIssuer => Distrust::UnknownAuthority,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Distrust::AnotherName
        }
        CertificateError::Revoked => Distrust::Revoked,
        CertificateError::BadSignature => Distrust::Forged,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Distrust::NotForServers
        }
        _ => Distrust::NotVerified,
    }
}
