//! The memory of the hot path: every secret that was asked for, by its public id, with a print of its text; and the ids
//! that are known to be nobody's. Asks no store and decides nothing.
//!
//! **Why a print.** A text is compared by SipHash-2-4 with 128 bits under a key that this process drew at its start and
//! that never leaves it. That is a pseudo-random function: who does not know its key cannot find two texts with one
//! print, nor a text for a print, better than by guessing 2¹²⁸ ways, and nothing learnt from answers or their times
//! helps, since prints are not shown and are compared in constant time. It needs no resistance against somebody who
//! knows the key: whoever reads this process's memory reads the keys in its requests anyhow. An unkeyed hash would
//! cancel argon2id were it ever written down; this one is worth nothing outside the process. And the 22 random
//! characters it protects could not be guessed from it even with the key.
//!
//! **What it costs.** One entry is about 1.6 KB (a key's names and permissions decide; the notes and other secrets are
//! left out), so a million keys are about 1.6 GB. It is bounded by the secrets that exist: what is not in the store
//! gets no entry, only a place in a table of 512 KiB.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use latchkey_core::id::KeyId;
use latchkey_core::key_format::{PUBLIC_LENGTH, PublicId};
use latchkey_core::rate_limit::Window;
use latchkey_store::VerifyEntry;
use papaya::HashMap as Map;
use rand::CryptoRng;
use siphasher::sip128::{Hash128, SipHasher24};

use crate::entry::{Hot, Lasting};
use crate::limits::Limits;
use crate::touched::{Began, Numbers};

/// The six characters of a public id as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Id(u64);

impl Id {
    pub(crate) fn new(public: [u8; PUBLIC_LENGTH]) -> Self {
        let mut bytes = [0; 8];
        bytes[..PUBLIC_LENGTH].copy_from_slice(&public);
        Self(u64::from_le_bytes(bytes))
    }

    pub(crate) fn of(public: &PublicId) -> Option<Self> {
        public.as_str().as_bytes().first_chunk().copied().map(Self::new)
    }

    /// As the store knows it; none where it is no public id.
    pub(crate) fn public(self) -> Option<PublicId> {
        let bytes = self.0.to_le_bytes();
        std::str::from_utf8(&bytes[..PUBLIC_LENGTH]).ok()?.parse().ok()
    }
}

/// Everything that is remembered.
pub(crate) struct Memory {
    entries: Map<Id, Hot, Mix>,
    unknown: Unknown,
    /// The windows of keys that have any, so that a key's secrets and readings share them.
    limits: Mutex<HashMap<KeyId, Arc<Limits>>>,
    pub(crate) numbers: Numbers,
    print_keys: (u64, u64),
}

impl Memory {
    pub(crate) fn new(randomness: &mut impl CryptoRng) -> Self {
        let mut word = || {
            let mut bytes = [0; 8];
            randomness.fill_bytes(&mut bytes);
            u64::from_le_bytes(bytes)
        };
        let mix = Mix { add: word(), by: word() | 1 };
        Self {
            entries: Map::with_hasher(mix),
            unknown: Unknown::new(mix),
            limits: Mutex::default(),
            numbers: Numbers::default(),
            print_keys: (word(), word()),
        }
    }

    /// The print of a text.
    pub(crate) fn print(&self, text: &str) -> Hash128 {
        SipHasher24::new_with_keys(self.print_keys.0, self.print_keys.1).hash(text.as_bytes())
    }

    /// Looks at the entry of an id, where there is one that no change has made worthless.
    #[inline]
    pub(crate) fn with<T>(&self, id: Id, look: impl FnOnce(&Hot) -> T) -> Option<T> {
        let entries = self.entries.pin();
        entries.get(&id).filter(|hot| self.numbers.is_current(&hot.reading)).map(look)
    }

    /// Whether it is known that this id is nobody's.
    pub(crate) fn is_unknown(&self, id: Id) -> bool {
        self.unknown.holds(id, self.numbers.of_keys())
    }

