//! The adapter between HTTP and operations: one function for all of them, and the routes, made by walking the table.
//! Holds no operation, no rule and no SQL.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::any;
use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use latchkey_core::id::{IdempotencyKey, KeyId};
use latchkey_core::operation::{Answer, Effect};
use latchkey_core::operations::{ChangesSince, Visitor, every_operation};
use latchkey_core::plaintext::WithPlaintext;
use latchkey_core::{AdminError, Call, ErrorCode, Operation, Perform};
use latchkey_store::Store;
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, timeout};

use crate::answer::{Refusal, Response, in_json};
use crate::operators::{Admitted, admit};
use crate::server::{Asking, Server};
use crate::{body, query, strict_json};

/// How long whoever waits for changes may wait before it is looked whether they still may.
const LOOKED_AGAIN: Duration = Duration::from_secs(5);
/// After how long a request is no longer that of the operator who was let in at its beginning, though nothing changed: a
/// token may have ended.
const LOOKED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What is known of a request once it is answered, for the log and the metrics. Holds no secret and nothing that a
/// caller wrote but an operator's name.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    /// The template of its path.
    pub(crate) route: &'static str,
    /// The operation.
    pub(crate) operation: &'static str,
    /// The operator, once it is known.
    pub(crate) operator: Option<(KeyId, String)>,
    /// From which address, so far as that is known.
    pub(crate) client: Option<IpAddr>,
    /// How it was refused.
    pub(crate) code: Option<ErrorCode>,
}

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// One operation at a path.
#[derive(Clone)]
struct Entry {
    method: Method,
    answer: fn(Arc<Server>, Asking) -> Answering,
}

struct Routes(BTreeMap<&'static str, Vec<Entry>>);

impl Visitor<Store> for Routes {
    fn visit<O: Operation>(&mut self)
    where
        Store: Perform<O>,
    {
        let method = match O::ROUTE.method {
            latchkey_core::operation::Method::Get => Method::GET,
            latchkey_core::operation::Method::Post => Method::POST,
            latchkey_core::operation::Method::Patch => Method::PATCH,
            latchkey_core::operation::Method::Delete => Method::DELETE,
        };
        let entry = Entry { method, answer: |server, asking| Box::pin(answer::<O>(server, asking)) };
        self.0.entry(O::ROUTE.path).or_default().push(entry);
    }
}

/// The routes of every operation.
pub(crate) fn routes() -> Router<Arc<Server>> {
    let mut routes = Routes(BTreeMap::new());
    every_operation::<Store>(&mut routes);
    routes.0.into_iter().fold(Router::new(), |router, (path, entries)| {
        let entries: Arc<[Entry]> = entries.into();
        let handler = move |State(server): State<Arc<Server>>, request: Request| {
            let entries = Arc::clone(&entries);
            async move { by_method(server, &entries, Asking::of(request)).await }
        };
        router.route(path, any(handler))
    })
}

/// Answers by the operation of the request's method.
async fn by_method(server: Arc<Server>, entries: &[Entry], asking: Asking) -> Response {
    match entries.iter().find(|entry| entry.method == asking.parts.method) {
        Some(entry) => (entry.answer)(server, asking).await,
        None => not_allowed(entries.iter().map(|entry| &entry.method), &asking),
    }
}

/// Says which methods a path knows.
pub(crate) fn not_allowed<'a>(known: impl Iterator<Item = &'a Method>, asking: &Asking) -> Response {
    let known: Vec<&str> = known.map(Method::as_str).collect();
    let known = known.join(", ");
    let words = format!("This address knows {known}.");
    let mut response =
        Refusal::from(AdminError::new(ErrorCode::MethodNotAllowed, words)).into_response(asking.request_id);
    if let Ok(known) = HeaderValue::try_from(known) {
        response.headers_mut().insert(ALLOW, known);
    }
    response
}

async fn answer<O: Operation>(server: Arc<Server>, asking: Asking) -> Response
where
    Store: Perform<O>,
{
    let (request_id, client) = (asking.request_id, server.client_ip(&asking.parts.headers, asking.peer));
    let mut noted = Noted { route: O::ROUTE.path, operation: O::NAME, operator: None, client, code: None };
    let mut response = match perform::<O>(&server, asking, &mut noted).await {
        Ok(response) => response,
        Err(refusal) => {
            noted.code = Some(refusal.error.code);
            refusal.into_response(request_id)
        }
    };
    response.extensions_mut().insert(noted);
    response
}

