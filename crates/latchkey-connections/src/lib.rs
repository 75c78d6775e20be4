//! Saved connections and where their credentials are: a file without secrets, the OS keychain, an encrypted
//! file, this session's memory. The data folder of both programs. Holds no window and no SQL.

mod connection;
mod data_folder;
mod keychain_state;

pub use connection::{Connection, ConnectionId, Environment, Keep, Kind};
pub use data_folder::{DataFolder, make_folder, private_file, replace_file, sync_folder_of};
pub use keychain_state::{KeychainState, KeychainWords};
