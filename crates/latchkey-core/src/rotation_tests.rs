//! The rotation state machine against its invariants, over random sequences of operations and of a
//! clock that runs forwards and is turned back. No storage, no argon2id.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::expiry::Expiry;
use crate::id::{KeyId, TenantId};
use crate::key::{Environment, KeyStatus};
use crate::key_format::KeyFormat;
use crate::permission::Permissions;
use crate::time::Floor;

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LONGEST: Span = Span::days(30);

/// The number of sequences the issue names.
const SEQUENCES: u32 = 10_000;

#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    ClockBack(i64),
    Rotate { grace: Span, cut_old: bool, expires: Option<RotationExpiry> },
    Confirm,
    Remint,
    RetireOld,
    Extend(i64),
    Undo,
    Revoke,
    Reactivate,
    Suspend,
    Resume,
    SetExpiry(Option<Span>),
}

fn step() -> impl Strategy<Value = Step> {
    let minute = 60_000i64;
    let grace = prop_oneof![Just(Span::ZERO), Just(Span::minutes(5)), Just(Span::hours(24)), Just(LONGEST)];
    let expires = prop_oneof![
        4 => Just(None),
        1 => Just(Some(RotationExpiry::Keep)),
        1 => Just(Some(RotationExpiry::SameSpan)),
        1 => (1i64..4000).prop_map(|minutes| Some(RotationExpiry::New(Expiry::In(Span::minutes(minutes))))),
    ];
    prop_oneof![
        5 => prop_oneof![1..minute, minute..60 * minute, 60 * minute..40 * 24 * 60 * minute].prop_map(Step::Wait),
        1 => (1..90 * 24 * 60 * minute).prop_map(Step::ClockBack),
        4 => (grace, any::<bool>(), expires).prop_map(|(grace, cut_old, expires)| Step::Rotate { grace, cut_old, expires }),
        5 => Just(Step::Confirm),
        2 => Just(Step::Remint),
        1 => Just(Step::RetireOld),
        1 => (-40 * 24 * 60 * minute..40 * 24 * 60 * minute).prop_map(Step::Extend),
        1 => Just(Step::Undo),
        1 => Just(Step::Revoke),
        1 => Just(Step::Reactivate),
        1 => Just(Step::Suspend),
        1 => Just(Step::Resume),
        1 => proptest::option::of((1i64..60 * 24 * 60).prop_map(Span::minutes)).prop_map(Step::SetExpiry),
    ]
}

fn minted(randomness: &mut StdRng) -> Minted {
    let (_, public_id) = KeyFormat::with_head("sk_live_").draw(randomness);
    Minted {
        id: SecretId::new(START, randomness),
        public_id,
        head: "sk_live_".to_owned(),
        digest: Digest::stored(String::new()),
    }
}

fn new_key(expires_at: Option<Timestamp>, randomness: &mut StdRng) -> Key {
    let mut key = Key {
        id: KeyId::new(START, randomness),
        tenant_id: TenantId::new(START, randomness),
        name: "n8n production".to_owned(),
        notes: String::new(),
        owner: String::new(),
        environment: Environment::Live,
        role_id: None,
        scopes: Permissions::default(),
        identity: None,
        integration: None,
        tags: Vec::new(),
        tier: None,
        ip: Vec::new(),
        grace: None,
        expires_at,
        suspended_at: None,
        revocation: None,
        created_at: START,
        created_by: "test".to_owned(),
        updated_at: START,
        updated_by: "test".to_owned(),
        version: 1,
        secrets: Vec::new(),
    };
    let first = minted(randomness);
    key.add_first_secret(first, START);
    key
}

