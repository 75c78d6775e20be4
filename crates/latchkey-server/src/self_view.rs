//! What whoever holds a key may ask about it: is it good, what may it do, from which address is it seen. Shows nothing
//! of the tenant, its people or its notes.

use std::net::IpAddr;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method};
use latchkey_core::id::{KeyId, RequestId};
use latchkey_core::key::Environment;
use latchkey_core::permission::{Permission, Permissions};
use latchkey_core::profile::Profile;
use latchkey_core::rate_limit::RateLimit;
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, Timestamp};
use latchkey_verify::credentials::{self, Given, Ways};
use latchkey_verify::{Question, Verdict};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::answer::{Body, Response};
use crate::check::{self, Cause};
use crate::server::{Peer, Server};

/// Where a key is asked about.
pub(crate) const PATH: &str = "/v1/self";
/// Where it is asked whether a key holds a scope.
const SCOPES: &str = "/v1/self/scopes/";

/// What a holder is told.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct Own<'a> {
    /// Whether the key is good from here, now.
    valid: bool,
    /// If not, why.
    outcome: Outcome,
    /// The address that the request comes from, as it is seen here.
    ip: Option<IpAddr>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    key: Option<OwnKey<'a>>,
}

/// What is said of a key that is good.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct OwnKey<'a> {
    /// Its id, for whoever is asked for help with it.
    key_id: KeyId,
    /// What uses it.
    name: &'a str,
    /// What it is for.
    environment: Environment,
    /// Everything it grants.
    scopes: &'a Permissions,
    /// The user that it stands for.
    identity: Option<&'a str>,
    /// Which limits it has.
    tier: Option<&'a str>,
    /// When this secret stops working.
    expires_at: Option<Timestamp>,
    /// The limit that is closest to being used up.
    rate_limit: Option<RateLimit>,
}

/// Whether the key holds one scope.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct OwnScope {
    /// The scope.
    scope: Permission,
    /// Whether the key is good and holds it.
    granted: bool,
}

/// Whether a request asks about its own key.
pub(crate) fn is_asked(path: &str) -> bool {
    path == PATH || scope_of(path).is_some()
}

fn scope_of(path: &str) -> Option<&str> {
    path.strip_prefix(SCOPES).filter(|scope| !scope.is_empty() && !scope.contains('/'))
}

/// Answers whoever holds a key.
pub(crate) async fn answer(server: &Server, parts: &Parts, peer: Peer, request_id: RequestId) -> Response {
    if parts.method != Method::GET {
        return check::not_allowed(request_id);
    }
    match own(server, parts, peer).await {
        Ok(response) => response,
        Err((cause, limit)) => {
            check::as_it_is(check::refusal(Profile::Latchkey, &cause, request_id), limit.as_ref())
        }
    }
}

/// What is shown and asked for, where both can be read.
fn read(parts: &Parts) -> Result<(Given<'_>, Option<Permission>), Cause> {
    credentials::refuse_in_url(&parts.uri).map_err(check::cause_of)?;
    if let Some(query) = parts.uri.query() {
        crate::query::refuse(query).map_err(Cause::Bad)?;
    }
    let scope = scope_of(parts.uri.path()).map(read_scope).transpose()?;
    let key = credentials::read(&parts.headers, Ways::ALL).map_err(check::cause_of)?;
    Ok((key, scope))
}

/// The answer; or why there is none, with the limit that is used up.
async fn own(server: &Server, parts: &Parts, peer: Peer) -> Result<Response, (Cause, Option<RateLimit>)> {
    let (key, scope) = read(parts).map_err(|cause| (cause, None))?;
    let question = Question::default();
    let from = server.client_ip(&parts.headers, peer);
    let verdict = server.verifier.verify(key.expose(), &question, from).await;
    let verdict = verdict.map_err(|why| (check::cannot(&why), None))?;
    let now = server.verifier.now();
    // Whoever shows a key that is not (or no longer) one is refused; whoever may not use it from here is told so.
    let told = match &verdict.entry {
        Some(entry) => check::told(entry.profile, verdict.outcome),
        None => verdict.outcome,
    };
    match told {
        Outcome::Malformed | Outcome::NotFound | Outcome::RateLimited => {
            let retry_after = check::retry_after(&verdict, now);
            let cause = Cause::Refused { outcome: told, needed: String::new(), retry_after };
            return Err((cause, verdict.rate_limit));
        }
        Outcome::Valid
        | Outcome::WrongTenant
        | Outcome::Revoked
        | Outcome::Suspended
        | Outcome::Expired
        | Outcome::Retired
        | Outcome::WrongEnvironment
        | Outcome::IpDenied
        | Outcome::InsufficientPermissions => {}
    }
    Ok(match scope {
        None => in_json(&show(&verdict, told, from, now), &verdict),
        Some(scope) => {
            let held = verdict.entry.as_ref().filter(|_| verdict.is_valid());
            let granted = held.is_some_and(|entry| entry.permissions.cover(&scope, entry.profile.dialect()));
            in_json(&OwnScope { scope, granted }, &verdict)
        }
    })
}

fn read_scope(written: &str) -> Result<Permission, Cause> {
    let text = percent_decode_str(written).decode_utf8_lossy();
    text.parse().map_err(|error: latchkey_core::permission::BadPermission| {
        Cause::Bad(AdminError::invalid("scope", error.to_string()))
    })
}

fn show(verdict: &Verdict, outcome: Outcome, ip: Option<IpAddr>, now: Timestamp) -> Own<'_> {
    let good = verdict.entry.as_ref().filter(|_| verdict.is_valid());
    let key = good.map(|entry| OwnKey {
        key_id: entry.key.id,
        name: &entry.key.name,
        environment: entry.key.environment,
        scopes: &entry.permissions,
        identity: entry.key.identity.as_deref(),
        tier: entry.key.tier.as_deref(),
        expires_at: [entry.key.expires_at, entry.secret.deadline(now)].into_iter().flatten().min(),
        rate_limit: verdict.rate_limit,
    });
    Own { valid: key.is_some(), outcome, ip, key }
}

fn in_json(value: &impl Serialize, verdict: &Verdict) -> Response {
    let mut response = http::Response::new(Body::once(serde_json::to_vec(value).unwrap_or_default()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(limit) = &verdict.rate_limit {
        check::limit_headers(response.headers_mut(), limit);
    }
    response
}
