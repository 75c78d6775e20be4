//! Why a server's encryption is not trusted, in words: the same for a database and for a Latchkey server, since the
//! person is the same and does the same. Knows no TLS library; who has one says which of these it is.

use crate::error::{AdminError, ErrorCode};

/// What is wrong with a server's certificate or its TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not begun.
    NotYetValid,
    /// No authority that is trusted vouches for it.
    UnknownAuthority,
    /// The authority of one's own, which alone is trusted, does not vouch for it.
    AnotherAuthority,
    /// The certificate is somebody else's.
    AnotherName,
    /// Its authority took the certificate back.
    Revoked,
    /// The certificate's signature is wrong.
    Forged,
    /// The certificate is for something else than servers.
    NotForServers,
    /// The certificate does not do, for another reason.
    NotVerified,
    /// There is no version or cipher that both take.
    Outdated,
    /// What answers speaks no TLS.
    NotTls,
}

/// The secret that was kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptBack {
    /// A database's password.
    Password,
    /// An operator's token.
    Token,
}

impl Distrust {
    /// `tls_untrusted`, with what is the matter, what was not sent, and what to do.
    #[must_use]
    pub fn told(self, kept_back: KeptBack) -> AdminError {
        let (wrong, next) = self.words();
        let secret = match kept_back {
            KeptBack::Password => "password",
            KeptBack::Token => "token",
        };
        AdminError::new(ErrorCode::TlsUntrusted, format!("{wrong} No {secret} was sent. {next}"))
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Expired => (
                "The server's certificate has expired.",
                "Ask its administrator to renew it, and check this computer's clock.",
            ),
            Self::NotYetValid => (
                "The server's certificate is not valid yet.",
                "Check this computer's clock, then ask the server's administrator.",
            ),
            Self::UnknownAuthority => (
                "The server's certificate was signed by an authority that this computer does not trust.",
                "If it is your company's, choose its CA file in this connection.",
            ),
            Self::AnotherAuthority => (
                "The server's certificate was signed by another authority than that of this connection's CA file.",
                "Ask the server's administrator for the right CA file.",
            ),
            Self::AnotherName => (
                "The server's certificate is for another name.",
                "Write the name as it stands in the certificate, or ask the server's administrator.",
            ),
            Self::Revoked => ("The server's certificate was revoked.", "Ask the server's administrator."),
            Self::Forged => (
                "The server's certificate is forged or damaged: its signature is wrong.",
                "Tell the server's administrator.",
            ),
            Self::NotForServers => {
                ("The server's certificate is not meant for servers.", "Ask the server's administrator.")
            }
            Self::NotVerified => (
                "The server's certificate cannot be verified.",
                "Ask the server's administrator for a valid one.",
            ),
            Self::Outdated => {
                ("The server offers only outdated encryption.", "Ask its administrator for TLS 1.2 or newer.")
            }
            Self::NotTls => (
                "The encrypted line could not be made: the server's answers are not those of TLS.",
                "Check the address and the port.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_words_of_its_own_and_says_what_was_kept_back() {
        use Distrust::*;
        let all = [
            Expired,
            NotYetValid,
            UnknownAuthority,
            AnotherAuthority,
            AnotherName,
            Revoked,
            Forged,
            NotForServers,
            NotVerified,
            Outdated,
            NotTls,
        ];
        let mut said: Vec<String> = Vec::new();
        for distrust in all {
            let error = distrust.told(KeptBack::Token);
            assert_eq!(error.code, ErrorCode::TlsUntrusted);
            assert!(error.message.contains(" No token was sent. "), "{}", error.message);
            assert!(distrust.told(KeptBack::Password).message.contains(" No password was sent. "));
            said.push(error.message);
        }
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), all.len());
    }
}
