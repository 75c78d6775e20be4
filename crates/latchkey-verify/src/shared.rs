//! What all clones of a verifier and its tasks share. Holds no behaviour: each room adds its own.

use latchkey_store::Store;

use crate::addresses::Failures;
use crate::clock::Hands;
use crate::cold::LookUps;
use crate::counting::Usage;
use crate::events::Events;
use crate::feed::Feed;
use crate::lane::Lane;
use crate::memory::Memory;
use crate::settings::Settings;
use crate::stats::Counters;
use crate::writing::Errands;

/// Everything of one verifier.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) hands: Hands,
    pub(crate) memory: Memory,
    pub(crate) feed: Feed,
    pub(crate) look_ups: LookUps,
    pub(crate) lane: Lane,
    pub(crate) failures: Failures,
    pub(crate) usage: Usage,
    pub(crate) events: Events,
    pub(crate) errands: Errands,
    pub(crate) counters: Counters,
}
