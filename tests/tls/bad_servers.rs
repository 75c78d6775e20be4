//! Every server that must not be trusted: each is refused with its own code and words, and none of them
//! is told a user name or a password, although each asks for one.

use std::sync::Arc;

use latchkey_core::time::ManualClock;
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::{Access, Encryption, Password, PostgresLogin, PostgresPlace, Store, StoreUrl};
use latchkey_tests::START;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, SanType, date_time_ymd};
use tempfile::NamedTempFile;
use xtask::certificates::{Authority, Identity, for_server, self_signed};

use crate::fake::{Fake, Manner, REQUEST_FOR_TLS};

const USER: &str = "canary_user";
const PASSWORD: &str = "canary-password";

const UNKNOWN_AUTHORITY: &str = "The server's certificate was signed by another authority than that of this connection's CA file. No password was sent. Ask the server's administrator for the right CA file.";
const ANOTHER_NAME: &str = "The server's certificate is for another name. No password was sent. Write the name as it stands in the certificate, or ask the server's administrator.";
const FORGED: &str = "The server's certificate is forged or damaged: its signature is wrong. No password was sent. Tell the server's administrator.";
const NOT_FOR_SERVERS: &str = "The server's certificate is not meant for servers. No password was sent. Ask the server's administrator.";
const NOT_VERIFIED: &str = "The server's certificate cannot be verified. No password was sent. Ask the server's administrator for a valid one.";
const OUTDATED: &str = "The server offers only outdated encryption. No password was sent. Ask its administrator for TLS 1.2 or newer.";
const NOT_TLS: &str = "The encrypted line could not be made: the server's answers are not those of TLS. No password was sent. Check the address and the port.";
const NOT_POSTGRES: &str =
    "What answers at HOST:PORT is not a PostgreSQL server. Check the address and the port.";

/// Tries to open a store there, as a person would whose authority is `authority`.
async fn open(host: &str, port: u16, authority: &Authority) -> AdminError {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    let place = PostgresPlace {
        host: host.to_owned(),
        port,
        database: "keys".to_owned(),
        user: USER.to_owned(),
        schema: "latchkey".to_owned(),
        encryption: Encryption::VerifyFull,
        ca_file: Some(file.path().to_path_buf()),
        client_certificate: None,
        client_key: None,
    };
    let login = PostgresLogin { place, password: Some(Arc::new(Password::new(PASSWORD.to_owned()))) };
    let clock = Arc::new(ManualClock::at(START));
    let opened = Store::open_as(&StoreUrl::Postgres(login), Access::ReadWrite, clock).await;
    let mut error = opened.map(|_| ()).unwrap_err();
    error.message = error.message.replace(&format!("{host}:{port}"), "HOST:PORT");
    error
}

/// Opens a store at a server of this manner, and proves that it was told nothing.
async fn refused(host: &str, manner: Manner, authority: &Authority) -> AdminError {
    let fake = Fake::start(manner);
    let error = open(host, fake.port, authority).await;
    let transcript = fake.transcript();
    assert!(transcript.connections > 0, "nobody came");
    assert!(transcript.raw.starts_with(REQUEST_FOR_TLS), "TLS was not asked for");
    assert_eq!(transcript.decrypted, b"", "something was said to an unverified server");
    for secret in [USER, PASSWORD, "SCRAM"] {
        let said = transcript.raw.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
        assert!(!said, "{secret} was sent in the clear");
    }
    for secret in [USER, PASSWORD] {
        assert!(!error.message.contains(secret), "{}", error.message);
    }
    error
}

/// The same where not a byte may follow the request for TLS.
async fn refused_at_once(manner: Manner) -> AdminError {
    let fake = Fake::start(manner);
    let error = open("localhost", fake.port, &authority()).await;
    let transcript = fake.transcript();
    let requests = REQUEST_FOR_TLS.repeat(transcript.connections);
    assert_eq!(transcript.raw, requests, "more than the request for TLS was sent");
    error
}

fn authority() -> Authority {
    Authority::new("A private authority").unwrap()
}

fn localhost() -> CertificateParams {
    for_server(&["localhost"]).unwrap()
}

