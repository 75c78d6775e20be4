//! samples
use crate::store::Store;
use latchkey_core::AdminError;
/// Fills.
pub async fn fill_with_samples(_store: &Store) -> Result<(), AdminError> {
    Err(AdminError::internal())
}
