//! What is said of a good key: the headers a gateway hands on and the JSON a service reads, made once a key and kept,
//! since both stay the same until the key changes. Decides nothing.

use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use latchkey_core::Timestamp;
use latchkey_core::operations::Verification;
use latchkey_core::permission::Permissions;
use latchkey_core::rate_limit::RateLimit;
use latchkey_core::verification::{Found, Outcome};
use latchkey_store::VerifyEntry;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::answer::begin_complete;

/// How many cards are kept, a power of two: those of the keys that were good most recently, each in a place of its own.
/// With many more keys than places a card is written for each request, which costs about a microsecond.
const PLACES: usize = 16_384;
/// Entries lie this far apart in memory at least, so lower digits of an address tell nothing.
const ENTRY: usize = 64;

/// The key's stable id.
pub(crate) const KEY_ID: HeaderName = HeaderName::from_static("x-latchkey-key-id");
/// Its tenant's short name.
pub(crate) const TENANT: HeaderName = HeaderName::from_static("x-latchkey-tenant");
/// Its role's name, encoded.
pub(crate) const ROLE: HeaderName = HeaderName::from_static("x-latchkey-role");
/// Everything it grants, with single spaces between.
pub(crate) const SCOPES: HeaderName = HeaderName::from_static("x-latchkey-scopes");
/// `true` where that is more than fits, else empty.
pub(crate) const SCOPES_CUT: HeaderName = HeaderName::from_static("x-latchkey-scopes-cut");
/// The user of the tenant it stands for, encoded.
pub(crate) const IDENTITY: HeaderName = HeaderName::from_static("x-latchkey-identity");
/// What it is for: `live` or `test`.
pub(crate) const ENVIRONMENT: HeaderName = HeaderName::from_static("x-latchkey-environment");

/// The longest value of the scopes' header; more are left out whole, which another header says, and the service asks
/// `/v1/keys/verify`.
const SCOPES_MAX: usize = 4096;

/// Names and identities are the administrators' free text. In a header they are percent-encoded UTF-8 but for visible
/// ASCII, so nothing in them ends a header or is lost: spaces, `%` and what breaks lists and quotes are encoded too.
const FREE_TEXT: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'"').add(b',').add(b';').add(b'\\');

/// What is said of one key while it does not change.
pub(crate) struct Card {
    entry: Arc<VerifyEntry>,
    headers: HeaderMap,
    /// Written when it is asked for: gateways never do.
    json: OnceLock<Bytes>,
}

/// The cards that were written.
pub(crate) struct Cards {
    places: Box<[Mutex<Option<Arc<Card>>>]>,
}

impl Default for Cards {
    fn default() -> Self {
        Self { places: (0..PLACES).map(|_| Mutex::new(None)).collect() }
    }
}

impl Cards {
    /// The card of a key that is good.
    pub(crate) fn of(&self, entry: &Arc<VerifyEntry>) -> Arc<Card> {
        // A changed key is a new entry at another address; the card keeps its own entry, and so that one's address.
        let address = Arc::as_ptr(entry).addr();
        let spread = (address / ENTRY) ^ (address / ENTRY / PLACES);
        let place = &self.places[spread % PLACES];
        // Whoever does not get to it at once writes a card of their own: nobody waits here.
        let Ok(mut kept) = place.try_lock() else { return Arc::new(Card::write(entry)) };
        match &*kept {
            Some(card) if Arc::ptr_eq(&card.entry, entry) => Arc::clone(card),
            Some(_) | None => Arc::clone(kept.insert(Arc::new(Card::write(entry)))),
        }
    }
}

impl Card {
    fn write(entry: &Arc<VerifyEntry>) -> Self {
        Self { entry: Arc::clone(entry), headers: identity(entry), json: OnceLock::new() }
    }

    /// The headers of an answer that lets a request pass: those that say who asks, and no more than must be beside them.
    /// Each of these is always there, empty where the key has none, so that a gateway that copies them writes over
    /// whatever a client sent.
    pub(crate) fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    /// `keys.verify`'s answer at `now`. While a key is good nothing in it moves with the time but the limit.
    pub(crate) fn json(&self, limit: Option<&RateLimit>, now: Timestamp) -> Vec<u8> {
        let known = self.json.get_or_init(|| {
            let mut json =
                serde_json::to_vec(&verification(&self.entry, Outcome::Valid, now)).unwrap_or_default();
            // Its end is written with each answer, since the limit stands there.
            json.pop();
            json.into()
        });
        let mut json = Vec::with_capacity(known.len() + 96);
        json.extend_from_slice(known);
        if let Some(limit) = limit {
            json.extend_from_slice(b",\"rate_limit\":");
            // Writing into memory cannot fail.
            let _ = serde_json::to_writer(&mut json, limit);
        }
        json.push(b'}');
        json
    }
}

/// What `keys.verify` says of an entry whose secret was presented.
pub(crate) fn verification(entry: &VerifyEntry, outcome: Outcome, now: Timestamp) -> Verification {
    let found = Found {
        key: &entry.key,
        secret: &entry.secret,
        digest_matches: true,
        tenant_suspended: entry.tenant_suspended,
        tenant_ip: &entry.tenant_ip,
        permissions: &entry.permissions,
        dialect: entry.profile.dialect(),
    };
    let role = entry.role.as_ref().map(|role| role.name.as_str());
    Verification::of(found, &entry.tenant, role, outcome, now)
}

/// All values lie in one piece of memory, since they are read together.
fn identity(entry: &VerifyEntry) -> HeaderMap {
    let (scopes, cut) = scopes(&entry.permissions);
    let values = [
        (KEY_ID, entry.key.id.to_string()),
        (TENANT, free_text(&entry.tenant.slug)),
        (ROLE, entry.role.as_ref().map(|role| free_text(&role.name)).unwrap_or_default()),
        (SCOPES, scopes),
        (IDENTITY, entry.key.identity.as_deref().map(free_text).unwrap_or_default()),
    ];
    let mut text = values.iter().map(|(_, value)| value.as_str()).collect::<String>();
    text.shrink_to_fit();
    let all = Bytes::from(text);
    let mut headers = begin_complete();
    let mut end = 0;
    for (name, value) in values {
        let start = end;
        end += value.len();
        // It is visible ASCII; were it not, nothing is said rather than something else.
        let value = HeaderValue::from_maybe_shared(all.slice(start..end));
        headers.insert(name, value.unwrap_or(HeaderValue::from_static("")));
    }
    headers.insert(SCOPES_CUT, HeaderValue::from_static(if cut { "true" } else { "" }));
    headers.insert(ENVIRONMENT, HeaderValue::from_static(entry.key.environment.word()));
    headers
}

/// The permissions, as many as fit, and whether these are not all; their grammar holds nothing that a header may not.
fn scopes(permissions: &Permissions) -> (String, bool) {
    let mut text = String::new();
    for permission in permissions {
        if text.len() + permission.as_str().len() >= SCOPES_MAX {
            return (text, true);
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(permission.as_str());
    }
    (text, false)
}

fn free_text(text: &str) -> String {
    utf8_percent_encode(text, FREE_TEXT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_is_visible_ascii_in_a_header_and_reads_back() {
        for text in
            ["Read Only", "n8n \"prod\", 100%", "Ключ 🔑", "a\r\nX-Latchkey-Role: admin", "\u{202e}", ""]
        {
            let encoded = free_text(text);
            assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()), "{encoded}");
            let back = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap();
            assert_eq!(back, text);
        }
    }
}
