//! The client: every operation by one function.

use latchkey_core::operations::CurrentOperator;
use latchkey_core::{AdminError, Call, Operation, Perform, PlaintextKey, Source};

use crate::address::ServerAddress;

/// A server that is asked with one operator's token. Cloning is cheap.
#[derive(Clone)]
pub struct Client {}

/// What is known of a server once it has answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerFacts {
    /// Its version: `0.1.0`.
    pub version: String,
    /// As whom it knows the token.
    pub operator: CurrentOperator,
    /// What a person should always see while it is open: a token that ends soon, a version that is not this
    /// program's. Sentences.
    pub warnings: Vec<String>,
}

impl Client {
    /// Makes ready to ask; asks nothing yet.
    ///
    /// # Errors
    /// `invalid` at `ca_file`; `tls_untrusted`.
    pub fn new(address: ServerAddress, token: PlaintextKey, source: Source) -> Result<Self, AdminError> {
        let _ = (address, token, source);
        Ok(Self {})
    }

    /// Asks who the server is and as whom it knows the token.
    ///
    /// # Errors
    /// `unreachable`, `tls_untrusted`, `auth_failed`, `version_skew`.
    pub async fn look(&self) -> Result<ServerFacts, AdminError> {
        Err(AdminError::internal())
    }
}

impl<O: Operation> Perform<O> for Client {
    async fn perform(&self, call: Call<O>) -> Result<O::Answer, AdminError> {
        let _ = call;
        Err(AdminError::internal())
    }
}
