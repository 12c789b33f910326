//! The one directory a run may litter: claimed by a lock, swept before use, removed after.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::leftover;

/// The lock file's name.
const LOCK: &str = "contend.lock";
/// How the names of scratch directories begin.
const PREFIX: &str = "contend-scratch-";
/// Others may pass through to what they own in there (a server under another user), not list it.
const MODE: u32 = 0o711;

/// A directory of this run alone, below one that the run has locked.
///
/// Dropping it ends a server that still runs in there and removes the directory and the lock file.
/// Whatever lives in there (a [`Server`](crate::subject::server::Server), say) must be dropped first.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    id: String,
    lock_path: PathBuf,
    /// Held for its lock, which the kernel gives back whatever way the process ends.
    _lock: File,
    unswept: Vec<String>,
}

/// Why a directory could not be claimed. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// Another run holds the directory.
    #[error(
        "Another run (process {pid}) uses {}: wait for it to end, or give this run another directory.",
        directory.display()
    )]
    Taken {
        /// The directory both want.
        directory: PathBuf,
        /// The other run's process id, or `unknown`.
        pid: String,
    },
    /// The directory cannot be used.
    #[error("Cannot {action} {}: {source}. Choose a directory that this user may write to.", path.display())]
    Io {
        /// What failed, e.g. `create`.
        action: &'static str,
        /// What it failed on.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Scratch {
    /// Locks `directory`, removes what a killed run left in it, and makes a fresh directory in it.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Taken`] if another run holds it, [`ScratchError::Io`] if it cannot be written to.
    pub fn claim(directory: &Path) -> Result<Self, ScratchError> {
        fs::create_dir_all(directory).map_err(failed("create", directory))?;
        let directory = directory
            .canonicalize()
            .map_err(failed("find", directory))?;
        let lock_path = directory.join(LOCK);
        let lock = lock(&directory, &lock_path)?;
        let unswept = sweep(&directory).map_err(failed("read", &directory))?;
        let id = format!("{:08x}", rand::random::<u32>());
        let path = directory.join(format!("{PREFIX}{id}"));
        DirBuilder::new()
            .mode(MODE)
            .create(&path)
            // The umask may have taken bits away that another user needs to pass.
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(MODE)))
            .map_err(failed("create", &path))?;
        Ok(Self {
            path,
            id,
            lock_path,
            _lock: lock,
            unswept,
        })
    }

    /// Why `directory` could not be claimed now, if another run holds it. Nothing is touched.
    #[must_use]
    pub fn taken(directory: &Path) -> Option<ScratchError> {
        let lock_path = directory.join(LOCK);
        is_held(&lock_path).then(|| ScratchError::Taken {
            directory: directory.to_owned(),
            pid: holder(&fs::read_to_string(&lock_path).unwrap_or_default()),
        })
    }

    /// The run's own directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Eight hexadecimal digits that name whatever belongs to this run.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The file whose lock shows that this run is alive.
    #[must_use]
    pub fn lock_path(&self) -> &Path {
        &self.lock_path
    }

    /// What an earlier run left and could not be removed, one sentence each.
    #[must_use]
    pub fn unswept(&self) -> &[String] {
        &self.unswept
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        leftover::end_servers(&self.path);
        // Nobody is left to tell of an error; the next run sweeps and tells.
        drop(remove(&self.path));
        // Unlinked while still locked: who opened the file before sees that it is gone (see `lock`).
        drop(fs::remove_file(&self.lock_path));
    }
}

/// Whether a process holds the lock of a run. A lock file that is missing is held by nobody.
#[must_use]
pub fn is_held(lock_path: &Path) -> bool {
    File::open(lock_path)
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Removes the scratch directory of a run that is known to be dead, if it is beside ours.
pub(crate) fn remove_leftover(directory: &Path, id: &str) {
    // The id comes from a label that anyone may write: it must not lead elsewhere.
    if id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        drop(remove(&directory.join(format!("{PREFIX}{id}"))));
    }
}

/// Locks the file. A lock on a file that was unlinked meanwhile protects nothing, so it counts only if
/// the file still has its name.
fn lock(directory: &Path, path: &Path) -> Result<File, ScratchError> {
    // Whoever looks whether a lock is held takes it for an instant: one refusal is not yet a run.
    let mut patience = 5;
    loop {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(failed("write to", path))?;
        match file.try_lock() {
            Ok(()) if same_file(&file, path) => {
                file.set_len(0)
                    .and_then(|()| file.rewind())
                    .and_then(|()| writeln!(file, "{}", std::process::id()))
                    .map_err(failed("write to", path))?;
                return Ok(file);
            }
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if patience > 0 => {
                patience -= 1;
                thread::sleep(Duration::from_millis(40));
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                drop(file.read_to_string(&mut pid));
                return Err(ScratchError::Taken {
                    directory: directory.to_owned(),
                    pid: holder(&pid),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", path)(source)),
        }
    }
}

/// The process id that a lock file holds, in words.
fn holder(text: &str) -> String {
    match text.trim() {
        "" => "unknown".to_owned(),
        pid => pid.to_owned(),
    }
}

fn same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => open.dev() == named.dev() && open.ino() == named.ino(),
        _ => false,
    }
}

/// Removes every scratch directory in `directory`: whoever holds the lock knows that no run owns them.
fn sweep(directory: &Path) -> io::Result<Vec<String>> {
    let mut unswept = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with(PREFIX) || !entry.file_type()?.is_dir() {
            continue;
        }
        leftover::end_servers(&entry.path());
        if let Err(error) = remove(&entry.path()) {
            unswept.push(format!(
                "A killed run left {} behind, which could not be removed ({error}): remove it by hand.",
                entry.path().display()
            ));
        }
    }
    Ok(unswept)
}

/// Removes a directory; what still writes into it (a container that is being removed) gets a moment.
fn remove(directory: &Path) -> io::Result<()> {
    let mut patience = 10;
    loop {
        match fs::remove_dir_all(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && patience > 0 => {
                patience -= 1;
                thread::sleep(Duration::from_millis(50));
            }
            result => return result,
        }
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ScratchError {
    let path = path.to_owned();
    move |source| ScratchError::Io {
        action,
        path,
        source,
    }
}