fn take(key: &mut Key, step: &Step, now: Timestamp, randomness: &mut StdRng) -> Result<(), AdminError> {
    match step {
        Step::Wait(_) | Step::ClockBack(_) => Ok(()),
        Step::Rotate { grace, cut_old, expires } => {
            let asked = Rotate { grace: *grace, cut_old: *cut_old, expires: *expires };
            key.rotate(minted(randomness), asked, now)
        }
        Step::Confirm => key.confirm(now),
        Step::Remint => key.remint(minted(randomness), now),
        Step::RetireOld => key.retire_old(now),
        Step::Extend(by) => {
            key.extend_grace(|until| Timestamp::from_millis(until.as_millis() + by), LONGEST, now)
        }
        Step::Undo => key.undo_rotation(now),
        Step::Revoke => {
            key.revoke("unused", "test", now);
            Ok(())
        }
        Step::Reactivate => key.reactivate(true),
        Step::Suspend => key.suspend(now),
        Step::Resume => key.resume(),
        Step::SetExpiry(span) => key.set_expiry(span.map(|span| now.plus(span)), now),
    }
}

/// What must hold after every step, whatever happened before.
fn check(key: &Key, dead: &mut BTreeSet<SecretId>, now: Timestamp) -> Result<(), TestCaseError> {
    let living: Vec<_> = key.secrets.iter().filter(|secret| secret.state(now) != SecretState::Dead).collect();
    prop_assert!(living.len() <= 2, "more than two live secrets: {living:?}");
    let current = living.iter().filter(|secret| secret.state(now) == SecretState::Current).count();
    prop_assert!(current <= 1, "two current secrets");
    for secret in &key.secrets {
        if secret.state(now) == SecretState::Dead {
            dead.insert(secret.id);
        }
        prop_assert!(
            !dead.contains(&secret.id) || secret.state(now) == SecretState::Dead,
            "a dead secret came back: {secret:?}"
        );
        if let SecretState::Retiring { until } = secret.state(now) {
            let just_before = Timestamp::from_millis(until.as_millis() - 1);
            prop_assert_eq!(secret.state(just_before), SecretState::Retiring { until });
            prop_assert_eq!(secret.state(until), SecretState::Dead, "it dies at exactly T");
            prop_assert!(key.expires_at.is_none_or(|expiry| until <= expiry), "grace extends a life");
        }
        let refused = key.revocation.is_some() || key.suspended_at.is_some() || key.is_expired(now);
        prop_assert!(
            !(refused && key.is_live(secret, now)),
            "{:?} key with a live secret",
            KeyStatus::of(key, now)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(SEQUENCES))]

    #[test]
    fn no_sequence_breaks_the_rules_of_rotation(
        steps in prop::collection::vec(step(), 1..40), life in proptest::option::of(1i64..100), seed: u64
    ) {
        let mut randomness = StdRng::seed_from_u64(seed);
        let mut key = new_key(life.map(|days| START.plus(Span::days(days))), &mut randomness);
        let floor = Floor::default();
        let mut clock = START;
        let mut dead = BTreeSet::new();
        for step in &steps {
            match step {
                Step::Wait(millis) => clock = Timestamp::from_millis(clock.as_millis() + millis),
                Step::ClockBack(millis) => clock = Timestamp::from_millis(clock.as_millis() - millis),
                _ => {}
            }
            let now = floor.raise(clock);
            check(&key, &mut dead, now)?;
            let before = key.clone();
            let done = take(&mut key, step, now, &mut randomness);
            if done.is_err() {
                prop_assert_eq!(&key, &before, "a refused operation changed something: {:?}", step);
            }
            check(&key, &mut dead, now)?;
            never_takes_the_old_key_down(&before, &key, step, now)?;
        }
    }
}

/// Rule 6: until the new secret is confirmed, what worked before works still; only cutting with no
/// grace, or the rotation of an expired key, ends it.
fn never_takes_the_old_key_down(
    before: &Key,
    after: &Key,
    step: &Step,
    now: Timestamp,
) -> Result<(), TestCaseError> {
    let cuts = match step {
        Step::Rotate { grace, cut_old, .. } => *cut_old && grace.is_zero() || before.is_expired(now),
        Step::Remint => false,
        _ => return Ok(()),
    };
    for (old, new) in before.secrets.iter().zip(&after.secrets) {
        if old.state(now) == SecretState::Current {
            prop_assert!(
                cuts || new.state(now) == SecretState::Current,
                "the current secret died: {:?}",
                step
            );
        }
    }
    Ok(())
}

