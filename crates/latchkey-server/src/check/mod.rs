//! Forward-auth: a gateway asks whether a request may pass, and hands on what is answered. The key is read as the
//! profile says, judged by the verifier, answered in the profile's words. Holds no rule about keys.

mod answers;
mod asked;
mod card;
mod nginx;
mod original;
mod written;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use latchkey_core::id::RequestId;
use latchkey_core::profile::Profile;
use latchkey_core::rate_limit::RateLimit;
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, ErrorCode, Timestamp};
use latchkey_verify::credentials::{self, BadCredential, Given, Ways};
use latchkey_verify::{CannotTell, ClientIp, Question, Verdict};

pub(crate) use answers::{Cause, refusal, told};
pub(crate) use asked::{Asked, Through};
pub(crate) use card::verification;
pub(crate) use latchkey_verify::limit_headers::{seconds_up, write as limit_headers};

use self::asked::Unread;
use crate::answer::{Body, Response, of_json};
use crate::server::{Head, Peer, Server};

/// Where gateways ask.
pub(crate) const PATH: &str = "/v1/check";

/// What is kept between requests: questions that were read, cards and refusals that were written.
#[derive(Default)]
pub(crate) struct Kept {
    questions: asked::Questions,
    pub(crate) cards: card::Cards,
    refusals: written::Refusals,
}

/// Whether a request is for forward-auth.
pub(crate) fn is_asked(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a gateway from memory alone, as nearly all are; none where something must be waited for or set right first.
pub(crate) fn answer_warm(
    server: &Server,
    head: Head<'_>,
    peer: Peer,
    request_id: RequestId,
) -> Option<Response> {
    let (query, behind) = question(head)?;
    if behind.is_none() && *head.method != Method::GET {
        return None;
    }
    let answered = server.kept.questions.known(query, server.verifier.tenants_reading(), |asked| {
        let judged = match shown(server, head, peer, asked, behind) {
            Ok((key, from)) => Ok(server.verifier.verify_warm(key.expose(), &asked.question, from)?),
            Err(cause) => Err(cause),
        };
        Some(answer_of(server, asked, judged, request_id))
    });
    answered?
}

/// Answers a gateway.
pub(crate) async fn answer(server: &Server, parts: &Parts, peer: Peer, request_id: RequestId) -> Response {
    let head = Head::from(parts);
    let Some((query, behind)) = question(head) else {
        return turned_away(
            ErrorCode::NotFound,
            "Ask at /v1/check?…, or at /v1/check/QUESTION/…",
            request_id,
        );
    };
    if behind.is_none() && *head.method != Method::GET {
        return not_allowed(request_id);
    }
    let asked = match server.kept.questions.known(query, server.verifier.tenants_reading(), Arc::clone) {
        Some(asked) => asked,
        None => match Box::pin(read_question(server, query)).await {
            Ok(asked) => asked,
            // Not wrapped for nginx: whoever sets up the gateway should see it fail.
            Err(Unread::Bad(error)) => {
                return as_it_is(refusal(Profile::Latchkey, &Cause::Bad(error), request_id), None);
            }
            Err(Unread::CannotTell { why, profile, through }) => {
                return refused(server, (profile, through), &cannot(&why), None, request_id);
            }
        },
    };
    let judged = match shown(server, head, peer, &asked, behind) {
        Ok((key, from)) => {
            let verdict = server.verifier.verify(key.expose(), &asked.question, from).await;
            verdict.map_err(|why| cannot(&why))
        }
        Err(cause) => Err(cause),
    };
    answer_of(server, &asked, judged, request_id)
}

/// The answer to a question whose key was judged, or could not be.
fn answer_of(
    server: &Server,
    asked: &Asked,
    judged: Result<Verdict, Cause>,
    request_id: RequestId,
) -> Response {
    let (cause, limit) = match judged {
        Ok(verdict) if verdict.is_valid() => return passed(server, &verdict),
        Ok(verdict) => (refused_by(&verdict, &asked.question, server.verifier.now()), verdict.rate_limit),
        Err(cause) => (cause, None),
    };
    refused(server, (asked.profile, asked.through), &cause, limit.as_ref(), request_id)
}

/// The request may pass, with whose key it carries.
fn passed(server: &Server, verdict: &Verdict) -> Response {
    let mut response = http::Response::new(Body::once(Bytes::new()));
    if let Some(entry) = &verdict.entry {
        *response.headers_mut() = server.kept.cards.of(entry).headers();
    }
    if let Some(limit) = &verdict.rate_limit {
        limit_headers(response.headers_mut(), limit);
    }
    response
}

/// A refusal in the profile's words, as it travels to the gateway.
fn refused(
    server: &Server,
    (profile, through): (Profile, Through),
    cause: &Cause,
    limit: Option<&RateLimit>,
    request_id: RequestId,
) -> Response {
    let refusal = server.kept.refusals.of(profile, cause, request_id);
    match through {
        Through::AsIs => as_it_is(refusal, limit),
        Through::Nginx => nginx::wrapped(&refusal, cause.word(), limit),
    }
}

/// The original path and query, where they came behind the question.
type Behind<'a> = (&'a str, Option<&'a str>);

/// The question of a request: its query; or, for a gateway that can only put something before the original address,
/// the path's next part, so that nothing in what follows changes it. There an empty one is none: a slash too many must
/// not drop the question.
fn question(head: Head<'_>) -> Option<(&str, Option<Behind<'_>>)> {
    let query = head.uri.query();
    match head.uri.path().strip_prefix(PATH)?.strip_prefix('/') {
        None => Some((query.unwrap_or_default(), None)),
        Some(rest) => {
            let (question, original) = rest.split_once('/')?;
            (!question.is_empty()).then_some((question, Some((original, query))))
        }
    }
}

async fn read_question(server: &Server, query: &str) -> Result<Arc<Asked>, Unread> {
    // A question that was read before holds no key, so this is looked at once.
    credentials::refuse_in_address("", Some(query)).map_err(bad)?;
    server.kept.questions.read(query, &server.verifier).await
}

/// The key that a request shows, and from where; else why nobody looks at it.
fn shown<'a>(
    server: &Server,
    head: Head<'a>,
    peer: Peer,
    asked: &Asked,
    behind: Option<Behind<'_>>,
) -> Result<(Given<'a>, ClientIp), Cause> {
    original::refuse_key(head.headers, behind).map_err(|error| Cause::Bad(bad(error)))?;
    let key = credentials::read(head.headers, ways(asked.profile)).map_err(cause_of)?;
    Ok((key, server.client_ip(head.headers, peer)))
}

