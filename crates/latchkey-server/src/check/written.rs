//! Refusals that many requests get in the same words: each is written once and kept, since nothing in it is another
//! request's but its id. Knows no words and decides nothing.

use std::sync::OnceLock;

use http::StatusCode;
use latchkey_core::id::{ID_LENGTH, RequestId};
use latchkey_core::profile::Profile;
use latchkey_core::verification::Outcome;

use super::answers::{Cause, Refusal, refusal};

const OUTCOMES: usize = Outcome::ALL.len();
/// The outcomes, and beside them a key that is missing and one of which nobody can tell.
const CAUSES: usize = OUTCOMES + 2;

/// The refusals that were written.
#[derive(Default)]
pub(crate) struct Refusals {
    places: [[OnceLock<Written>; CAUSES]; Profile::ALL.len()],
}

/// One of them, without what is each request's own.
struct Written {
    status: StatusCode,
    media_type: &'static str,
    challenge: Option<&'static str>,
    /// The body up to the request's id; the whole body where none stands in it.
    before: String,
    /// The body behind the request's id.
    after: Option<String>,
}

impl Refusals {
    /// What a client of this profile's services is told: what [`refusal`] says.
    pub(super) fn of(&self, profile: Profile, cause: &Cause, request_id: RequestId) -> Refusal {
        match self.place(profile, cause) {
            Some(place) => place.get_or_init(|| Written::new(profile, cause)).told(cause, request_id),
            None => refusal(profile, cause, request_id),
        }
    }

    /// Where the refusal is kept; none where words are in it that are this request's alone.
    fn place(&self, profile: Profile, cause: &Cause) -> Option<&OnceLock<Written>> {
        let number = match cause {
            Cause::Refused { outcome, needed, .. } if needed.is_empty() => *outcome as usize,
            Cause::Missing => OUTCOMES,
            Cause::CannotTell { .. } => OUTCOMES + 1,
            Cause::Refused { .. } | Cause::Bad(_) => return None,
        };
        self.places.get(profile as usize)?.get(number)
    }
}

impl Written {
    fn new(profile: Profile, cause: &Cause) -> Self {
        let nobody = RequestId::nil();
        let Refusal { status, media_type, body, challenge, .. } = refusal(profile, cause, nobody);
        let (before, after) = match body.split_once(nobody.encode(&mut [0; ID_LENGTH])) {
            Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
            None => (body, None),
        };
        Self { status, media_type, challenge, before, after }
    }

    fn told(&self, cause: &Cause, request_id: RequestId) -> Refusal {
        let Self { status, media_type, challenge, ref before, ref after } = *self;
        let body = match after {
            Some(after) => [before, request_id.encode(&mut [0; ID_LENGTH]), after].concat(),
            None => before.clone(),
        };
        Refusal { status, media_type, body, challenge, retry_after: cause.retry_after() }
    }
}

#[cfg(test)]
mod tests {
    use latchkey_core::{AdminError, ErrorCode};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn what_was_written_once_says_what_is_written_anew_for_each_request() {
        let refusals = Refusals::default();
        let refused = |outcome, needed: &str, retry_after| Cause::Refused {
            outcome,
            needed: needed.to_owned(),
            retry_after,
        };
        let mut causes: Vec<Cause> =
            Outcome::ALL.iter().map(|outcome| refused(*outcome, "", Some(7))).collect();
        causes.extend([
            refused(Outcome::RateLimited, "", Some(3)),
            refused(Outcome::InsufficientPermissions, "keys:read", None),
            refused(Outcome::InsufficientPermissions, "keys:write", None),
            Cause::Missing,
            Cause::CannotTell { retry_after: 2 },
            Cause::Bad(AdminError::new(ErrorCode::Unreadable, "one")),
            Cause::Bad(AdminError::new(ErrorCode::TooLarge, "another")),
        ]);
        let mut randomness = StdRng::seed_from_u64(5);
        for profile in Profile::ALL {
            for cause in causes.iter().chain(&causes) {
                let id = RequestId::new(latchkey_core::Timestamp::from_millis(1), &mut randomness);
                let (kept, fresh) = (refusals.of(profile, cause, id), refusal(profile, cause, id));
                assert_eq!(kept.body, fresh.body);
                assert_eq!(
                    (kept.status, kept.media_type, kept.challenge, kept.retry_after),
                    (fresh.status, fresh.media_type, fresh.challenge, fresh.retry_after)
                );
            }
        }
    }
}
