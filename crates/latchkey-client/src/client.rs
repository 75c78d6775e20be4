//! The client: every operation by one function, and who the server is. Follows no redirect, asks no proxy, keeps no
//! cookie; a token leaves only for the address it was given for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::id::RequestId;
use latchkey_core::operation::Effect;
use latchkey_core::operations::OperatorsCurrent;
use latchkey_core::{
    AdminError, Call, Caller, Clock, ErrorCode, Operation, Perform, PlaintextKey, Source, SystemClock,
};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;

use crate::address::ServerAddress;
use crate::answer::{API, API_NUMBER, Read};
use crate::facts::ServerFacts;
use crate::refusal::Asked;
use crate::request::Request;
use crate::trust;

/// How long a server may take to take the line.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a line is kept for the next request: less than servers and proxies keep it, so that no change is sent into
/// one that they are closing.
const KEPT: Duration = Duration::from_secs(30);

/// A server that is asked with one operator's token. Cloning is cheap.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    looking_only: bool,
}

struct Shared {
    http: reqwest::Client,
    address: ServerAddress,
    host: String,
    token: PlaintextKey,
    source: Source,
}

/// What everybody may ask.
#[derive(Deserialize)]
struct Version {
    version: String,
}

/// How a server says why it cannot do its work.
#[derive(Deserialize)]
struct Readiness {
    #[serde(default)]
    reason: Option<String>,
}

impl Client {
    /// Makes ready to ask; asks nothing yet.
    ///
    /// # Errors
    /// `invalid` at `ca_file`; `auth_failed` for a text that can be no token.
    pub fn new(address: ServerAddress, token: PlaintextKey, source: Source) -> Result<Self, AdminError> {
        bearer(&token)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(trust::config(address.ca_file())?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(KEPT)
            .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| AdminError::internal())?;
        let host = address.host();
        Ok(Self { shared: Arc::new(Shared { http, address, host, token, source }), looking_only: false })
    }

    /// The same server for looking only: every change is refused before anything is sent.
    #[must_use]
    pub fn looking_only(self) -> Self {
        Self { looking_only: true, ..self }
    }

    /// Whether every change is refused here.
    #[must_use]
    pub const fn is_looking_only(&self) -> bool {
        self.looking_only
    }

    /// Where the server is.
    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.shared.address
    }

    /// Asks who the server is and as whom it knows the token. The token is shown to nothing that does not answer
    /// as a Latchkey server.
    ///
    /// # Errors
    /// `unreachable`, `tls_untrusted`, `auth_failed`, `version_skew`; `store_unusable` where something else answers.
    pub async fn look(&self) -> Result<ServerFacts, AdminError> {
        let version = Request::get(&self.shared.address, "version")?;
        let asked = self.asked(&version);
        let read = self.shared.exchange(&version, None, asked).await?;
        let Version { version } = read.shown(asked)?;
        let version = read.version.unwrap_or(version);
        // Without the operating system's randomness nothing in Latchkey can go on.
        let request_id = RequestId::new(SystemClock.now(), &mut UnwrapErr(SysRng));
        let caller = Caller::with_the_store("", self.shared.source);
        let call = Call { operation: OperatorsCurrent {}, caller, request_id, idempotency_key: None };
        let operator = self.perform(call).await?;
        Ok(ServerFacts::of(version, operator, SystemClock.now()))
    }

    /// Why the server cannot do its work at the moment, by its own account; none: it can.
    ///
    /// # Errors
    /// As [`Client::look`].
    pub async fn unready(&self) -> Result<Option<String>, AdminError> {
        let request = Request::get(&self.shared.address, "readyz")?;
        let asked = self.asked(&request);
        let read = self.shared.exchange(&request, None, asked).await?;
        let Readiness { reason } = read.told(asked)?;
        Ok(reason)
    }

    fn asked<'a>(&'a self, request: &Request) -> Asked<'a> {
        Asked {
            host: &self.shared.host,
            effect: request.effect,
            patience: request.patience,
            own_authority: self.shared.address.ca_file().is_some(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.shared.address, f)
    }
}

impl<O: Operation> Perform<O> for Client {
    async fn perform(&self, call: Call<O>) -> Result<O::Answer, AdminError> {
        if self.looking_only && O::EFFECT != Effect::Reads {
            return Err(AdminError::new(ErrorCode::ReadOnly, "This connection is read-only."));
        }
        let request = Request::of(&call.operation, &self.shared.address)?;
        let asked = self.asked(&request);
        let headers = Headers {
            request_id: call.request_id.to_string(),
            idempotency_key: call.idempotency_key.as_ref().map(ToString::to_string),
        };
        let read = self.shared.exchange(&request, Some(&headers), asked).await?;
        read.answer::<O>(asked)
    }
}

/// What an operation's request says beside its fields.
struct Headers {
    request_id: String,
    idempotency_key: Option<String>,
}

impl Shared {
    /// Sends a request and reads what comes back. What changes nothing is asked a second time where a line that was
    /// kept open turns out to be gone; a change is not, for it may have been made.
    async fn exchange(
        &self,
        request: &Request,
        headers: Option<&Headers>,
        asked: Asked<'_>,
    ) -> Result<Read, AdminError> {
        let response = match self.send(request, headers).await? {
            Err(error) if request.effect == Effect::Reads && !error.is_timeout() && !error.is_connect() => {
                self.send(request, headers).await?
            }
            sent => sent,
        };
        match response {
            Ok(response) => Read::from(response, asked).await,
            Err(error) => {
                let error = error.without_url();
                tracing::debug!(%error, "a server did not answer");
                Err(asked.failed(&error))
            }
        }
    }

    /// Sends a request, with the token where it is an operation's.
    async fn send(
        &self,
        request: &Request,
        headers: Option<&Headers>,
    ) -> Result<Result<reqwest::Response, reqwest::Error>, AdminError> {
        let mut sending = self
            .http
            .request(request.method.clone(), request.url.clone())
            .timeout(request.patience)
            .header(API, API_NUMBER)
            .header("latchkey-source", self.source.word());
        if let Some(headers) = headers {
            sending = sending
                .header(AUTHORIZATION, bearer(&self.token)?)
                .header("x-request-id", &headers.request_id);
            if let Some(key) = &headers.idempotency_key {
                sending = sending.header("idempotency-key", key);
            }
        }
        if let Some(body) = &request.body {
            sending = sending.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        Ok(sending.send().await)
    }
}

/// The token as a header that no log shows.
fn bearer(token: &PlaintextKey) -> Result<HeaderValue, AdminError> {
    let text = zeroize::Zeroizing::new(["Bearer ", token.expose()].concat());
    let mut value = HeaderValue::from_str(&text)
        .ok()
        .filter(|_| !token.expose().is_empty() && token.expose().chars().all(|c| c.is_ascii_graphic()))
        .ok_or_else(|| {
            AdminError::new(
                ErrorCode::AuthFailed,
                "This is no admin token: it holds characters that none has.",
            )
        })?;
    value.set_sensitive(true);
    Ok(value)
}
