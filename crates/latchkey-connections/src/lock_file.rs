//! A lock beside a file that both programs write: held from reading to writing again, let go when dropped or
//! when the program ends, however it ends. Holds nothing that is in the file.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::data_folder::private_file;

/// How often, and how long in between, a lock that another program holds is tried: three seconds.
const TRIES: u32 = 150;
const BETWEEN: Duration = Duration::from_millis(20);

/// Takes the lock of the file at `path`.
///
/// # Errors
/// As the operating system says; `WouldBlock` where another program holds it for long.
pub(crate) fn take(path: &Path) -> io::Result<File> {
    let file = private_file().create(true).truncate(false).open(path.with_extension("lock"))?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::WouldBlock, "another Latchkey is writing; try again in a moment"))
}
