//! Operators: who may administer a server. Their tokens are keys of a tenant that is in no list and that no other
//! operation reaches.

use latchkey_core::id::{KeyId, RequestId};
use latchkey_core::key::SecretState;
use latchkey_core::operation::Operation;
use latchkey_core::operations::*;
use latchkey_core::operator::OperatorRole;
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, Call, Caller, ErrorCode, Perform, Source, Span};
use latchkey_store::Store;
use latchkey_tests::{Operator, Room};
use serde_json::{Value, json};

/// Everybody who may administer, in the order of the list.
async fn listed(room: &Room) -> Vec<OperatorDetails> {
    room.call::<OperatorsList>(json!({"limit": 500})).await.unwrap().items
}

/// An admin of this name, who is there already in a room behind a server.
async fn admin(room: &Room, name: &str) -> OperatorDetails {
    let there = listed(room).await.into_iter().find(|operator| operator.key.name == name);
    if let Some(operator) = there {
        return operator;
    }
    let made = room.operator(name, OperatorRole::Admin, None).await;
    OperatorDetails { role: OperatorRole::Admin, grants: vec!["*".parse().unwrap()].into(), key: made.key }
}

async fn refused<O: Operation>(room: &Room, request: Value) -> AdminError
where
    Store: Perform<O>,
{
    let answer = room.call::<O>(request).await.map(drop);
    answer.err().unwrap_or_else(|| panic!("{} was done", O::NAME))
}

async fn refused_by<O: Operation>(room: &Room, operator: &Operator, request: Value) -> AdminError
where
    Store: Perform<O>,
{
    let answer = room.call_by::<O>(operator, None, request).await.map(drop);
    answer.err().unwrap_or_else(|| panic!("{} was done", O::NAME))
}

/// The operations that are asked for something of the operators' tenant, and which they were.
struct Asked<'a> {
    room: &'a Room,
    names: Vec<&'static str>,
}

impl Asked<'_> {
    async fn finds_nothing<O: Operation>(&mut self, request: Value)
    where
        Store: Perform<O>,
    {
        self.names.push(O::NAME);
        let error = refused::<O>(self.room, request).await;
        assert_eq!(error.code, ErrorCode::NotFound, "{}: {error:?}", O::NAME);
    }
}

/// Operations that name neither a customer's key nor tenant, or that know operators' tokens.
const OTHERS: &[&str] = &[
    "tenants.create",
    "tenants.list",
    "keys.get",
    "keys.confirm",
    "keys.remint",
    "keys.find",
    "operators.list",
    "operators.create",
    "operators.update",
    "operators.remove",
    "operators.rotate",
    "operators.current",
    "audit.verify",
    "changes.since",
    "changes.made",
];

