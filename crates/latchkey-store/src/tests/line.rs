//! The line to PostgreSQL as one plain server can show it: what is said when there is none, what a dead
//! connection does to the next call, what a change says whose answer is lost. TLS and poolers are tested
//! against servers of their own, in `tests/` of the workspace.

use std::time::Duration;

use latchkey_core::ErrorCode;
use latchkey_core::operations::*;
use latchkey_core::time::Clock;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::room::{Room, at, login, op, perform, perform_once, run};
use super::verifying::{happened, used};
use super::wire::{Wire, Wish};
use crate::fault::Fault;
use crate::statement::sql;
use crate::{Encryption, Revision, Store, StoreUrl};

async fn refused(room: &Room, url: &StoreUrl) -> (ErrorCode, String) {
    let error = Store::open(url, room.clock.clone()).await.err().expect("it opens");
    (error.code, error.message)
}

/// The address of a server that sends this to whoever comes, and closes.
async fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 512];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    port
}

#[tokio::test]
async fn what_is_no_postgresql_is_told_with_its_address() {
    let room = Room::postgres().await;
    for (bytes, code, words) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            ErrorCode::Unreachable,
            "closed the line without an answer",
        ),
        (b"\x16\x03\x01\x02\0", ErrorCode::StoreUnusable, "is not a PostgreSQL server"),
        // A message that is shorter than its own head: sqlx panics over it.
        (b"R\0\0\0\0", ErrorCode::StoreUnusable, "is not a PostgreSQL server"),
        (b"", ErrorCode::Unreachable, "closed the line without an answer"),
    ] {
        let port = answering(bytes).await;
        let url = at(&room.url, |place| place.port = port);
        let (told, message) = refused(&room, &url).await;
        assert_eq!(told, code, "{message}");
        assert!(message.contains(words) && message.contains(&format!("127.0.0.1:{port}")), "{message}");
    }
}

#[tokio::test]
async fn who_and_where_that_are_not_known_are_told() {
    let room = Room::postgres().await;
    let nowhere = at(&room.url, |place| place.host = "no-such-host.invalid".to_owned());
    let words = "The name no-such-host.invalid is not known. Check it for typing errors, and that you are on the right network.";
    assert_eq!(refused(&room, &nowhere).await, (ErrorCode::Unreachable, words.to_owned()));

    let nobody = at(&room.url, |place| place.user = "nobody_of_this_name".to_owned());
    let (code, message) = refused(&room, &nobody).await;
    assert!(matches!(code, ErrorCode::AuthFailed | ErrorCode::CredentialNeeded), "{message}");

    let socket = at(&room.url, |place| place.host = "/nowhere".to_owned());
    let (code, message) = refused(&room, &socket).await;
    assert_eq!(code, ErrorCode::Unreachable);
    assert!(message.starts_with("There is no socket /nowhere/.s.PGSQL."), "{message}");

    let mut place = login(&room.url).place.clone();
    place.ca_file = Some("missing.pem".into());
    let with_authority = at(&room.url, |changed| *changed = place);
    let error = Store::open(&with_authority, room.clock.clone()).await.err().unwrap();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("ca_file")));
}

#[tokio::test]
async fn a_server_that_offers_no_encryption_is_refused_where_it_must_be_encrypted() {
    let room = Room::postgres().await;
    // 'N' is how PostgreSQL says that it has no TLS.
    let port = answering(b"N").await;
    for encryption in [Encryption::VerifyFull, Encryption::Require] {
        let url = at(&room.url, |place| (place.port, place.encryption) = (port, encryption));
        let (code, message) = refused(&room, &url).await;
        assert_eq!(code, ErrorCode::TlsUntrusted);
        assert_eq!(
            message,
            format!(
                "The server at 127.0.0.1:{port} does not offer an encrypted line. Nothing was sent. Ask its administrator to turn on TLS."
            )
        );
    }
}

#[tokio::test]
async fn dead_connections_harm_neither_the_next_question_nor_the_next_change() {
    let room = Room::postgres().await;
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
    for round in 0..2 {
        let questions = (0..8).map(|_| {
            let store = room.store.clone();
            tokio::spawn(async move { perform(&store, op::<TenantsList>(json!({}))).await })
        });
        for question in questions.collect::<Vec<_>>() {
            question.await.unwrap().unwrap();
        }
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        run(&room.url, kill).await;
        if round == 0 {
            room.does(op::<TenantsList>(json!({}))).await;
        } else {
            room.does(op::<KeysIssue>(json!({ "tenant": "acme", "name": "n8n" }))).await;
        }
    }
}

