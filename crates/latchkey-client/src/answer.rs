//! What comes back: the answer of an operation with its plaintext, or the problem, and nothing else believed. The
//! body is wiped when it was read. Sends nothing.

use latchkey_core::key_format::has_only_key_characters;
use latchkey_core::operation::{Answer, Effect, Operation};
use latchkey_core::problem::{PROBLEM_JSON, Problem};
use latchkey_core::{AdminError, ErrorCode, PlaintextKey};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::refusal::Asked;

/// Says which admin API a server speaks.
pub(crate) const API: &str = "latchkey-api";
/// The one that this program speaks.
pub(crate) const API_NUMBER: &str = "1";
/// Says the server's version.
const VERSION: &str = "latchkey-version";
/// The media type of every answer that is no problem.
const JSON: &str = "application/json";
/// No answer of Latchkey's is larger.
const LARGEST_BYTES: usize = 16 * 1024 * 1024;

/// An answer that was read to its end.
pub(crate) struct Read {
    status: StatusCode,
    media: String,
    api: Option<String>,
    /// What the server says its version is.
    pub(crate) version: Option<String>,
    bytes: Zeroizing<Vec<u8>>,
}

/// The part of a minting answer that is no field of it.
#[derive(Deserialize)]
struct Beside {
    #[serde(default)]
    plaintext: Option<PlaintextKey>,
}

/// A problem whose code this version may not know.
#[derive(Deserialize)]
struct Unknown {
    detail: String,
}

impl Read {
    /// Reads everything, up to what Latchkey answers at most.
    pub(crate) async fn from(mut response: Response, asked: Asked<'_>) -> Result<Self, AdminError> {
        let header = |name| {
            let value = response.headers().get(name)?;
            // A header of somebody else's may be anything; only its beginning is of use.
            value.to_str().ok().map(|text| text.trim().chars().take(60).collect::<String>())
        };
        let media = header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (api, version) = (header(API), header(VERSION));
        let status = response.status();
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        // The whole capacity at once: a growing buffer would leave copies of a key behind.
        let capacity = announced.unwrap_or(16 * 1024).min(LARGEST_BYTES);
        let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
        while let Some(part) = response.chunk().await.map_err(|error| asked.failed(&error))? {
            if bytes.len() + part.len() > LARGEST_BYTES {
                return Err(asked.too_much());
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Self { status, media, api, version, bytes })
    }

    /// The answer of an operation.
    pub(crate) fn answer<O: Operation>(self, asked: Asked<'_>) -> Result<O::Answer, AdminError> {
        let shown = self.shown::<<O::Answer as Answer>::Shown>(asked)?;
        let plaintext = match O::EFFECT {
            Effect::Mints => {
                let beside = self.parse::<Beside>();
                // What is no key of ours goes into nobody's file or clipboard.
                let believed = |key: &PlaintextKey| has_only_key_characters(key.expose());
                beside
                    .filter(|beside| beside.plaintext.as_ref().is_none_or(believed))
                    .ok_or_else(|| asked.skewed(self.version.as_deref()))?
                    .plaintext
            }
            Effect::Reads | Effect::Changes => None,
        };
        Ok(O::Answer::put_together(shown, plaintext))
    }

    /// JSON that is no operation's answer, and that is told with 503 too.
    pub(crate) fn told<T: DeserializeOwned>(&self, asked: Asked<'_>) -> Result<T, AdminError> {
        if self.status == StatusCode::SERVICE_UNAVAILABLE
            && self.api.as_deref() == Some(API_NUMBER)
            && self.media == JSON
        {
            return self.parse().ok_or_else(|| asked.skewed(self.version.as_deref()));
        }
        self.shown(asked)
    }

    /// A good answer's JSON.
    pub(crate) fn shown<T: DeserializeOwned>(&self, asked: Asked<'_>) -> Result<T, AdminError> {
        let version = self.version.as_deref();
        if self.status.is_redirection() {
            return Err(asked.elsewhere());
        }
        match self.api.as_deref() {
            Some(API_NUMBER) => {}
            Some(_) => return Err(asked.skewed(version)),
            // Something on the way, or something else altogether.
            None => return Err(self.of_something_else(asked)),
        }
        if self.status.is_success() && self.media == JSON {
            return self.parse().ok_or_else(|| asked.skewed(version));
        }
        if !self.status.is_success() && self.media == PROBLEM_JSON {
            return Err(self.problem().unwrap_or_else(|| asked.skewed(version)));
        }
        Err(asked.not_latchkey())
    }

    fn of_something_else(&self, asked: Asked<'_>) -> AdminError {
        match self.status {
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                asked.not_behind(self.status.as_u16())
            }
            _ => asked.not_latchkey(),
        }
    }

    fn problem(&self) -> Option<AdminError> {
        if let Some(problem) = self.parse::<Problem>() {
            return Some(AdminError::from(problem));
        }
        // A code of a newer version: what it says is for a person all the same.
        let Unknown { detail } = self.parse()?;
        let code = match self.status.as_u16() {
            401 => ErrorCode::AuthFailed,
            403 => ErrorCode::Forbidden,
            404 => ErrorCode::NotFound,
            409 => ErrorCode::Conflict,
            400..=499 => ErrorCode::Invalid,
            _ => ErrorCode::Unreachable,
        };
        Some(AdminError::new(code, detail))
    }

    fn parse<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.bytes).ok()
    }
}