in_every_room! {
    async fn nobody_is_called_as_the_audit_calls_a_first_use(room) {
        for name in ["first use", " First  Use"] {
            let error = refused::<OperatorsCreate>(&room, json!({"name": name, "role": "viewer"})).await;
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("name")), "{name}");
        }
    }

    async fn an_operators_token_looks_like_nobodys_key_and_verifies_nowhere(room) {
        room.key("n8n").await;
        let operator = room.operator("ops", OperatorRole::Issuer, Some(&["posts:*"])).await;
        assert!(operator.token.expose().starts_with("lka_") && operator.key.hint.starts_with("lka_"));
        assert_eq!(room.outcome(&operator.token).await, Outcome::NotFound);
        let found = room.call::<KeysFind>(json!({"candidates": [operator.token.expose()]})).await.unwrap();
        assert!(found.items.is_empty());
        let listed = listed(&room).await;
        let shown = listed.iter().find(|shown| shown.key.id == operator.key.id).unwrap();
        assert_eq!((shown.role, shown.grants.clone()), (OperatorRole::Issuer, vec!["posts:*".parse().unwrap()].into()));
        let current = room.call_by::<OperatorsCurrent>(&operator, None, json!({})).await.unwrap();
        assert_eq!((current.actor.as_str(), current.operator.unwrap().role), ("ops", OperatorRole::Issuer));
    }

    async fn operators_are_listed_by_name_and_those_who_were_removed_last(room) {
        for name in ["carl", "Bert", "anna", "aaron"] {
            room.operator(name, OperatorRole::Viewer, None).await;
        }
        let anna = listed(&room).await.iter().find(|operator| operator.key.name == "anna").unwrap().key.id;
        room.call::<OperatorsRemove>(json!({"operator": anna})).await.unwrap();
        let names = |operators: &[OperatorDetails]| operators.iter().map(|operator| operator.key.name.clone()).collect::<Vec<_>>();
        let everybody = names(&listed(&room).await);
        let ours: Vec<_> = everybody.iter().filter(|name| !["dana", "lee"].contains(&name.as_str())).cloned().collect();
        assert_eq!(ours, ["aaron", "Bert", "carl", "anna"]);
        let mut turned = Vec::new();
        let mut cursor = None;
        loop {
            let page = room.call::<OperatorsList>(json!({"limit": 1, "cursor": cursor})).await.unwrap();
            assert_eq!(page.total, everybody.len() as u64);
            turned.extend(names(&page.items));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(turned, everybody);
    }

    async fn an_operators_name_is_unique_until_it_is_removed(room) {
        let first = room.operator("ops", OperatorRole::Viewer, None).await;
        let taken = refused::<OperatorsCreate>(&room, json!({"name": "OPS", "role": "viewer"})).await;
        assert_eq!((taken.code, taken.field.as_deref()), (ErrorCode::NameTaken, Some("name")));
        room.call::<OperatorsRemove>(json!({"operator": first.key.id})).await.unwrap();
        room.operator("ops", OperatorRole::Viewer, None).await;
    }

    async fn an_update_changes_what_is_given_and_refuses_a_stale_version(room) {
        let made = room.operator("ops", OperatorRole::Viewer, Some(&["posts:read"])).await.key;
        let request = json!({"operator": made.id, "role": "issuer", "version": made.version});
        let updated = room.call::<OperatorsUpdate>(request.clone()).await.unwrap();
        assert_eq!((updated.role, updated.key.version), (OperatorRole::Issuer, made.version + 1));
        assert_eq!(updated.grants, vec!["posts:read".parse().unwrap()].into());
        let stale = refused::<OperatorsUpdate>(&room, json!({"operator": made.id, "role": "admin", "version": made.version})).await;
        assert_eq!((stale.code, stale.by.as_deref()), (ErrorCode::Conflict, Some("dana")));
        let request = json!({"operator": made.id, "name": "keeper", "grants": ["posts:*", "users:read"], "expires": "90d"});
        let updated = room.call::<OperatorsUpdate>(request).await.unwrap();
        assert_eq!((updated.role, updated.key.name.as_str()), (OperatorRole::Issuer, "keeper"));
        assert_eq!(updated.grants.len(), 2);
        assert_eq!(updated.key.expires_at, Some(room.now().plus(Span::days(90))));
        let entry = &room.call::<AuditList>(json!({"key": made.id})).await.unwrap().items[0];
        assert_eq!((entry.action.as_str(), entry.target.noun.as_str()), ("operators.update", "key"));
        let own = refused::<OperatorsUpdate>(&room, json!({"operator": made.id, "grants": ["latchkey:*"]})).await;
        assert_eq!((own.code, own.field.as_deref()), (ErrorCode::Invalid, Some("grants")));
    }

    async fn nobody_changes_their_own_role(room) {
        admin(&room, "dana").await;
        let operator = room.operator("ops", OperatorRole::Admin, None).await;
        let error = refused_by::<OperatorsUpdate>(&room, &operator, json!({"operator": operator.key.id, "role": "viewer"})).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Forbidden, Some("role")));
        let request = json!({"operator": operator.key.id, "name": "other", "role": "admin"});
        let renamed = room.call_by::<OperatorsUpdate>(&operator, None, request).await.unwrap();
        assert_eq!((renamed.key.name.as_str(), renamed.role), ("other", OperatorRole::Admin));
    }

    async fn a_role_says_what_an_operator_may_do(room) {
        room.key("n8n").await;
        let viewer = room.operator("viewer", OperatorRole::Viewer, None).await;
        let issuer = room.operator("issuer", OperatorRole::Issuer, None).await;
        room.call_by::<OperatorsList>(&viewer, None, json!({})).await.unwrap();
        room.call_by::<KeysList>(&viewer, None, json!({})).await.unwrap();
        let issue = json!({"tenant": "acme", "name": "flow"});
        assert_eq!(refused_by::<KeysIssue>(&room, &viewer, issue.clone()).await.code, ErrorCode::Forbidden);
        room.call_by::<KeysIssue>(&issuer, None, issue).await.map(drop).unwrap();
        for operator in [&viewer, &issuer] {
            let create = json!({"name": "more", "role": "viewer"});
            assert_eq!(refused_by::<OperatorsCreate>(&room, operator, create).await.code, ErrorCode::Forbidden);
            let tenant = json!({"slug": "beta", "name": "Beta"});
            assert_eq!(refused_by::<TenantsCreate>(&room, operator, tenant).await.code, ErrorCode::Forbidden);
        }
        let last = room.call::<AuditList>(json!({"action": "keys.issue"})).await.unwrap().items.remove(0);
        assert_eq!(last.actor, "issuer");
    }

    async fn the_last_admin_is_neither_removed_nor_made_less_nor_given_an_end(room) {
        let (dana, lee) = (admin(&room, "dana").await.key, admin(&room, "lee").await.key);
        room.operator("viewer", OperatorRole::Viewer, None).await;
        // One whose token was never saved can save nobody.
        let waits = json!({"name": "waits", "role": "admin", "confirm": "later"});
        room.call::<OperatorsCreate>(waits).await.map(drop).unwrap();
        room.call::<OperatorsRemove>(json!({"operator": lee.id})).await.unwrap();
        let remove = refused::<OperatorsRemove>(&room, json!({"operator": dana.id})).await;
        let ends = refused::<OperatorsUpdate>(&room, json!({"operator": dana.id, "expires": "90d"})).await;
        let rotated = refused::<OperatorsRotate>(&room, json!({"operator": dana.id, "expires": "90d"})).await;
        for error in [remove, ends, rotated] {
            assert_eq!(error.code, ErrorCode::LastAdmin, "{error:?}");
        }
        // Behind a server she asks herself, and may not change her own role anyway.
        let less = refused::<OperatorsUpdate>(&room, json!({"operator": dana.id, "role": "issuer"})).await;
        assert!([ErrorCode::LastAdmin, ErrorCode::Forbidden].contains(&less.code), "{less:?}");
        let lasting = room.call::<OperatorsUpdate>(json!({"operator": dana.id, "grants": ["*"], "name": "Dana"})).await.unwrap();
        assert_eq!((lasting.role, lasting.key.expires_at), (OperatorRole::Admin, None));
        room.operator("second", OperatorRole::Admin, None).await;
        room.call::<OperatorsUpdate>(json!({"operator": dana.id, "expires": "90d"})).await.unwrap();
    }

    async fn the_last_admins_token_is_not_cut_before_another_is_saved(room) {
        let (dana, lee) = (admin(&room, "dana").await.key.id, admin(&room, "lee").await.key.id);
        let cut = |operator: KeyId, confirm: &str| json!({"operator": operator, "cut_old": true, "grace": "0", "confirm": confirm});
        // As long as another stands who can mend it, a token may be cut at once.
        room.call::<OperatorsRotate>(cut(lee, "later")).await.map(drop).unwrap();
        let before = room.call::<KeysGet>(json!({"key": dana})).await.unwrap();
        let refused = refused::<OperatorsRotate>(&room, cut(dana, "later")).await;
        assert_eq!(refused.code, ErrorCode::LastAdmin, "lee's new token was saved by nobody: {refused:?}");
        assert!(refused.message.contains("with a grace of 0"), "{}", refused.message);
        assert_eq!(room.call::<KeysGet>(json!({"key": dana})).await.unwrap(), before, "nothing was cut");
        // What it says to do instead: the old one ends when the new one is saved, and not before.
        let instead = json!({"operator": dana, "grace": "0", "confirm": "later"});
        let rotated = room.call::<OperatorsRotate>(instead).await.unwrap();
        assert_eq!(rotated.value.key.secrets.iter().filter(|secret| secret.state == SecretState::Current).count(), 1);
        room.call::<KeysConfirm>(json!({"key": dana})).await.unwrap();
        let states = |key: KeyDetails| key.secrets.iter().map(|secret| secret.state).collect::<Vec<_>>();
        // Behind a server dana's old token has ended; whoever has the store sees it.
        let caller = Caller::with_the_store("owner", Source::Cli);
        let call = Call { operation: KeysGet { key: dana }, caller, request_id: RequestId::nil(), idempotency_key: None };
        assert_eq!(states(room.store.perform(call).await.unwrap()), [SecretState::Current, SecretState::Dead]);
    }

    async fn the_last_admins_token_is_cut_by_one_that_counts_as_saved(room) {
        let (dana, lee) = (admin(&room, "dana").await.key.id, admin(&room, "lee").await.key.id);
        room.call::<OperatorsRemove>(json!({"operator": lee})).await.unwrap();
        let request = json!({"operator": dana, "cut_old": true, "grace": "0", "confirm": "now"});
        assert!(room.call::<OperatorsRotate>(request).await.unwrap().plaintext.is_some());
        assert_eq!(room.store.operator_count().await.unwrap(), 1);
    }

    async fn of_two_admins_who_are_removed_at_once_one_stays(room) {
        let (dana, lee) = (admin(&room, "dana").await.key.id, admin(&room, "lee").await.key.id);
        let other = room.another().await;
        let of_lee = room.call_as::<OperatorsRemove>("dana", None, json!({"operator": lee}));
        let of_dana = other.call_as::<OperatorsRemove>("lee", None, json!({"operator": dana}));
        let (of_lee, of_dana) = tokio::join!(of_lee, of_dana);
        assert!(of_lee.is_ok() != of_dana.is_ok(), "one of the two");
        let code = of_lee.and(of_dana).unwrap_err().code;
        assert!([ErrorCode::LastAdmin, ErrorCode::AuthFailed].contains(&code), "{code:?}");
        assert_eq!(room.store.operator_count().await.unwrap(), 1);
    }

    async fn an_operator_is_removed_once_and_its_history_stays(room) {
        let made = room.operator("ops", OperatorRole::Viewer, None).await.key;
        let removed = room.call::<OperatorsRemove>(json!({"operator": made.id})).await.unwrap();
        assert!(removed.key.revocation.is_some() && removed.role == OperatorRole::Viewer);
        let again = room.call::<OperatorsRemove>(json!({"operator": made.id, "version": 1})).await.unwrap();
        assert_eq!(again.key.version, removed.key.version);
        let history = room.call::<AuditList>(json!({"key": made.id})).await.unwrap();
        let actions: Vec<_> = history.items.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["operators.remove", "operators.create"]);
        let late = refused::<OperatorsUpdate>(&room, json!({"operator": made.id, "role": "admin"})).await;
        assert_eq!(late.code, ErrorCode::KeyRevoked);
        assert_eq!(refused::<OperatorsRotate>(&room, json!({"operator": made.id})).await.code, ErrorCode::KeyRevoked);
    }

    async fn a_rotated_operator_keeps_its_old_token_for_a_day_when_nobody_says(room) {
        let made = room.operator("ops", OperatorRole::Viewer, None).await;
        let rotated = room.call::<OperatorsRotate>(json!({"operator": made.key.id})).await.unwrap();
        assert_eq!(rotated.value.old_until, Some(room.now().plus(Span::hours(24))));
        assert_eq!((rotated.value.key.id, rotated.value.key.name.as_str()), (made.key.id, "ops"));
        assert!(rotated.plaintext.unwrap().expose().starts_with("lka_"));
        let again = refused::<OperatorsRotate>(&room, json!({"operator": made.key.id})).await;
        assert_eq!(again.code, ErrorCode::RotationInGrace);
        let cut = json!({"operator": made.key.id, "cut_old": true, "grace": "0"});
        let cut = room.call::<OperatorsRotate>(cut).await.unwrap().value;
        assert_eq!(cut.old_until, None);
        let request = json!({"operator": made.key.id, "grace": "40d"});
        assert_eq!(refused::<OperatorsRotate>(&room, request).await.code, ErrorCode::PolicyGrace);
    }

    async fn a_token_that_waits_to_be_saved_is_confirmed_and_minted_again_as_a_key_is(room) {
        let request = json!({"name": "ops", "role": "issuer", "confirm": "later"});
        let made = room.call_as::<OperatorsCreate>("dana", Some("make-ops"), request.clone()).await.unwrap();
        let key = made.value.key;
        let replay = room.call_as::<OperatorsCreate>("dana", Some("make-ops"), request).await.unwrap();
        assert!(replay.plaintext.is_none() && replay.value.key.id == key.id && made.plaintext.is_some());
        assert!(room.get(&key).await.unsaved);
        let issuer = room.operator("issuer", OperatorRole::Issuer, None).await;
        for error in [
            refused_by::<KeysGet>(&room, &issuer, json!({"key": key.id})).await,
            refused_by::<KeysConfirm>(&room, &issuer, json!({"key": key.id})).await,
            refused_by::<KeysRemint>(&room, &issuer, json!({"key": key.id})).await,
            refused_by::<UsageGet>(&room, &issuer, json!({"key": key.id})).await,
        ] {
            assert_eq!(error.code, ErrorCode::NotFound, "{error:?}");
        }
        let history = room.call_by::<AuditList>(&issuer, None, json!({"key": key.id})).await.unwrap();
        assert_eq!((history.total, history.items.len()), (0, 0), "as of a key that is unknown");
        let again = room.call::<KeysRemint>(json!({"key": key.id, "confirm": "later"})).await.unwrap();
        assert!(again.plaintext.unwrap().expose().starts_with("lka_"));
        let confirmed = room.call::<KeysConfirm>(json!({"key": key.id})).await.unwrap();
        assert!(!confirmed.unsaved);
        room.call::<UsageGet>(json!({"key": key.id})).await.unwrap();
        assert_eq!(room.call::<AuditList>(json!({"key": key.id})).await.unwrap().total, 3);
    }

    async fn to_every_operation_on_keys_and_tenants_the_operators_do_not_exist(room) {
        room.key("n8n").await;
        let operator = room.operator("ops", OperatorRole::Viewer, None).await;
        let (key, tenant) = (json!(operator.key.id), json!(operator.key.tenant.id));
        let mut asked = Asked { room: &room, names: Vec::new() };
        for tenant in [&tenant, &json!("latchkey")] {
            asked.finds_nothing::<TenantsGet>(json!({"tenant": tenant})).await;
            asked.finds_nothing::<TenantsUpdate>(json!({"tenant": tenant, "notes": "x"})).await;
            asked.finds_nothing::<TenantsSuspend>(json!({"tenant": tenant})).await;
            asked.finds_nothing::<TenantsResume>(json!({"tenant": tenant})).await;
            asked.finds_nothing::<RolesCreate>(json!({"tenant": tenant, "name": "Reader"})).await;
            asked.finds_nothing::<RolesList>(json!({"tenant": tenant})).await;
            asked.finds_nothing::<RolesGet>(json!({"tenant": tenant, "role": "Reader"})).await;
            asked.finds_nothing::<RolesUpdate>(json!({"tenant": tenant, "role": "Reader", "name": "x"})).await;
            asked.finds_nothing::<RolesDelete>(json!({"tenant": tenant, "role": "Reader"})).await;
            asked.finds_nothing::<KeysIssue>(json!({"tenant": tenant, "name": "sneaky"})).await;
            asked.finds_nothing::<KeysList>(json!({"tenant": tenant})).await;
            asked.finds_nothing::<KeysVerify>(json!({"tenant": tenant, "key": operator.token.expose()})).await;
            asked.finds_nothing::<AuditList>(json!({"tenant": tenant})).await;
            asked.finds_nothing::<EventsList>(json!({"tenant": tenant})).await;
            asked.finds_nothing::<UsageGet>(json!({"tenant": tenant})).await;
        }
        asked.finds_nothing::<KeysUpdate>(json!({"key": key, "scopes": ["*"]})).await;
        asked.finds_nothing::<KeysRotate>(json!({"key": key})).await;
        asked.finds_nothing::<KeysRetireOld>(json!({"key": key})).await;
        asked.finds_nothing::<KeysExtendGrace>(json!({"key": key, "by": "1h"})).await;
        asked.finds_nothing::<KeysUndoRotation>(json!({"key": key})).await;
        asked.finds_nothing::<KeysRevoke>(json!({"key": key})).await;
        asked.finds_nothing::<KeysSuspend>(json!({"key": key})).await;
        asked.finds_nothing::<KeysResume>(json!({"key": key})).await;
        asked.finds_nothing::<KeysReactivate>(json!({"key": key})).await;
        let mut names: Vec<_> = asked.names.into_iter().chain(OTHERS.iter().copied()).collect();
        names.sort_unstable();
        names.dedup();
        let mut every = NAMES.to_vec();
        every.sort_unstable();
        assert_eq!(names, every, "an operation is in neither list");
        assert!(room.get(&operator.key).await.revocation.is_none(), "who administers operators sees the token");
    }

    async fn a_customers_key_is_no_operator(room) {
        let (key, _) = room.key("n8n").await;
        for error in [
            refused::<OperatorsUpdate>(&room, json!({"operator": key.id, "role": "admin"})).await,
            refused::<OperatorsRemove>(&room, json!({"operator": key.id})).await,
            refused::<OperatorsRotate>(&room, json!({"operator": key.id})).await,
        ] {
            assert_eq!(error.code, ErrorCode::NotFound);
        }
        assert_eq!(room.get(&key).await.version, key.version);
    }

    async fn operators_are_in_no_list_and_no_count(room) {
        room.operator("ops", OperatorRole::Admin, None).await;
        assert_eq!(room.call::<TenantsList>(json!({})).await.unwrap().total, 0);
        assert_eq!(room.call::<TenantsList>(json!({"search": "latch"})).await.unwrap().total, 0);
        room.key("n8n").await;
        let tenants = room.call::<TenantsList>(json!({})).await.unwrap();
        assert_eq!((tenants.total, tenants.items.len()), (1, 1));
        for sort in ["name", "name_desc", "created", "created_asc", "expires", "expires_desc", "last_used", "last_used_asc"] {
            let keys = room.call::<KeysList>(json!({"sort": sort})).await.unwrap();
            assert_eq!((keys.total, keys.items[0].name.as_str()), (1, "n8n"), "{sort}");
        }
        for search in ["lka_", "latchkey", "ops"] {
            assert_eq!(room.call::<KeysList>(json!({"search": search})).await.unwrap().total, 0, "{search}");
        }
        let facts = room.store.facts().await.unwrap();
        assert_eq!((facts.tenants, facts.keys), (1, 1));
    }

    async fn no_customers_tenant_may_be_called_as_the_operators_is(room) {
        let taken = refused::<TenantsCreate>(&room, json!({"slug": "latchkey", "name": "Latchkey"})).await;
        assert_eq!((taken.code, taken.field.as_deref()), (ErrorCode::NameTaken, Some("slug")));
        room.operator("ops", OperatorRole::Admin, None).await;
        let still = refused::<TenantsCreate>(&room, json!({"slug": "latchkey", "name": "Latchkey"})).await;
        assert_eq!(still.message, taken.message);
    }
}
