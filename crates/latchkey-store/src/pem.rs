//! The PEM files of a connection: the authority that is trusted, the certificate that is shown and its
//! private key. Says at which field a file is at fault; never repeats what is in it.

use std::path::Path;

use latchkey_core::AdminError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// No file of certificates is larger.
const LARGEST_BYTES: u64 = 4 * 1024 * 1024;

/// The authorities that sign servers' certificates.
///
/// # Errors
/// `invalid` at `ca_file`.
pub(crate) fn authority(path: &Path) -> Result<Vec<u8>, AdminError> {
    certificates("ca_file", path)
}

/// The certificate that the client shows, with those between it and its authority.
///
/// # Errors
/// `invalid` at `client_certificate`.
pub(crate) fn client_certificate(path: &Path) -> Result<Vec<u8>, AdminError> {
    certificates("client_certificate", path)
}

/// The private key of the client's certificate.
///
/// # Errors
/// `invalid` at `client_key`.
pub(crate) fn client_key(path: &Path) -> Result<Vec<u8>, AdminError> {
    let bytes = read("client_key", path)?;
    if PrivateKeyDer::from_pem_slice(&bytes).is_ok() {
        return Ok(bytes);
    }
    let words = if bytes.windows(9).any(|part| part == b"ENCRYPTED") {
        "is protected by a passphrase. Use a key without one that only you may read."
    } else {
        "holds no private key in PEM form. Choose the file that begins with -----BEGIN PRIVATE KEY-----."
    };
    Err(AdminError::invalid("client_key", format!("{} {words}", path.display())))
}

fn certificates(field: &str, path: &Path) -> Result<Vec<u8>, AdminError> {
    let bytes = read(field, path)?;
    let mut whole = 0;
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        if certificate.is_err() {
            let words = format!("{} is damaged: a certificate in it is not whole.", path.display());
            return Err(AdminError::invalid(field, words));
        }
        whole += 1;
    }
    if whole == 0 {
        let words = format!(
            "{} holds no certificate in PEM form. Choose the file that begins with -----BEGIN CERTIFICATE-----.",
            path.display()
        );
        return Err(AdminError::invalid(field, words));
    }
    Ok(bytes)
}

fn read(field: &str, path: &Path) -> Result<Vec<u8>, AdminError> {
    let fits = std::fs::metadata(path).map(|meta| meta.is_file() && meta.len() <= LARGEST_BYTES);
    match fits {
        // Only then: reading from a pipe would wait for somebody to write.
        Ok(true) => std::fs::read(path).map_err(|_| not_readable(field, path)),
        Ok(false) => {
            let words = format!("{} is not a file of certificates.", path.display());
            Err(AdminError::invalid(field, words))
        }
        Err(_) => Err(not_readable(field, path)),
    }
}

fn not_readable(field: &str, path: &Path) -> AdminError {
    let words = format!("{} cannot be read. Check the path and that you may read it.", path.display());
    AdminError::invalid(field, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_pem_is_told_at_its_field_without_its_text() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let missing = folder.path().join("missing.pem");
        let notes = file("notes.pem", "canary notes");
        let torn = file("torn.pem", "-----BEGIN CERTIFICATE-----\ncanary!!\n-----END CERTIFICATE-----\n");
        let locked = file(
            "locked.pem",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        );
        for (outcome, field, words) in [
            (authority(&missing), "ca_file", "cannot be read"),
            (authority(folder.path()), "ca_file", "is not a file of certificates"),
            (authority(&notes), "ca_file", "holds no certificate in PEM form"),
            (client_certificate(&torn), "client_certificate", "is damaged"),
            (client_key(&notes), "client_key", "holds no private key in PEM form"),
            (client_key(&locked), "client_key", "is protected by a passphrase"),
        ] {
            let error = outcome.unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field));
            assert!(error.message.contains(words), "{}", error.message);
            assert!(!error.message.contains("canary"));
        }
    }
}
