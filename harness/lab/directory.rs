//! Where databases go: a directory on a real disk, with room, that can be written.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::place::place_of;

/// Where databases go unless the user says otherwise: the first of these that is neither in
/// memory nor in a container's overlay.
const CANDIDATES: [&str; 2] = ["/var/tmp", "target"];

/// Free space below which no run begins, in bytes: a PostgreSQL server may keep a gibibyte of
/// log (max_wal_size) before it recycles any.
const LEAST_FREE: u64 = 1_500_000_000;

/// The longest path of a directory for databases, in bytes: SQLite takes paths of at most 512
/// (`MAX_PATHNAME` in os_unix.c), and the names below the directory take 53, `-journal` 8.
const LONGEST_PATH: usize = 450;

/// Why databases cannot go to a directory. Each message says what to do about it.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// It is not there.
    #[error("The directory {0} does not exist: make it, or choose another with --dir.")]
    Missing(PathBuf),
    /// It is something else.
    #[error("{0} is not a directory: choose one with --dir.")]
    NotADirectory(PathBuf),
    /// Its path is longer than SQLite can open, or has no text to hand to a worker.
    #[error(
        "The path {0} cannot be used, because SQLite takes paths of at most {LONGEST_PATH} bytes of UTF-8 here: \
         choose another directory with --dir."
    )]
    Path(PathBuf),
    /// Files cannot be made in it.
    #[error("Cannot write to the directory {directory} ({source}): choose another with --dir.")]
    NotWritable {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is in memory.
    #[error(
        "{directory} is on {filesystem}, in memory, where fsync is free and a comparison of durable \
         commits void: choose a directory on a disk with --dir, or add --allow-memory to measure there anyway."
    )]
    InMemory {
        /// The directory.
        directory: PathBuf,
        /// The file system.
        filesystem: String,
    },
    /// The disk is full, or nearly.
    #[error(
        "Only {free_mb} MB are free in {directory}, and a run may need {needed_mb} MB: make room, or choose another directory with --dir.",
        needed_mb = LEAST_FREE / 1_000_000
    )]
    Full {
        /// The directory.
        directory: PathBuf,
        /// What is free, in megabytes.
        free_mb: u64,
    },
    /// None of the directories that are tried without --dir will do.
    #[error(
        "Neither /var/tmp nor target/ is a directory on a disk that can be written and has room: choose one with --dir."
    )]
    NoneFits,
}

/// The directory where databases go: the one asked for, or the first default that will do.
///
/// # Errors
/// If databases cannot go there, or a comparison there would be void.
pub fn choose(asked: Option<&Path>, allow_memory: bool) -> Result<PathBuf, DirectoryError> {
    if let Some(directory) = asked {
        return check(directory, allow_memory);
    }
    CANDIDATES
        .iter()
        .map(Path::new)
        .filter(|directory| place_of(directory).is_ok_and(|place| !place.is_overlay()))
        .find_map(|directory| check(directory, false).ok())
        .ok_or(DirectoryError::NoneFits)
}

fn check(asked: &Path, allow_memory: bool) -> Result<PathBuf, DirectoryError> {
    let not_writable = |source| DirectoryError::NotWritable {
        directory: asked.to_owned(),
        source,
    };
    let directory = match asked.canonicalize() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(DirectoryError::Missing(asked.to_owned()));
        }
        other => other.map_err(not_writable)?,
    };
    if !directory.is_dir() {
        return Err(DirectoryError::NotADirectory(directory));
    }
    if directory
        .to_str()
        .is_none_or(|path| path.len() > LONGEST_PATH)
    {
        return Err(DirectoryError::Path(directory));
    }
    tempfile::tempfile_in(&directory).map_err(not_writable)?;
    let place = place_of(&directory).map_err(not_writable)?;
    if place.is_memory() && !allow_memory {
        return Err(DirectoryError::InMemory {
            directory,
            filesystem: place.filesystem,
        });
    }
    let free = free(&directory).map_err(not_writable)?;
    if free < LEAST_FREE {
        return Err(DirectoryError::Full {
            directory,
            free_mb: free / 1_000_000,
        });
    }
    Ok(directory)
}

/// What is free on the disk of a directory for who is not root, in bytes.
///
/// # Errors
/// If the directory cannot be looked at.
pub fn free(directory: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(directory)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_directory_and_a_file_are_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("missing");
        assert!(matches!(
            choose(Some(&missing), false),
            Err(DirectoryError::Missing(_))
        ));
        std::fs::write(&missing, "").unwrap();
        assert!(matches!(
            choose(Some(&missing), false),
            Err(DirectoryError::NotADirectory(_))
        ));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_directory_in_memory_is_refused_unless_asked_for() {
        let memory = Path::new("/dev/shm");
        if place_of(memory).is_ok_and(|place| place.is_memory()) {
            assert!(matches!(
                choose(Some(memory), false),
                Err(DirectoryError::InMemory { .. })
            ));
            assert!(!matches!(
                choose(Some(memory), true),
                Err(DirectoryError::InMemory { .. })
            ));
        }
    }
}