    /// Takes in what the store said about `asked` since `began`: entries for what there is, and that the others are
    /// nobody's. `windows` says which limits a key has.
    pub(crate) fn take_in(
        &self,
        asked: &[Id],
        began: Began,
        looks: Vec<VerifyEntry>,
        windows: impl Fn(&VerifyEntry) -> Vec<Window>,
    ) {
        let entries = self.entries.pin();
        let mut found = Vec::with_capacity(looks.len());
        for look in looks {
            let Some(id) = Id::of(&look.secret.public_id) else { continue };
            found.push(id);
            let before = entries.get(&id).filter(|hot| is_same_secret(&hot.look, &look));
            let lasting = before.map_or_else(|| Arc::new(Lasting::of(&look)), |hot| Arc::clone(&hot.lasting));
            let limits = self.limits_of(&look, windows(&look));
            let reading = self.numbers.reading(began, &look);
            entries.insert(id, Hot::new(look, limits, lasting, reading));
        }
        for id in asked.iter().filter(|id| !found.contains(id)) {
            entries.remove(id);
            self.unknown.remember(*id, began.of_keys);
        }
    }

    fn limits_of(&self, look: &VerifyEntry, windows: Vec<Window>) -> Option<Arc<Limits>> {
        let mut all = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(&look.key.id);
        if let Some(before) = before.filter(|before| before.are(&windows)) {
            return Some(Arc::clone(before));
        }
        let limits = Limits::new(windows, before.map(Arc::as_ref)).map(Arc::new);
        if let Some(limits) = &limits {
            all.insert(look.key.id, Arc::clone(limits));
        } else {
            all.remove(&look.key.id);
        }
        limits
    }

    /// Forgets everything: the store is not the one it was. Counts of limits stay, for whoever stays.
    pub(crate) fn forget(&self) {
        self.numbers.forget();
        self.entries.pin().clear();
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Whether a reading is of the very secret that was read before, so that its proof still counts.
fn is_same_secret(before: &VerifyEntry, now: &VerifyEntry) -> bool {
    before.secret.id == now.secret.id && before.secret.digest == now.secret.digest
}

/// Ids that are nobody's: a table of fixed size, in which a later id takes an earlier one's place. Each is remembered
/// until a key changes, since a new one might have it.
struct Unknown {
    /// The id in base 62 (36 bits) and the number of the last change of keys (28 bits) in one word. That number comes
    /// round after 268 million changes; to be believed then, an id would have to have kept its place all the while.
    places: Box<[AtomicU64]>,
    mix: Mix,
}

const UNKNOWN_PLACES: usize = 1 << 16;
const NUMBER_BITS: u32 = 28;

impl Unknown {
    fn new(mix: Mix) -> Self {
        Self { places: (0..UNKNOWN_PLACES).map(|_| AtomicU64::new(u64::MAX)).collect(), mix }
    }

    fn holds(&self, id: Id, number: u64) -> bool {
        match (self.place(id), word(id, number)) {
            (Some(place), Some(word)) => place.load(Ordering::Acquire) == word,
            _ => false,
        }
    }

    fn remember(&self, id: Id, number: u64) {
        if let (Some(place), Some(word)) = (self.place(id), word(id, number)) {
            place.store(word, Ordering::Release);
        }
    }

    fn place(&self, id: Id) -> Option<&AtomicU64> {
        let hash = usize::try_from(self.mix.hash_one(id) & 0xffff).ok()?;
        self.places.get(hash)
    }
}

/// An id and a number in one word; none where the id is no public id.
fn word(id: Id, number: u64) -> Option<u64> {
    let mut value = 0u64;
    for byte in id.0.to_le_bytes().into_iter().take(PUBLIC_LENGTH) {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return None,
        };
        value = value * 62 + u64::from(digit);
    }
    Some(value << NUMBER_BITS | number & ((1 << NUMBER_BITS) - 1))
}

/// Spreads ids over a table: they are random already, and who asks for ids that are not there must not know which fall
/// together, so two words of randomness are mixed in.
#[derive(Clone, Copy)]
struct Mix {
    add: u64,
    by: u64,
}

/// The state of [`Mix`].
struct Mixing {
    mix: Mix,
    state: u64,
}

impl BuildHasher for Mix {
    type Hasher = Mixing;

    fn build_hasher(&self) -> Mixing {
        Mixing { mix: *self, state: 0 }
    }
}

impl Hasher for Mixing {
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.state ^ word ^ self.mix.add) * u128::from(self.mix.by);
        #[allow(clippy::cast_possible_truncation)] // both halves, folded
        let folded = product as u64 ^ (product >> 64) as u64;
        self.state = folded;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.state
    }
}
