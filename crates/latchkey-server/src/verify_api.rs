//! `POST /v1/keys/verify`: a service asks about a key it was shown. A use of the key: counted, limited, recorded; a try
//! of an administrator is an operation and goes another way. The fields are that operation's own.

use http::header::{AUTHORIZATION, HeaderName, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request};
use hyper::body::Incoming;
use latchkey_core::id::RequestId;
use latchkey_core::operations::{KeysVerify, Verification};
use latchkey_core::permission::Requirement;
use latchkey_core::{AdminError, ErrorCode};
use latchkey_verify::credentials;
use latchkey_verify::{Audience, CannotTell, Question, Verdict};

use crate::answer::{Body, Refusal, Response, of_json};
use crate::check;
use crate::operators::admit;
use crate::server::{Peer, Server};
use crate::settings::VerifyToken;
use crate::{body, query, strict_json};

/// Where services ask.
pub(crate) const PATH: &str = "/v1/keys/verify";

/// The most bytes of a body.
const LIMIT: usize = 64 * 1024;

/// Says that an administrator asks, by which program.
const LATCHKEY_SOURCE: HeaderName = HeaderName::from_static("latchkey-source");

/// Whether this is an administrator's try, which counts nowhere.
pub(crate) fn is_a_try(headers: &HeaderMap) -> bool {
    headers.contains_key(LATCHKEY_SOURCE)
}

/// Answers a service.
pub(crate) async fn answer(
    server: &Server,
    request: Request<Incoming>,
    peer: Peer,
    request_id: RequestId,
) -> Response {
    let (parts, body) = request.into_parts();
    match verify(server, &parts, body, peer).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(request_id),
    }
}

async fn verify(server: &Server, parts: &Parts, body: Incoming, peer: Peer) -> Result<Response, Refusal> {
    // A token that is sent must be good, wanted or not: a service that believes to be known is told that it is not.
    let is_known =
        server.settings.verify_token == VerifyToken::Required || parts.headers.contains_key(AUTHORIZATION);
    if is_known {
        Box::pin(admit(server, parts, peer)).await?;
    }
    if let Some(query) = parts.uri.query() {
        credentials::refuse_in_url(&parts.uri).map_err(check::bad)?;
        query::refuse(query)?;
    }
    body::check_json(&parts.headers)?;
    let bytes = body::read(body, LIMIT, server.settings.limits.body_time).await?;
    let KeysVerify { key, permissions, any, client_ip, tenant, environment } = read(&bytes)?;
    let asker = server.client_ip(&parts.headers, peer);
    let mut question = Question {
        audience: Audience::Customers,
        requirement: Requirement { all: permissions, any },
        tenant: None,
        environment,
        // Anybody may say any address: who is not known guesses at their own risk, not at somebody else's.
        asker: asker.filter(|_| !is_known),
    };
    if let Some(selector) = &tenant {
        let look = server.verifier.find_tenant(selector).await.map_err(|why| cannot_tell(&why))?;
        let look = look.ok_or_else(|| AdminError::not_found("tenant").at_field("tenant"))?;
        question.tenant = Some(look.tenant.id);
    }
    // The service knows its client; where it says nothing, it is its own.
    let from = client_ip.or(asker);
    let verdict = server.verifier.verify(key.expose(), &question, from).await;
    verdict.map(|verdict| told(server, &verdict)).map_err(|why| cannot_tell(&why))
}

/// Reads the request: at once where it is as it should be, else in the way that finds what is wrong with it.
fn read(bytes: &[u8]) -> Result<KeysVerify, AdminError> {
    if bytes.first() == Some(&b'{')
        && let Ok(asked) = serde_json::from_slice(bytes)
    {
        return Ok(asked);
    }
    strict_json::read(&[], bytes)
}

fn told(server: &Server, verdict: &Verdict) -> Response {
    let now = server.verifier.now();
    let json = match &verdict.entry {
        Some(entry) if verdict.is_valid() => {
            server.kept.cards.of(entry).json(verdict.rate_limit.as_ref(), now)
        }
        entry => {
            let mut told = match entry {
                Some(entry) => check::verification(entry, verdict.outcome, now),
                None => Verification::refused(verdict.outcome),
            };
            told.rate_limit = verdict.rate_limit;
            serde_json::to_vec(&told).unwrap_or_default()
        }
    };
    let mut response = http::Response::new(Body::once(json));
    *response.headers_mut() = of_json();
    if let Some(seconds) = check::retry_after(verdict, now) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Nobody can tell, which is 503 and never a refusal of the key or token.
pub(crate) fn cannot_tell(why: &CannotTell) -> Refusal {
    Refusal::until(AdminError::new(ErrorCode::Busy, why.why), why.retry_after)
}