#[tokio::test]
async fn what_the_database_cancels_is_told_and_was_not_done() {
    let room = Room::postgres().await;
    let mut tx = room.store.shared.pool.begin_write().await.unwrap();
    sql("SET LOCAL statement_timeout TO '20ms'").run(&mut tx).await.unwrap();
    let error = sql("SELECT pg_sleep(5)").run(&mut tx).await.unwrap_err().into_admin_error();
    assert_eq!(error.code, ErrorCode::Busy);
    assert!(error.message.starts_with("The database cancelled this"), "{}", error.message);
    drop(tx);
    // What a transaction brings along counts in it and does not outlive it.
    let mut tx = room.store.shared.pool.begin_write().await.unwrap();
    let (patience,): (String,) = sql("SHOW statement_timeout").one(&mut tx).await.unwrap();
    assert_eq!(patience, "5s");
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_waited_for_and_then_told() {
    let room = Room::postgres().await;
    let mut holder = room.store.shared.pool.begin_write().await.unwrap();
    sql("SELECT seq FROM audit_head FOR UPDATE").run(&mut holder).await.unwrap();
    let create = op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }));
    let error = perform(&room.store, create).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Busy);
    assert_eq!(error.message, "Another program is writing to this database. Try again in a moment.");
    drop(holder);
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
}

/// A change on a line that breaks or falls silent when the change is to be committed: nobody claims
/// that nothing happened, and the store is of use again once the line is.
async fn lost_at_commit(wish: Wish, words: &str) {
    let room = Room::postgres().await;
    let wire = Wire::to(login(&room.url).place.port).await;
    let url = at(&room.url, |place| place.port = wire.port);
    let store = Store::open(&url, room.clock.clone()).await.unwrap();
    wire.at_commit(wish);
    let create = op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }));
    let error = perform_once(&store, create, Some("once")).await.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Unreachable, words));
    wire.at_commit(Wish::Pass);
    if wish == Wish::SwallowTheAnswer {
        // So long nobody says whether it was made.
        tokio::time::pause();
        tokio::time::advance(Duration::from_mins(1)).await;
        tokio::time::resume();
    }
    let asked = perform(&store, op::<ChangesMade>(json!({ "idempotency_key": "once" }))).await;
    assert!(asked.unwrap().made.is_some());
    let found = perform(&store, op::<TenantsList>(json!({}))).await.unwrap();
    assert_eq!(found.total, 1, "it was made");
}

#[tokio::test]
async fn a_line_that_breaks_at_the_commit_leaves_the_outcome_unknown() {
    let words = "The line to the database broke before it answered. Whether it was done is not known; reload and look before you do it again.";
    lost_at_commit(Wish::CutTheAnswer, words).await;
}

#[tokio::test]
async fn a_line_that_falls_silent_at_the_commit_is_not_waited_for_without_end() {
    let words =
        "No answer in 10 s. Whether it was done is not known; reload and look before you do it again.";
    lost_at_commit(Wish::SwallowTheAnswer, words).await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_told_in_seconds() {
    let room = Room::postgres().await;
    let wire = Wire::to(login(&room.url).place.port).await;
    let url = at(&room.url, |place| place.port = wire.port);
    let store = Store::open(&url, room.clock.clone()).await.unwrap();
    wire.cut().await;
    let gone = tokio::time::timeout(Duration::from_secs(9), store.shared.pool.begin_write()).await;
    assert!(
        matches!(gone.unwrap().err(), Some(Fault::Refused(error)) if error.code == ErrorCode::Unreachable)
    );
    // Verifications wait less; the bound here is for a loaded machine.
    let looks = async {
        let now = room.clock.now();
        [
            store.entries(&["zzzzzz".parse().unwrap()]).await.map(drop),
            store.revision().await.map(drop),
            store.moved_since(&Revision { number: 0, hash: String::new() }, Duration::ZERO).await.map(drop),
            store.clock_offset().await.map(drop),
            store.record_events(&[happened(now)]).await,
        ]
    };
    for looked in tokio::time::timeout(Duration::from_secs(30), looks).await.unwrap() {
        assert_eq!(looked.unwrap_err().code, ErrorCode::Unreachable);
    }
}

#[tokio::test]
async fn what_is_gathered_waits_for_no_change_that_is_under_way() {
    let room = Room::postgres().await;
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
    let (issued, _) = room.mints(op::<KeysIssue>(json!({ "tenant": "acme", "name": "n8n" }))).await;
    let mut holder = room.store.shared.pool.begin_write().await.unwrap();
    sql("SELECT seq FROM audit_head FOR UPDATE").run(&mut holder).await.unwrap();
    let now = room.clock.now();
    room.store.record_usage(&[used(issued.key.id, issued.key.secrets[0].id, now)]).await.unwrap();
    room.store.record_events(&[happened(now)]).await.unwrap();
    drop(holder);
}

#[tokio::test]
async fn a_store_in_another_schema_of_the_database_is_named_and_left_alone() {
    let room = Room::postgres().await;
    let elsewhere = at(&room.url, |place| place.schema = "keys_of_acme".to_owned());
    let (code, message) = refused(&room, &elsewhere).await;
    assert_eq!(code, ErrorCode::StoreEmpty);
    assert!(message.contains("in the schema keys_of_acme, but it has in latchkey."), "{message}");
    // A second store stands beside the first.
    let second = Store::create(&elsewhere, "sk", room.clock.clone()).await.unwrap();
    room.does(op::<TenantsCreate>(json!({"slug": "acme", "name": "ACME Corp"}))).await;
    let tenants = perform(&second, op::<TenantsList>(json!({}))).await.unwrap();
    assert_eq!(tenants.total, 0);
}
