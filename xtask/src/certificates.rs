//! Certificates that live as long as a test run: an authority of our own and what it signs. Writes
//! no file, and nothing outside the tests trusts what is made here.

use std::net::IpAddr;

use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};

/// An authority that signs.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its private key, as PEM.
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// The private key, PKCS #8.
    pub key: String,
}

impl Authority {
    /// A new one of this name.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        let mut wanted = of_name(name);
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().context("cannot make a key")?;
        let certificate = wanted.self_signed(&key).context("cannot make an authority")?.pem();
        Ok(Self { certificate, issuer: Issuer::new(wanted, key) })
    }

    /// Its own certificate, as PEM.
    pub fn pem(&self) -> &str {
        &self.certificate
    }

    /// Signs what is wanted, for a new key.
    pub fn sign(&self, wanted: &CertificateParams) -> anyhow::Result<Identity> {
        let key = KeyPair::generate().context("cannot make a key")?;
        let certificate = wanted.signed_by(&key, &self.issuer).context("cannot sign a certificate")?;
        Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

/// A certificate that nobody signed but itself.
pub fn self_signed(wanted: &CertificateParams) -> anyhow::Result<Identity> {
    let key = KeyPair::generate().context("cannot make a key")?;
    let certificate = wanted.self_signed(&key).context("cannot sign a certificate")?;
    Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
}

/// What a server wants certified: that it answers to these names and addresses.
pub fn for_server(names: &[&str]) -> anyhow::Result<CertificateParams> {
    let mut wanted = of_name(names.first().unwrap_or(&"nameless"));
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    for name in names {
        wanted.subject_alt_names.push(match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName((*name).try_into().context("not a name for a certificate")?),
        });
    }
    Ok(wanted)
}

/// What a client wants certified: who it is.
pub fn for_client(name: &str) -> CertificateParams {
    let mut wanted = of_name(name);
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    wanted
}

fn of_name(name: &str) -> CertificateParams {
    let mut wanted = CertificateParams::default();
    wanted.distinguished_name = DistinguishedName::new();
    wanted.distinguished_name.push(DnType::CommonName, name);
    wanted.not_before = date_time_ymd(2020, 1, 1);
    wanted.not_after = date_time_ymd(2120, 1, 1);
    wanted
}
