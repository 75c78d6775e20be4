//! Saved connections and where their credentials are: a file without secrets, the OS keychain, an encrypted
//! file, this session's memory; and the peppers of stores. The data folder of both programs. Holds no window and no SQL.

mod admin;
mod connection;
mod credentials;
mod data_folder;
mod encrypted_file;
pub mod file_words;
mod keychain;
mod keychain_state;
mod lock_file;
mod pepper;
mod saved;
mod saved_file;
mod sealed;

pub use admin::Admin;
pub use connection::{Connection, ConnectionId, Environment, Keep, Kind};
pub use credentials::Credentials;
pub use data_folder::{DataFolder, is_private, make_folder, private_file, replace_file, sync_folder_of};
pub use encrypted_file::{EncryptedFile, EncryptedFileState};
pub use keychain::Keychain;
pub use keychain_state::{KeychainState, KeychainWords};
pub use pepper::{PepperPlace, draw_pepper, pepper_of};
pub use saved::{Connections, FileWords};
pub use saved_file::FileState;
