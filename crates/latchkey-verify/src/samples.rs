//! Entries as the store gives them, made by hand for the tests of each room.

use latchkey_core::digest::Digest;
use latchkey_core::id::{KeyId, SecretId};
use latchkey_core::key::{Environment, Key, Secret};
use latchkey_core::key_format::KeyFormat;
use latchkey_core::operations::TenantRef;
use latchkey_core::permission::Permissions;
use latchkey_core::profile::Profile;
use latchkey_core::{PlaintextKey, Span, Timestamp};
use latchkey_store::VerifyEntry;
use rand::SeedableRng;
use rand::rngs::StdRng;

/// The beginning of an hour.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_262_400_000);

/// A good key of a tenant `acme`.
pub(crate) fn entry() -> VerifyEntry {
    drawn(1).0
}

/// The same by number, with its text. Its digest is none, so that drawing many is quick.
pub(crate) fn drawn(number: u64) -> (VerifyEntry, PlaintextKey) {
    let mut randomness = StdRng::seed_from_u64(number);
    let (plaintext, public_id) = KeyFormat::with_head("sk_live_").draw(&mut randomness);
    let tenant = TenantRef {
        id: latchkey_core::id::TenantId::new(NOW, &mut StdRng::seed_from_u64(0)),
        slug: "acme".to_owned(),
        name: "ACME Corp".to_owned(),
    };
    let secret = Secret {
        id: SecretId::new(NOW, &mut randomness),
        public_id,
        head: "sk_live_".to_owned(),
        digest: Digest::stored(format!("none {number}")),
        created_at: NOW,
        lapses_at: NOW.plus(Span::minutes(15)),
        grace: Span::ZERO,
        next_expiry: None,
        confirmed_at: Some(NOW),
        not_after: None,
        killed_at: None,
    };
    let key = Key {
        id: KeyId::new(NOW, &mut randomness),
        tenant_id: tenant.id,
        name: format!("key {number}"),
        notes: "for people".to_owned(),
        owner: "dana".to_owned(),
        environment: Environment::Live,
        role_id: None,
        scopes: Permissions::default(),
        identity: None,
        integration: None,
        tags: Vec::new(),
        tier: None,
        ip: Vec::new(),
        grace: None,
        expires_at: None,
        suspended_at: None,
        revocation: None,
        created_at: NOW,
        created_by: "dana".to_owned(),
        updated_at: NOW,
        updated_by: "dana".to_owned(),
        version: 1,
        secrets: vec![secret.clone()],
    };
    let entry = VerifyEntry {
        key,
        secret,
        tag: None,
        tenant,
        tenant_suspended: false,
        tenant_ip: Vec::new(),
        profile: Profile::Latchkey,
        role: None,
        permissions: Permissions::default(),
    };
    (entry, plaintext)
}
