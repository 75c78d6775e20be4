//! Who vouches for a server: the authorities that this computer trusts, and the one of the connection's CA file.
//! Never less than that. Sends nothing.

use std::path::Path;
use std::sync::Arc;

use latchkey_core::AdminError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// No file of certificates is larger.
const LARGEST_BYTES: u64 = 4 * 1024 * 1024;

/// How the line to a server is made: TLS 1.2 or newer, to whom an authority vouches for.
///
/// # Errors
/// `invalid` at `ca_file`.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, AdminError> {
    let mut trusted = RootCertStore::empty();
    // What this computer has and rustls does not understand, it does without.
    trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        for certificate in authority(path)? {
            trusted.add(certificate).map_err(|_| damaged(path))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|_| AdminError::internal())?;
    Ok(builder.with_root_certificates(trusted).with_no_client_auth())
}

fn authority(path: &Path) -> Result<Vec<CertificateDer<'static>>, AdminError> {
    let fits = std::fs::metadata(path).map(|meta| meta.is_file() && meta.len() <= LARGEST_BYTES);
    match fits {
        // Only then: reading from a pipe would wait for somebody to write.
        Ok(true) => {}
        Ok(false) => return Err(wrong(path, "is not a file of certificates.")),
        Err(_) => return Err(wrong(path, "cannot be read. Check the path and that you may read it.")),
    }
    let bytes = std::fs::read(path)
        .map_err(|_| wrong(path, "cannot be read. Check the path and that you may read it."))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = read.map_err(|_| damaged(path))?;
    if certificates.is_empty() {
        let words =
            "holds no certificate in PEM form. Choose the file that begins with -----BEGIN CERTIFICATE-----.";
        return Err(wrong(path, words));
    }
    Ok(certificates)
}

fn damaged(path: &Path) -> AdminError {
    wrong(path, "is damaged: a certificate in it is not whole.")
}

fn wrong(path: &Path, words: &str) -> AdminError {
    AdminError::invalid("ca_file", format!("{} {words}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_vouches_for_nobody_is_told_at_its_field_without_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let torn = "-----BEGIN CERTIFICATE-----\ncanary!!\n-----END CERTIFICATE-----\n";
        for (path, words) in [
            (folder.path().join("missing.pem"), "cannot be read"),
            (folder.path().to_owned(), "is not a file of certificates"),
            (file("notes.pem", "canary notes"), "holds no certificate in PEM form"),
            (file("torn.pem", torn), "is damaged"),
        ] {
            let error = config(Some(&path)).map(drop).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("ca_file"));
            assert!(error.message.contains(words) && !error.message.contains("canary"), "{}", error.message);
        }
        assert!(config(None).is_ok());
    }
}
