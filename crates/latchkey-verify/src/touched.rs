//! Which readings a change makes worthless. Every change that the feed hears of gets a number; what was read before the
//! number of its key, tenant or role is read again before it is believed. Knows nothing of the store.
//!
//! The numbers stand in a table of fixed size, by hash: two that share a place cost a reading too many now and then,
//! never a stale answer, and nothing has to be found or kept for ids that are not in memory.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use latchkey_core::id::{KeyId, RoleId, TenantId};
use latchkey_core::operations::Touched;
use latchkey_store::VerifyEntry;

/// Places of the table: 512 KiB.
const PLACES: usize = 1 << 16;

/// The numbers of the last changes.
pub(crate) struct Numbers {
    places: Box<[AtomicU64]>,
    hash: RandomState,
    /// The number of the last change that was taken in.
    last: AtomicU64,
    /// The number of the last one that touched a key: only these make secrets that were not there before.
    last_of_keys: AtomicU64,
    /// Readings before this number are worth nothing, whatever they are of.
    floor: AtomicU64,
}

/// When something was read, and where the changes that touch it are noted.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    number: u64,
    places: [u16; 3],
}

/// The number that stood when a reading began.
#[derive(Clone, Copy)]
pub(crate) struct Began {
    number: u64,
    /// The same for keys alone.
    pub(crate) of_keys: u64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            places: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            hash: RandomState::new(),
            last: AtomicU64::new(0),
            last_of_keys: AtomicU64::new(0),
            floor: AtomicU64::new(0),
        }
    }
}

impl Numbers {
    /// To be taken before the store is asked: what is committed before that is in the answer.
    pub(crate) fn begin(&self) -> Began {
        Began { number: self.last.load(Ordering::Acquire), of_keys: self.of_keys() }
    }

    /// The number of the last change that touched a key.
    pub(crate) fn of_keys(&self) -> u64 {
        self.last_of_keys.load(Ordering::Acquire)
    }

    /// A reading of this entry.
    pub(crate) fn reading(&self, began: Began, look: &VerifyEntry) -> Reading {
        let key = self.place(&look.key.id);
        // Without a role its own key's place stands twice.
        let role = look.key.role_id.map_or(key, |role| self.place(&role));
        Reading { number: began.number, places: [key, self.place(&look.tenant.id), role] }
    }

    /// Whether nothing that this is about has changed since.
    pub(crate) fn is_current(&self, reading: &Reading) -> bool {
        let current = |place: u16| {
            self.places.get(usize::from(place)).is_none_or(|at| at.load(Ordering::Acquire) <= reading.number)
        };
        let [key, tenant, role] = reading.places;
        current(key)
            && current(tenant)
            && current(role)
            && self.floor.load(Ordering::Acquire) <= reading.number
    }

    /// Notes a change. Only one task does.
    pub(crate) fn note(&self, touched: &[Touched]) {
        if touched.is_empty() {
            return;
        }
        let number = self.last.load(Ordering::Acquire) + 1;
        for Touched { noun, id } in touched {
            let place = match noun.as_str() {
                "key" => id.parse::<KeyId>().ok().map(|id| self.place(&id)),
                "tenant" => id.parse::<TenantId>().ok().map(|id| self.place(&id)),
                "role" => id.parse::<RoleId>().ok().map(|id| self.place(&id)),
                _ => None,
            };
            match place.and_then(|place| self.places.get(usize::from(place))) {
                Some(place) => place.store(number, Ordering::Release),
                // What this version does not know may concern everything.
                None => self.floor.store(number, Ordering::Release),
            }
            if noun != "tenant" && noun != "role" {
                self.last_of_keys.store(number, Ordering::Release);
            }
        }
        // Last: who begins to read from now on sees these changes.
        self.last.store(number, Ordering::Release);
    }

    /// Makes everything that was read worthless.
    pub(crate) fn forget(&self) {
        let number = self.last.load(Ordering::Acquire) + 1;
        self.floor.store(number, Ordering::Release);
        self.last_of_keys.store(number, Ordering::Release);
        self.last.store(number, Ordering::Release);
    }

    fn place(&self, id: &impl Hash) -> u16 {
        // The lowest 16 bits: PLACES is 2^16.
        (self.hash.hash_one(id) & 0xffff) as u16
    }
}
