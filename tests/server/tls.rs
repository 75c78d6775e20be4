//! The TLS listener: TLS 1.2 and 1.3, a certificate that is changed while connections go on, and no plaintext where
//! other computers could listen.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use latchkey_server::{Settings, TlsFiles, serve};
use latchkey_tests::Room;
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::raw::Raw;

/// Writes a certificate for this computer and its key; answers the certificate.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(folder.join("tls.crt"), certificate.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), key.serialize_pem()).unwrap();
    certificate.der().clone()
}

fn settings(folder: &Path) -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: Some(TlsFiles { certificate: folder.join("tls.crt"), key: folder.join("tls.key") }),
        ..Settings::default()
    }
}

async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

async fn ask(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut told = String::new();
    while !told.ends_with('}') {
        let mut piece = [0; 1024];
        let count = stream.read(&mut piece).await.unwrap();
        assert!(count > 0, "{told}");
        told.push_str(std::str::from_utf8(&piece[..count]).unwrap());
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_changed_while_connections_go_on() {
    let (room, folder) = (Room::sqlite().await, tempfile::tempdir().unwrap());
    let first = certify(folder.path());
    let serving = serve(room.store.clone(), room.clock.clone(), settings(folder.path())).await.unwrap();
    let mut old = connect(serving.address, &first, rustls::ALL_VERSIONS).await.unwrap();
    let told = ask(&mut old).await;
    assert!(
        told.starts_with("HTTP/1.1 200") && told.contains("strict-transport-security: max-age="),
        "{told}"
    );
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut stream = connect(serving.address, &first, &[version]).await.unwrap();
        assert!(ask(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
    // What does not read leaves the certificate that is shown.
    std::fs::write(folder.path().join("tls.crt"), "no certificate").unwrap();
    serving.reload_certificate();
    assert!(connect(serving.address, &first, rustls::ALL_VERSIONS).await.is_ok());
    let second = certify(folder.path());
    serving.reload_certificate();
    assert!(connect(serving.address, &second, rustls::ALL_VERSIONS).await.is_ok());
    assert!(connect(serving.address, &first, rustls::ALL_VERSIONS).await.is_err());
    assert!(ask(&mut old).await.starts_with("HTTP/1.1 200"), "a line that was there goes on");
    // And without being told.
    let third = certify(folder.path());
    for _ in 0..200 {
        if connect(serving.address, &third, rustls::ALL_VERSIONS).await.is_ok() {
            return serving.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the new certificate is not shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn older_versions_and_plaintext_are_refused_and_whoever_stalls_is_given_up() {
    let (room, folder) = (Room::sqlite().await, tempfile::tempdir().unwrap());
    certify(folder.path());
    let mut settings = settings(folder.path());
    settings.limits.head_time = Duration::from_millis(300);
    let serving = serve(room.store.clone(), room.clock.clone(), settings).await.unwrap();
    // The hello of TLS 1.1 as a client without any newer version sends it.
    let mut hello = vec![0x16, 3, 1, 0, 47, 1, 0, 0, 43, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 4, 0xc0, 0x13, 0, 0x2f, 1, 0]);
    let mut old = TcpStream::connect(serving.address).await.unwrap();
    old.write_all(&hello).await.unwrap();
    let mut told = Vec::new();
    old.read_to_end(&mut told).await.unwrap();
    assert_eq!((told.first(), told.get(5)), (Some(&21), Some(&2)), "a fatal alert: {told:?}");
    let mut plain = TcpStream::connect(serving.address).await.unwrap();
    plain.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut told = Vec::new();
    let _ = plain.read_to_end(&mut told).await;
    assert!(!told.starts_with(b"HTTP"), "{told:?}");
    assert!(Raw::to(serving.address).await.is_closed().await);
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_is_still_shaking_hands_holds_up_a_stop() {
    let (room, folder) = (Room::sqlite().await, tempfile::tempdir().unwrap());
    let trusted = certify(folder.path());
    let mut settings = settings(folder.path());
    settings.limits.head_time = Duration::from_mins(2);
    settings.limits.stop_time = Duration::from_mins(2);
    let serving = serve(room.store.clone(), room.clock.clone(), settings).await.unwrap();
    let mut silent = Raw::to(serving.address).await;
    // It is accepted once a later one is answered.
    let mut idle = connect(serving.address, &trusted, rustls::ALL_VERSIONS).await.unwrap();
    assert!(ask(&mut idle).await.starts_with("HTTP/1.1 200"));
    let begun = tokio::time::Instant::now();
    serving.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert!(silent.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_why_it_does_not_start() {
    let (room, folder) = (Room::sqlite().await, tempfile::tempdir().unwrap());
    let start = |settings: Settings| serve(room.store.clone(), room.clock.clone(), settings);
    let why = |result: Result<latchkey_server::Serving, latchkey_server::CannotServe>| {
        result.map(drop).unwrap_err().to_string()
    };
    let anywhere = Settings { listen: "0.0.0.0:0".parse().unwrap(), ..Settings::default() };
    assert!(why(start(anywhere.clone()).await).contains("without TLS"));
    assert!(start(Settings { plaintext_behind_proxy: true, ..anywhere }).await.is_ok());
    assert!(why(start(settings(folder.path())).await).contains("tls.crt cannot be read"));
    certify(folder.path());
    std::fs::write(folder.path().join("tls.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(why(start(settings(folder.path())).await).contains("do not belong together"));
    std::fs::write(folder.path().join("tls.key"), "-----BEGIN ENCRYPTED PRIVATE KEY-----").unwrap();
    assert!(why(start(settings(folder.path())).await).contains("holds no private key"));
    let taken =
        start(Settings { listen: "127.0.0.1:0".parse().unwrap(), ..Settings::default() }).await.unwrap();
    let again = Settings { listen: taken.address, ..Settings::default() };
    assert!(why(start(again).await).contains("Cannot listen at 127.0.0.1"));
}
