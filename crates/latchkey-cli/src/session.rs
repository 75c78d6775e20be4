//! What every call of one run shares: who asks, how the answer is printed, the idempotency key.
//! Opens no store.

use latchkey_core::id::{IdempotencyKey, RequestId};
use latchkey_core::{AdminError, Call, Caller, Clock, Effect, Operation, Source, SystemClock};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;

/// One run of the program.
pub struct Session {
    /// Print exactly the answer of the HTTP API.
    pub json: bool,
    caller: Caller,
    idempotency_key: Option<IdempotencyKey>,
}

impl Session {
    /// A run of whoever is logged in to this computer.
    pub fn of_this_user(json: bool, idempotency_key: Option<IdempotencyKey>) -> Self {
        Self { json, caller: Caller::with_the_store(user(), Source::Cli), idempotency_key }
    }

    /// The same run on a store whose database knows this account.
    pub fn with_account(&self, account: Option<&str>) -> Self {
        Self {
            json: self.json,
            caller: Caller::with_the_account(&self.caller.actor, account, Source::Cli),
            idempotency_key: self.idempotency_key.clone(),
        }
    }

    /// The same run, whose minting calls have this idempotency key.
    pub fn under(self, idempotency_key: IdempotencyKey) -> Self {
        Self { idempotency_key: Some(idempotency_key), ..self }
    }

    /// Refuses an idempotency key where it would mean nothing.
    ///
    /// # Errors
    /// `invalid` at `idempotency_key` for what does not mint.
    pub fn check_idempotency(&self, effect: Effect) -> Result<(), AdminError> {
        match (effect, &self.idempotency_key) {
            (Effect::Reads | Effect::Changes, Some(_)) => Err(AdminError::invalid(
                "idempotency_key",
                "Only commands that make a new key or token (issue, create, rotate, remint) take an idempotency key. Leave it out.",
            )),
            (Effect::Mints, _) | (_, None) => Ok(()),
        }
    }

    /// A call of its own request id. Only what mints carries the idempotency key.
    pub fn call<O: Operation>(&self, operation: O) -> Call<O> {
        let idempotency_key = match O::EFFECT {
            Effect::Mints => self.idempotency_key.clone(),
            Effect::Reads | Effect::Changes => None,
        };
        // Without the operating system's randomness nothing in Latchkey can go on.
        let request_id = RequestId::new(SystemClock.now(), &mut UnwrapErr(SysRng));
        Call { operation, caller: self.caller.clone(), request_id, idempotency_key }
    }
}

/// The name the operating system knows the person by.
pub fn user() -> String {
    whoami::username().ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