/// A certificate for localhost by the right authority, but for what `change` makes of it.
async fn with_a_certificate(change: impl FnOnce(&mut CertificateParams)) -> AdminError {
    let authority = authority();
    let mut wanted = localhost();
    change(&mut wanted);
    refused("localhost", Manner::Shows(authority.sign(&wanted).unwrap()), &authority).await
}

#[track_caller]
fn is(error: &AdminError, code: ErrorCode, words: &str) {
    assert_eq!((error.code, error.message.as_str()), (code, words));
}

#[tokio::test]
async fn an_expired_certificate() {
    let error = with_a_certificate(|wanted| wanted.not_after = date_time_ymd(2021, 1, 1)).await;
    is(
        &error,
        ErrorCode::TlsUntrusted,
        "The server's certificate has expired. No password was sent. Ask its administrator to renew it, and check this computer's clock.",
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet() {
    let error = with_a_certificate(|wanted| wanted.not_before = date_time_ymd(2119, 1, 1)).await;
    is(
        &error,
        ErrorCode::TlsUntrusted,
        "The server's certificate is not valid yet. No password was sent. Check this computer's clock, then ask the server's administrator.",
    );
}

#[tokio::test]
async fn a_certificate_that_signed_itself() {
    let identity = self_signed(&localhost()).unwrap();
    is(
        &refused("localhost", Manner::Shows(identity), &authority()).await,
        ErrorCode::TlsUntrusted,
        NOT_VERIFIED,
    );
}

#[tokio::test]
async fn a_certificate_of_another_authority() {
    let identity = Authority::new("Another authority").unwrap().sign(&localhost()).unwrap();
    is(
        &refused("localhost", Manner::Shows(identity), &authority()).await,
        ErrorCode::TlsUntrusted,
        UNKNOWN_AUTHORITY,
    );
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_only_has_the_same_name() {
    let identity = Authority::new("A private authority").unwrap().sign(&localhost()).unwrap();
    is(&refused("localhost", Manner::Shows(identity), &authority()).await, ErrorCode::TlsUntrusted, FORGED);
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let error = with_a_certificate(|wanted| *wanted = for_server(&["db.example.com"]).unwrap()).await;
    is(&error, ErrorCode::TlsUntrusted, ANOTHER_NAME);
}

#[tokio::test]
async fn a_wildcard_that_does_not_cover_the_name() {
    let error = with_a_certificate(|wanted| *wanted = for_server(&["*.localhost"]).unwrap()).await;
    is(&error, ErrorCode::TlsUntrusted, ANOTHER_NAME);
}

#[tokio::test]
async fn a_certificate_for_the_name_where_the_address_was_asked_for() {
    let authority = authority();
    let identity = authority.sign(&localhost()).unwrap();
    is(
        &refused("127.0.0.1", Manner::Shows(identity), &authority).await,
        ErrorCode::TlsUntrusted,
        ANOTHER_NAME,
    );
}

#[tokio::test]
async fn a_certificate_whose_only_name_is_its_common_name() {
    let error = with_a_certificate(|wanted| wanted.subject_alt_names.clear()).await;
    is(&error, ErrorCode::TlsUntrusted, ANOTHER_NAME);
}

#[tokio::test]
async fn a_name_that_ends_before_a_nul() {
    let name = SanType::DnsName("localhost\0.evil.example".try_into().unwrap());
    let error = with_a_certificate(|wanted| wanted.subject_alt_names = vec![name]).await;
    is(&error, ErrorCode::TlsUntrusted, ANOTHER_NAME);
}

#[tokio::test]
async fn a_clients_certificate_shown_by_a_server() {
    let purpose = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let error = with_a_certificate(|wanted| wanted.extended_key_usages = purpose).await;
    is(&error, ErrorCode::TlsUntrusted, NOT_FOR_SERVERS);
}

#[tokio::test]
async fn an_authority_shown_as_a_server() {
    let authority_itself = IsCa::Ca(BasicConstraints::Unconstrained);
    let error = with_a_certificate(|wanted| wanted.is_ca = authority_itself).await;
    is(&error, ErrorCode::TlsUntrusted, NOT_VERIFIED);
}

#[tokio::test]
async fn a_right_certificate_with_somebody_elses_private_key() {
    let authority = authority();
    let mut identity = authority.sign(&localhost()).unwrap();
    identity.key = authority.sign(&localhost()).unwrap().key;
    is(&refused("localhost", Manner::Shows(identity), &authority).await, ErrorCode::TlsUntrusted, FORGED);
}

#[tokio::test]
async fn a_right_certificate_that_was_changed_after_it_was_signed() {
    let authority = authority();
    let Identity { certificate, key } = authority.sign(&localhost()).unwrap();
    let identity = Identity { certificate: with_another_signature(&certificate), key };
    is(&refused("localhost", Manner::Shows(identity), &authority).await, ErrorCode::TlsUntrusted, FORGED);
}

/// The same certificate with the last letter before the padding changed.
fn with_another_signature(pem: &str) -> String {
    let (body, end) = pem.split_once("\n-----END").unwrap();
    let body = body.trim_end_matches(['=', '\r']);
    let (rest, last) = body.split_at(body.len() - 3);
    let changed = if last.starts_with('A') { "B" } else { "A" };
    let padding = &pem[body.len()..pem.len() - end.len() - "\n-----END".len()];
    format!("{rest}{changed}{}{padding}\n-----END{end}", &last[1..])
}

#[tokio::test]
async fn somebody_who_stands_between_with_a_certificate_of_their_own() {
    let server = std::env::var("LATCHKEY_TEST_POSTGRES").unwrap();
    let port = url::Url::parse(&server).unwrap().port().unwrap();
    let identity = Authority::new("Evil").unwrap().sign(&localhost()).unwrap();
    let error = refused("localhost", Manner::StandsBetween(identity, port), &authority()).await;
    is(&error, ErrorCode::TlsUntrusted, UNKNOWN_AUTHORITY);
}

#[tokio::test]
async fn a_server_that_knows_only_tls_1_1() {
    // An alert: protocol version. Then a ServerHello of TLS 1.1, from a server that does not even say so.
    let alert = b"S\x15\x03\x02\x00\x02\x02\x46".to_vec();
    is(&refused("localhost", Manner::Says(alert), &authority()).await, ErrorCode::TlsUntrusted, OUTDATED);
    let mut hello = b"S\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02".to_vec();
    hello.extend([7; 32]);
    hello.extend(b"\x00\x00\x2f\x00");
    is(&refused("localhost", Manner::Says(hello), &authority()).await, ErrorCode::TlsUntrusted, OUTDATED);
}

#[tokio::test]
async fn a_server_that_agrees_to_tls_and_then_speaks_in_the_clear() {
    // What stands behind the agreement must not be taken for an answer within TLS.
    let clear = b"SR\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I".to_vec();
    is(&refused("localhost", Manner::Says(clear), &authority()).await, ErrorCode::TlsUntrusted, NOT_TLS);
}

#[tokio::test]
async fn a_server_without_tls() {
    is(
        &refused_at_once(Manner::Says(b"N".to_vec())).await,
        ErrorCode::TlsUntrusted,
        "The server at HOST:PORT does not offer an encrypted line. Nothing was sent. Ask its administrator to turn on TLS.",
    );
}

#[tokio::test]
async fn a_server_that_answers_the_request_for_tls_with_an_error() {
    let error = b"E\x00\x00\x00\x1bSFATAL\0C08P01\0Mgo away\0\0".to_vec();
    is(&refused_at_once(Manner::Says(error)).await, ErrorCode::StoreUnusable, NOT_POSTGRES);
}

#[tokio::test]
async fn a_server_of_something_else() {
    let page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec();
    is(&refused_at_once(Manner::Says(page)).await, ErrorCode::StoreUnusable, NOT_POSTGRES);
    is(&refused_at_once(Manner::Says(vec![0xff; 64])).await, ErrorCode::StoreUnusable, NOT_POSTGRES);
}

#[tokio::test]
async fn a_server_that_hangs_up() {
    is(&refused_at_once(Manner::HangsUp).await, ErrorCode::StoreUnusable, NOT_POSTGRES);
}

#[tokio::test]
async fn a_server_that_never_answers() {
    is(
        &refused_at_once(Manner::IsSilent).await,
        ErrorCode::Unreachable,
        "No answer from HOST:PORT. Check the address and that you are on the right network.",
    );
}