/// Why a key that was judged does not open.
pub(crate) fn refused_by(verdict: &Verdict, question: &Question, now: Timestamp) -> Cause {
    let needed = latchkey_verify::refusal::needed(verdict, question);
    Cause::Refused { outcome: verdict.outcome, needed, retry_after: retry_after(verdict, now) }
}

/// In how many whole seconds the refusal is over, at least one.
pub(crate) fn retry_after(verdict: &Verdict, now: Timestamp) -> Option<i64> {
    verdict.retry_at.map(|at| seconds_up(at.since(now).as_millis()).max(1))
}

/// From where each system takes its keys (`domain.md`, Profiles). Where a token of another kind may stand beside the
/// key, only the key's own header is looked at.
pub(crate) const fn ways(profile: Profile) -> Ways {
    match profile {
        Profile::Latchkey => Ways::ALL,
        Profile::DjangoTenant | Profile::Chatapi => Ways::BEARER,
        Profile::FuntimePartner | Profile::Ticket003 => Ways::X_API_KEY,
        Profile::CorePhp => Ways { bearer: true, basic: true, x_api_key: false },
    }
}

/// What a request is refused for before anybody looks at its key.
pub(crate) fn cause_of(why: BadCredential) -> Cause {
    match why {
        BadCredential::Missing => Cause::Missing,
        BadCredential::Malformed => {
            Cause::Refused { outcome: Outcome::Malformed, needed: String::new(), retry_after: None }
        }
        BadCredential::Conflict
        | BadCredential::Unreadable
        | BadCredential::TooLong
        | BadCredential::InUrl => Cause::Bad(bad(why)),
    }
}

/// Nobody can tell.
pub(crate) fn cannot(cannot_tell: &CannotTell) -> Cause {
    let millis = i64::try_from(cannot_tell.retry_after.as_millis()).unwrap_or(i64::MAX);
    Cause::CannotTell { retry_after: seconds_up(millis).max(1) }
}

/// The error of a request that carries its key in a bad way.
pub(crate) fn bad(why: BadCredential) -> AdminError {
    AdminError::new(why.code(), why.to_string())
}

/// A refusal with its own status, headers and body.
pub(crate) fn as_it_is(refusal: answers::Refusal, limit: Option<&RateLimit>) -> Response {
    let mut response = http::Response::new(Body::once(refusal.body));
    *response.status_mut() = refusal.status;
    *response.headers_mut() = of_json();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(refusal.media_type));
    say_when(response.headers_mut(), RETRY_AFTER, refusal.challenge, refusal.retry_after, limit);
    response
}

/// What goes with a refusal beside its words: what would be accepted, and when. nginx takes the time under another name.
fn say_when(
    headers: &mut HeaderMap,
    retry_after: HeaderName,
    challenge: Option<&'static str>,
    seconds: Option<i64>,
    limit: Option<&RateLimit>,
) {
    if let Some(challenge) = challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(seconds) = seconds {
        headers.insert(retry_after, HeaderValue::from(seconds));
    }
    if let Some(limit) = limit {
        limit_headers(headers, limit);
    }
}

/// `GET` alone.
pub(crate) fn not_allowed(request_id: RequestId) -> Response {
    let mut response = turned_away(ErrorCode::MethodNotAllowed, "This address knows GET.", request_id);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    response
}

fn turned_away(code: ErrorCode, words: &str, request_id: RequestId) -> Response {
    let cause = Cause::Bad(AdminError::new(code, words));
    as_it_is(refusal(Profile::Latchkey, &cause, request_id), None)
}
