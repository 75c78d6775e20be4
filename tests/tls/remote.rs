//! The remote admin API over TLS: whose certificate is trusted, and that nothing is asked of anybody else.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use latchkey_client::{Client, ServerAddress, ServerFacts};
use latchkey_core::operator::OperatorRole;
use latchkey_core::{AdminError, ErrorCode, PlaintextKey, Source};
use latchkey_server::{Serving, Settings, TlsFiles};
use latchkey_tests::Room;
use rcgen::date_time_ymd;
use tempfile::TempDir;
use xtask::certificates::{Authority, Identity, for_server, self_signed};

/// A Latchkey server that shows a certificate, and the token of an administrator.
struct Remote {
    serving: Serving,
    token: PlaintextKey,
    folder: TempDir,
    _room: Room,
}

impl Remote {
    async fn showing(identity: &Identity) -> Self {
        let room = Room::sqlite().await;
        let token = room.operator("lee", OperatorRole::Admin, None).await.token;
        let folder = tempfile::tempdir().unwrap();
        let certificate = file(folder.path(), "certificate.pem", &identity.certificate);
        let key = file(folder.path(), "key.pem", &identity.key);
        let settings = Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: Some(TlsFiles { certificate, key }),
            ..Settings::default()
        };
        let serving = latchkey_server::serve(room.store.clone(), room.clock.clone(), settings).await.unwrap();
        Self { serving, token, folder, _room: room }
    }

    /// Looks at it as somebody who trusts `authority`, by this name.
    async fn looked_at(&self, host: &str, authority: Option<&Authority>) -> Result<ServerFacts, AdminError> {
        let ca_file = authority.map(|authority| file(self.folder.path(), "authority.pem", authority.pem()));
        let url = format!("https://{host}:{}", self.serving.address.port());
        let address = ServerAddress::read(&url, ca_file).unwrap();
        let token = PlaintextKey::new(self.token.expose().to_owned());
        Client::new(address, token, Source::Desktop).unwrap().look().await
    }

    async fn refused(&self, host: &str, authority: Option<&Authority>) -> String {
        let error = self.looked_at(host, authority).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::TlsUntrusted, "{}", error.message);
        error.message
    }
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_a_trusted_authority_is_asked_and_knows_the_token() {
    let authority = Authority::new("Ours").unwrap();
    let wanted = for_server(&["localhost", "127.0.0.1"]).unwrap();
    let remote = Remote::showing(&authority.sign(&wanted).unwrap()).await;
    for host in ["localhost", "127.0.0.1"] {
        let facts = remote.looked_at(host, Some(&authority)).await.unwrap();
        assert_eq!((facts.operator.actor.as_str(), facts.warnings.len()), ("lee", 0));
        assert_eq!(facts.version, env!("CARGO_PKG_VERSION"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_else_is_told_no_token_each_in_words_of_its_own() {
    let (ours, theirs) = (Authority::new("Ours").unwrap(), Authority::new("Theirs").unwrap());
    let here = || for_server(&["localhost"]).unwrap();
    let (mut old, mut early) = (here(), here());
    old.not_after = date_time_ymd(2021, 1, 1);
    early.not_before = date_time_ymd(2119, 1, 1);
    let elsewhere = for_server(&["keys.example.com"]).unwrap();
    for (identity, authority, words) in [
        (theirs.sign(&here()), Some(&ours), "by another authority than that of this connection's CA file"),
        (theirs.sign(&here()), None, "an authority that this computer does not trust"),
        (self_signed(&here()), Some(&ours), "No token was sent"),
        (ours.sign(&old), Some(&ours), "has expired"),
        (ours.sign(&early), Some(&ours), "is not valid yet"),
        (ours.sign(&elsewhere), Some(&ours), "is for another name"),
    ] {
        let remote = Remote::showing(&identity.unwrap()).await;
        let told = remote.refused("localhost", authority).await;
        assert!(told.contains(words) && told.contains("No token was sent."), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_asked_in_the_clear_of_a_server_with_tls() {
    let authority = Authority::new("Ours").unwrap();
    let remote = Remote::showing(&authority.sign(&for_server(&["localhost"]).unwrap()).unwrap()).await;
    let address = ServerAddress::read(&format!("http://{}", remote.serving.address), None).unwrap();
    let token = PlaintextKey::new(remote.token.expose().to_owned());
    let error = Client::new(address, token, Source::Desktop).unwrap().look().await.unwrap_err();
    assert!(matches!(error.code, ErrorCode::Unreachable | ErrorCode::StoreUnusable), "{}", error.message);
}