async fn perform<O: Operation>(
    server: &Arc<Server>,
    asking: Asking,
    noted: &mut Noted,
) -> Result<Response, Refusal>
where
    Store: Perform<O>,
{
    let Asking { parts, body, peer, request_id } = asking;
    let (begun, revision) = (Instant::now(), server.verifier.revision());
    let mut admitted = admit(server, &parts, peer).await?;
    noted.operator = admitted.caller.operator.as_ref().map(|operator| (operator.id, operator.name.clone()));
    let path = query::fields(O::ROUTE.path, parts.uri.path())?;
    let said = parts.uri.query().unwrap_or_default();
    let limits = &server.settings.limits;
    let bytes = body::read(body, limits.body, limits.body_time).await?;
    let operation = if O::ROUTE.in_query() {
        if !bytes.is_empty() {
            let words = "This request has no body: its fields travel in the query.";
            return Err(AdminError::new(ErrorCode::Unreadable, words).into());
        }
        query::read::<O>(&path, said)
    } else {
        query::refuse(said)?;
        if !bytes.is_empty() {
            body::check_json(&parts.headers)?;
        }
        strict_json::read::<O>(&path, &bytes)
    };
    let operation = operation.map_err(|error| as_unknown(error, &path))?;
    drop(bytes);
    let idempotency_key = idempotency_key::<O>(&parts.headers)?;
    let call = |caller| Call { operation, caller, request_id, idempotency_key };
    let answered = if O::NAME == ChangesSince::NAME {
        let call = call(admitted.caller.clone());
        wait(server, &mut admitted, call).await
    } else {
        let _turn = turn(server).await?;
        // A body may come slowly, and a turn may have to be waited for: sessions end with the operator all the same.
        if server.verifier.revision() != revision || begun.elapsed() >= LOOKED_AGAIN_AFTER {
            admitted.again(server).await?;
        }
        server.store.perform(call(admitted.caller)).await.map_err(Into::into)
    };
    match O::EFFECT {
        Effect::Reads => {}
        // The next verification in this process sees the change, also one that an earlier request made or of which nobody
        // knows. Where that cannot be told, the verifier answers nothing from memory until it has caught up.
        Effect::Changes | Effect::Mints => drop(server.verifier.catch_up().await),
    }
    let answered = answered?;
    let (shown, plaintext) = answered.take_apart();
    let status = if creates(O::NAME) && (plaintext.is_some() || O::EFFECT != Effect::Mints) {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(in_json(status, &WithPlaintext::new(&shown, plaintext.as_ref())))
}

/// Whether an operation makes something that was not there. Its repetition under an idempotency key is answered with
/// 200, and without a plaintext.
pub(crate) fn creates(name: &str) -> bool {
    matches!(name.split_once('.'), Some((_, "create" | "issue")))
}

/// Waits for a turn at the store.
async fn turn(server: &Server) -> Result<SemaphorePermit<'_>, Refusal> {
    let turn = timeout(server.settings.limits.queue_time, server.admin_turns.acquire()).await;
    let Ok(Ok(turn)) = turn else {
        let words = "The server is busy with other requests. Try again in a moment.";
        return Err(AdminError::new(ErrorCode::Busy, words).into());
    };
    Ok(turn)
}

/// Performs what waits for changes. Whoever waits is looked at again every few seconds, and before it is answered.
async fn wait<O: Operation>(
    server: &Server,
    admitted: &mut Admitted,
    call: Call<O>,
) -> Result<O::Answer, Refusal>
where
    Store: Perform<O>,
{
    let Ok(_turn) = server.waiting_turns.try_acquire() else {
        let words = "Too many programs wait for changes at this server. Try again in a moment.";
        return Err(AdminError::new(ErrorCode::Busy, words).into());
    };
    let mut stop = server.stop.clone();
    let mut waiting = std::pin::pin!(server.store.perform(call));
    loop {
        tokio::select! {
            done = &mut waiting => {
                let answer = done?;
                admitted.after_a_change(server).await?;
                return Ok(answer);
            }
            () = tokio::time::sleep(LOOKED_AGAIN) => admitted.again(server).await?,
            () = stop.told() => {
                let words = "The server stops. Ask again in a moment.";
                return Err(AdminError::new(ErrorCode::Busy, words).into());
            }
        }
    }
}

/// What is no id of ours in a path is as unknown as one that is not there.
fn as_unknown(error: AdminError, path: &[(&'static str, String)]) -> AdminError {
    let field = error.field.as_deref().unwrap_or_default();
    match path.iter().find(|(name, _)| *name == field && error.code == ErrorCode::Invalid) {
        Some((name, _)) => AdminError::not_found(name),
        None => error,
    }
}

/// The name that the caller gave to a change.
fn idempotency_key<O: Operation>(headers: &http::HeaderMap) -> Result<Option<IdempotencyKey>, AdminError> {
    let mut given = headers.get_all("idempotency-key").iter();
    let (Some(first), Effect::Changes | Effect::Mints) = (given.next(), O::EFFECT) else { return Ok(None) };
    let read = first.to_str().ok().filter(|_| given.next().is_none()).and_then(|text| text.parse().ok());
    read.map(Some).ok_or_else(|| {
        let words = "Send one Idempotency-Key of 1 to 100 visible ASCII characters.";
        AdminError::invalid("idempotency_key", words)
    })
}