fn confirmed() -> (Key, StdRng) {
    let mut randomness = StdRng::seed_from_u64(3);
    let mut key = new_key(None, &mut randomness);
    key.confirm(START).unwrap();
    (key, randomness)
}

fn rotate(
    key: &mut Key,
    grace: Span,
    cut_old: bool,
    now: Timestamp,
    randomness: &mut StdRng,
) -> Result<(), AdminError> {
    key.rotate(minted(randomness), Rotate { grace, cut_old, expires: None }, now)
}

#[test]
fn a_rotation_that_is_never_finished_changes_no_expiry() {
    let (mut key, mut randomness) = confirmed();
    let expires = Some(RotationExpiry::New(Expiry::In(Span::days(1))));
    let asked = Rotate { grace: Span::hours(1), cut_old: false, expires };
    key.rotate(minted(&mut randomness), asked, START).unwrap();
    assert_eq!(key.expires_at, None);
    let refused = key.remint(minted(&mut randomness), START.plus(Span::days(1))).unwrap_err();
    assert_eq!(refused.code, ErrorCode::KeyExpired, "the chosen expiry has passed");
    let soon = START.plus(Span::hours(1));
    key.remint(minted(&mut randomness), soon).unwrap();
    key.confirm(soon).unwrap();
    assert_eq!(key.expires_at, Some(START.plus(Span::days(1))));
    assert_eq!(KeyStatus::of(&key, soon), KeyStatus::Rotating);
}

#[test]
fn a_rotation_in_grace_is_refused_unless_the_old_one_is_cut() {
    let (mut key, mut randomness) = confirmed();
    rotate(&mut key, Span::hours(24), false, START, &mut randomness).unwrap();
    assert_eq!(
        rotate(&mut key, Span::ZERO, false, START, &mut randomness).unwrap_err().code,
        ErrorCode::SecretUnconfirmed
    );
    key.confirm(START).unwrap();
    assert_eq!(key.old_until(START), Some(START.plus(Span::hours(24))));
    let refused = rotate(&mut key, Span::hours(1), false, START, &mut randomness).unwrap_err();
    assert_eq!(refused.code, ErrorCode::RotationInGrace);
    rotate(&mut key, Span::hours(1), true, START, &mut randomness).unwrap();
    assert_eq!(key.old_until(START), None);
}

#[test]
fn a_compromised_key_is_cut_at_once() {
    let (mut key, mut randomness) = confirmed();
    rotate(&mut key, Span::ZERO, true, START, &mut randomness).unwrap();
    assert_eq!(key.secrets[0].state(START), SecretState::Dead);
    assert_eq!(KeyStatus::of(&key, START), KeyStatus::Unconfirmed);
    assert!(key.is_live(&key.secrets[1], START));
}

#[test]
fn an_unconfirmed_secret_lapses_and_can_be_minted_again_without_a_time_limit() {
    let mut randomness = StdRng::seed_from_u64(4);
    let mut key = new_key(None, &mut randomness);
    let lapsed = START.plus(UNCONFIRMED_LIFE);
    assert!(key.is_live(&key.secrets[0], Timestamp::from_millis(lapsed.as_millis() - 1)));
    assert!(!key.is_live(&key.secrets[0], lapsed));
    assert_eq!(key.confirm(lapsed).unwrap_err().code, ErrorCode::SecretLapsed);
    let much_later = START.plus(Span::days(400));
    key.remint(minted(&mut randomness), much_later).unwrap();
    key.confirm(much_later).unwrap();
    assert_eq!(KeyStatus::of(&key, much_later), KeyStatus::Active);
    assert_eq!(key.remint(minted(&mut randomness), much_later).unwrap_err().code, ErrorCode::NoSuchSecret);
}

