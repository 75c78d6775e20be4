//! The server's certificate: read from PEM files, and read again when they change, while connections go on. Holds no
//! connection. Never repeats what is in a file.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::settings::TlsFiles;

/// How often it is looked whether the files changed.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The certificate that is shown, and from where it is read.
pub(crate) struct Certificate {
    files: TlsFiles,
    shown: RwLock<Arc<CertifiedKey>>,
    read_at: RwLock<Stamp>,
}

/// When the two files were last written, and how long they are.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Certificate {
    /// Reads it.
    ///
    /// # Errors
    /// In words: which file, and what is the matter with it.
    pub(crate) fn of(files: TlsFiles) -> Result<Self, String> {
        let stamp = stamp(&files);
        let shown = RwLock::new(read(&files)?);
        Ok(Self { files, shown, read_at: RwLock::new(stamp) })
    }

    /// Reads it again; what does not read leaves the one that is shown.
    pub(crate) fn reload(&self) {
        *self.read_at.write().unwrap_or_else(PoisonError::into_inner) = stamp(&self.files);
        match read(&self.files) {
            Ok(read) => {
                *self.shown.write().unwrap_or_else(PoisonError::into_inner) = read;
                tracing::info!("the certificate was read again");
            }
            Err(reason) => tracing::error!(reason, "the certificate stays the one before"),
        }
    }

    /// Reads it again where a file changed.
    pub(crate) fn reload_if_changed(&self) {
        let known = *self.read_at.read().unwrap_or_else(PoisonError::into_inner);
        if stamp(&self.files) != known {
            self.reload();
        }
    }
}

/// What accepts TLS connections with this certificate: TLS 1.2 and 1.3, HTTP/1.1.
///
/// # Errors
/// In words.
pub(crate) fn acceptor(certificate: Arc<Certificate>) -> Result<TlsAcceptor, String> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| format!("TLS cannot be set up: {error}."))?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.certificate, &files.key].map(|path| {
        let facts = std::fs::metadata(path).ok()?;
        Some((facts.modified().ok()?, facts.len()))
    })
}

fn read(files: &TlsFiles) -> Result<Arc<CertifiedKey>, String> {
    let certificate = |words: &str| format!("The certificate {} {words}", files.certificate.display());
    let bytes = bytes(&files.certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = chain.map_err(|_| certificate("is damaged: a certificate in it is not whole."))?;
    if chain.is_empty() {
        return Err(certificate("holds none in PEM form. It begins with -----BEGIN CERTIFICATE-----."));
    }
    let key = PrivateKeyDer::from_pem_slice(&self::bytes(&files.key)?).map_err(|_| {
        format!(
            "{} holds no private key in PEM form without a passphrase. It begins with -----BEGIN PRIVATE KEY-----.",
            files.key.display()
        )
    })?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map(Arc::new).map_err(|error| {
        format!(
            "{} and {} do not belong together: {error}.",
            files.certificate.display(),
            files.key.display()
        )
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))
}
