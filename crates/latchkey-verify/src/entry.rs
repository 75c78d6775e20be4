//! What lies in memory for one secret: what the store said when it was last read, and what outlasts every reading
//! (the proof, the counts). Decides nothing; core does.

use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex, OnceLock};

use latchkey_core::id::{KeyId, SecretId};
use latchkey_core::operator::reserved_tenant;
use latchkey_core::permission::Dialect;
use latchkey_store::VerifyEntry;
use siphasher::sip128::Hash128;

use crate::counting::Gathered;
use crate::limits::Limits;
use crate::question::Audience;
use crate::touched::Reading;

/// One secret as it was read.
pub(crate) struct Hot {
    /// What the store said.
    pub(crate) look: Arc<VerifyEntry>,
    /// The dialect of its profile, looked up once.
    pub(crate) dialect: Dialect,
    /// Whose key it is.
    pub(crate) audience: Audience,
    /// The windows of its key, where its tier has any; shared by the key's secrets and by every reading.
    pub(crate) limits: Option<Arc<Limits>>,
    /// What outlasts this reading.
    pub(crate) lasting: Arc<Lasting>,
    /// When it was read, and which changes make that worth nothing.
    pub(crate) reading: Reading,
}

impl Hot {
    pub(crate) fn new(
        look: VerifyEntry,
        limits: Option<Arc<Limits>>,
        lasting: Arc<Lasting>,
        reading: Reading,
    ) -> Self {
        let audience =
            if look.tenant.id == reserved_tenant() { Audience::Operators } else { Audience::Customers };
        let dialect = look.profile.dialect();
        Self { look: Arc::new(slimmed(look)), dialect, audience, limits, lasting, reading }
    }
}

/// Leaves out what no verification needs and no client may see.
fn slimmed(mut look: VerifyEntry) -> VerifyEntry {
    look.key.notes = String::new();
    look.key.secrets = Vec::new();
    look
}

/// What is known of one secret however often it is read anew: a secret's digest never changes.
pub(crate) struct Lasting {
    /// Which secret.
    pub(crate) secret: SecretId,
    /// Of which key.
    pub(crate) key: KeyId,
    /// The print of the one text that argon2id or the tag accepted.
    pub(crate) proof: OnceLock<Hash128>,
    /// The print of the text that argon2id refused last, so that repeating it costs nothing.
    pub(crate) wrong: Mutex<Option<Hash128>>,
    /// Held by whoever has argon2id at work for it: one at a time.
    pub(crate) proving: tokio::sync::Mutex<()>,
    /// How many wait for that.
    pub(crate) waiting: AtomicU32,
    /// Whether its first use is on its way to the store.
    pub(crate) confirming: AtomicBool,
    /// What it was used for since that was last collected.
    pub(crate) gathered: Mutex<Gathered>,
}

impl Lasting {
    pub(crate) fn of(look: &VerifyEntry) -> Self {
        Self {
            secret: look.secret.id,
            key: look.key.id,
            proof: OnceLock::new(),
            wrong: Mutex::default(),
            proving: tokio::sync::Mutex::default(),
            waiting: AtomicU32::new(0),
            confirming: AtomicBool::new(false),
            gathered: Mutex::default(),
        }
    }
}