#[test]
fn an_expired_key_rotates_only_with_a_new_expiry_and_its_old_secrets_die_at_once() {
    let mut randomness = StdRng::seed_from_u64(5);
    let mut key = new_key(Some(START.plus(Span::days(1))), &mut randomness);
    key.confirm(START).unwrap();
    let now = START.plus(Span::days(1));
    assert_eq!(
        rotate(&mut key, Span::hours(24), false, now, &mut randomness).unwrap_err().code,
        ErrorCode::KeyExpired
    );
    let expires = Some(RotationExpiry::SameSpan);
    key.rotate(minted(&mut randomness), Rotate { grace: Span::hours(24), cut_old: false, expires }, now)
        .unwrap();
    assert_eq!(key.secrets[0].state(now), SecretState::Dead);
    assert_eq!(key.expires_at, Some(now.plus(Span::days(1))));
    assert_eq!(key.set_expiry(None, now), Ok(()));
}

#[test]
fn an_expiry_about_to_pass_is_not_kept_silently_and_one_that_passed_cannot_be_moved() {
    let mut randomness = StdRng::seed_from_u64(6);
    let end = START.plus(Span::hours(12));
    let mut key = new_key(Some(end), &mut randomness);
    key.confirm(START).unwrap();
    let refused = rotate(&mut key, Span::hours(1), false, START, &mut randomness).unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::ExpiresSoon, Some("expires")));
    let keep = Rotate { grace: Span::hours(24), cut_old: false, expires: Some(RotationExpiry::Keep) };
    key.rotate(minted(&mut randomness), keep, START).unwrap();
    key.confirm(START).unwrap();
    assert_eq!(key.old_until(START), Some(end), "grace never extends a life");
    assert_eq!(key.set_expiry(None, end).unwrap_err().code, ErrorCode::KeyExpired);
}

#[test]
fn undo_brings_the_retiring_secret_back_and_ends_the_new_one() {
    let (mut key, mut randomness) = confirmed();
    rotate(&mut key, Span::hours(24), false, START, &mut randomness).unwrap();
    key.confirm(START).unwrap();
    key.undo_rotation(START).unwrap();
    assert_eq!(key.secrets[0].state(START), SecretState::Current);
    assert_eq!(key.secrets[1].state(START), SecretState::Dead);
    assert_eq!(key.undo_rotation(START).unwrap_err().code, ErrorCode::NoSuchSecret);
}

#[test]
fn revocation_wins_and_leaks_are_never_taken_back() {
    let (mut key, mut randomness) = confirmed();
    rotate(&mut key, Span::hours(24), false, START, &mut randomness).unwrap();
    key.revoke("leaked", "dana", START);
    assert_eq!(key.confirm(START).unwrap_err().code, ErrorCode::KeyRevoked);
    let refused = rotate(&mut key, Span::ZERO, true, START, &mut randomness).unwrap_err();
    assert_eq!((refused.code, refused.version), (ErrorCode::KeyRevoked, Some(1)));
    assert_eq!(key.reactivate(true).unwrap_err().code, ErrorCode::PolicyDenied);
    key.revoke("unused", "dana", START);
    assert_eq!(key.revocation.as_ref().unwrap().reason, "leaked", "a second revocation changes nothing");
}

#[test]
fn the_grace_is_extended_and_shortened_within_the_tenants_maximum() {
    let (mut key, mut randomness) = confirmed();
    rotate(&mut key, Span::hours(24), false, START, &mut randomness).unwrap();
    key.confirm(START).unwrap();
    key.extend_grace(|until| until.plus(Span::hours(24)), LONGEST, START).unwrap();
    assert_eq!(key.old_until(START), Some(START.plus(Span::hours(48))));
    key.extend_grace(|_| START.plus(Span::hours(1)), LONGEST, START).unwrap();
    assert_eq!(key.old_until(START), Some(START.plus(Span::hours(1))));
    assert_eq!(key.extend_grace(|_| START, LONGEST, START).unwrap_err().code, ErrorCode::Invalid);
    let too_long = key.extend_grace(|_| START.plus(Span::days(31)), LONGEST, START).unwrap_err();
    assert_eq!((too_long.code, too_long.field.as_deref()), (ErrorCode::PolicyGrace, Some("by")));
    key.retire_old(START).unwrap();
    assert_eq!(key.extend_grace(|until| until, LONGEST, START).unwrap_err().code, ErrorCode::NoSuchSecret);
}
