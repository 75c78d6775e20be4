//! Stores that allow no change: refused by the program before anything is asked of the database, and by
//! the database's session for whatever gets past the program. And what is warned of when a store is opened.

use std::fs;

use latchkey_core::ErrorCode;
use latchkey_core::operations::*;
use serde_json::json;

use super::room::{Room, in_both_rooms, op, perform, run};
use crate::statement::sql;
use crate::{Access, ReadOnly, Store, StoreUrl};

in_both_rooms! {
    async fn a_store_opened_for_looking_refuses_changes_and_answers_questions(room) {
        room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
        assert_eq!(room.store.read_only(), None);
        let store = Store::open_as(&room.url, Access::ReadOnly, room.clock.clone()).await.unwrap();
        assert_eq!(store.read_only(), Some(ReadOnly::Chosen));
        let before = perform(&store, op::<ChangesSince>(json!({}))).await.unwrap().revision;

        let create = op::<TenantsCreate>(json!({ "slug": "globex", "name": "Globex" }));
        let issue = op::<KeysIssue>(json!({ "tenant": "acme", "name": "n8n" }));
        let refused = [perform(&store, create).await.err(), perform(&store, issue).await.err()];
        for error in refused {
            let error = error.expect("it is refused");
            assert_eq!((error.code, error.message.as_str()), (ErrorCode::ReadOnly, "This connection is read-only."));
            assert!(error.request_id.is_some());
        }
        assert_eq!(perform(&store, op::<TenantsList>(json!({}))).await.unwrap().total, 1);
        assert_eq!(perform(&store, op::<ChangesSince>(json!({}))).await.unwrap().revision, before);
        assert!(perform(&store, op::<AuditVerify>(json!({}))).await.unwrap().intact);
        assert_eq!(store.facts().await.unwrap().tenants, 1);
    }

    async fn what_gets_past_the_program_is_refused_by_the_database(room) {
        let store = Store::open_as(&room.url, Access::ReadOnly, room.clock.clone()).await.unwrap();
        for text in ["DELETE FROM meta", "UPDATE numbers SET next = 7", "INSERT INTO meta (name, value) VALUES ('a', 'b')"] {
            // Nobody comes even this far: operations are refused before.
            let refused = match store.shared.pool.begin_write().await {
                Ok(mut tx) => sql(text).run(&mut tx).await.err(),
                Err(fault) => Some(fault),
            };
            let error = refused.expect(text).into_admin_error();
            assert_eq!(error.code, ErrorCode::ReadOnly, "{text}: {}", error.message);
        }
    }
}

#[tokio::test]
async fn a_session_that_was_made_for_looking_allows_no_change_in_any_transaction() {
    let room = Room::postgres().await;
    let store = Store::open_as(&room.url, Access::ReadOnly, room.clock.clone()).await.unwrap();
    let mut tx = store.shared.pool.begin_read().await.unwrap();
    let (setting,): (String,) = sql("SHOW default_transaction_read_only").one(&mut tx).await.unwrap();
    assert_eq!(setting, "on");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_or_folder_that_may_not_be_written_can_be_looked_at() {
    use std::os::unix::fs::PermissionsExt;

    let room = Room::sqlite().await;
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
    room.store.close().await;
    let StoreUrl::Sqlite(path) = &room.url else { unreachable!() };
    let folder = path.parent().unwrap();
    let mode =
        |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(path, 0o400);
    mode(folder, 0o500);
    let bytes = fs::read(path).unwrap();
    assert!(Store::open(&room.url, room.clock.clone()).await.is_err());
    assert_eq!(Store::look(&room.url).await.unwrap().steps, []);
    let store = Store::open_as(&room.url, Access::ReadOnly, room.clock.clone()).await.unwrap();
    assert_eq!(perform(&store, op::<TenantsList>(json!({}))).await.unwrap().total, 1);
    store.close().await;
    mode(folder, 0o700);
    assert_eq!(fs::read(path).unwrap(), bytes);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "nothing was left beside it");
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_is_refused_and_a_file_that_others_may_read_is_warned_of() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let room = Room::sqlite().await;
    assert_eq!(room.store.warnings(), [] as [String; 0]);
    let StoreUrl::Sqlite(path) = &room.url else { unreachable!() };
    let link = path.with_file_name("link.db");
    symlink(path, &link).unwrap();
    let refused = Store::open(&StoreUrl::Sqlite(link.clone()), room.clock.clone()).await.err().unwrap();
    assert_eq!(refused.message, format!("{} is a link. Name the file that it leads to.", link.display()));

    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
    let words = format!("Others may read {}. Allow only yourself: chmod 600.", path.display());
    assert_eq!(room.second().await.warnings(), [words]);
}

#[tokio::test]
async fn an_account_that_may_change_the_audit_is_warned_of() {
    let room = Room::postgres().await;
    let [warning] = room.store.warnings() else { panic!("{:?}", room.store.warnings()) };
    assert!(warning.contains("may change the audit's rows"), "{warning}");
}

#[tokio::test]
async fn an_account_whose_sessions_are_read_only_opens_read_only() {
    let room = Room::postgres().await;
    run(&room.url, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only TO on', current_database()); END $$").await;
    let store = room.second().await;
    assert_eq!(store.read_only(), Some(ReadOnly::Account));
    let create = op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }));
    let error = perform(&store, create).await.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::ReadOnly, ReadOnly::Account.words()));
}
