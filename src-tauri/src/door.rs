//! The one door for operations: a map from name to what reads the request, performs it and takes the answer
//! apart, built by walking the table, so that no operation can be forgotten. Knows no window and no slot.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use latchkey_core::id::{IdempotencyKey, RequestId};
use latchkey_core::operation::read_request;
use latchkey_core::operations::{PerformsEvery, Visitor, every_operation};
use latchkey_core::{AdminError, Answer, Call, Caller, Effect, ErrorCode, Operation, Perform, PlaintextKey};
use serde_json::Value;

/// A call as it comes from the window, once its operation is known.
pub struct Asked {
    /// The request's fields.
    pub request: Value,
    /// Who asks.
    pub caller: Caller,
    /// For finding it.
    pub request_id: RequestId,
    /// For minting once.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What came back: the part that may be shown and, from minting operations, the key beside it.
pub struct Answered {
    /// For the window.
    pub shown: Value,
    /// For the slot.
    pub plaintext: Option<PlaintextKey>,
}

type Answering = Pin<Box<dyn Future<Output = Result<Answered, AdminError>> + Send>>;

/// One operation behind the door.
pub struct Behind<P> {
    /// Its name, as the table writes it.
    pub name: &'static str,
    /// What it does to the store.
    pub effect: Effect,
    handle: fn(P, Asked) -> Answering,
}

/// Every operation by name.
pub struct Door<P>(HashMap<&'static str, Behind<P>>);

impl<P: PerformsEvery + Clone> Door<P> {
    /// A door to every operation of the table.
    pub fn new() -> Self {
        let mut door = Self(HashMap::new());
        every_operation(&mut door);
        door
    }

    /// The operation called `name`.
    ///
    /// # Errors
    /// `not_found` for a name that is not in the table.
    pub fn find(&self, name: &str) -> Result<&Behind<P>, AdminError> {
        // The name comes from the page; it is not repeated.
        self.0.get(name).ok_or_else(|| AdminError::new(ErrorCode::NotFound, "There is no such operation."))
    }
}

impl<P: PerformsEvery + Clone> Behind<P> {
    /// Performs a call at `place`. Where it panics, that is an `internal` error and nothing more.
    ///
    /// # Errors
    /// As the operation, with the request's id.
    pub async fn perform(&self, place: P, asked: Asked) -> Result<Answered, AdminError> {
        let request_id = asked.request_id;
        let result = contained((self.handle)(place, asked)).await;
        result.map_err(|error| {
            tracing::info!(operation = self.name, %request_id, code = error.code.word(), "refused");
            error.of_request(request_id)
        })
    }
}

/// Waits for `work` in a task of its own, so that a panic in it ends the task and not what waits.
///
/// # Errors
/// As the work; `internal` when it panicked.
pub async fn contained<T: Send + 'static>(
    work: impl Future<Output = Result<T, AdminError>> + Send + 'static,
) -> Result<T, AdminError> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        // The panic hook has logged where.
        Err(_) => Err(AdminError::internal()),
    }
}

impl<P: PerformsEvery + Clone> Visitor<P> for Door<P> {
    fn visit<O: Operation>(&mut self)
    where
        P: Perform<O>,
    {
        let behind = Behind {
            name: O::NAME,
            effect: O::EFFECT,
            handle: |place, asked| Box::pin(answer::<P, O>(place, asked)),
        };
        self.0.insert(O::NAME, behind);
    }
}

async fn answer<P: Perform<O>, O: Operation>(place: P, asked: Asked) -> Result<Answered, AdminError> {
    let Asked { request, caller, request_id, idempotency_key } = asked;
    // Strings move out of the request into the operation: a key that comes in is wiped with it.
    let operation: O = read_request(request)?;
    let answer = place.perform(Call { operation, caller, request_id, idempotency_key }).await?;
    let (shown, plaintext) = answer.take_apart();
    let shown = serde_json::to_value(&shown).map_err(|_| AdminError::internal())?;
    Ok(Answered { shown, plaintext })
}
