//! Why there is no container.

use std::io;
use std::time::Duration;

use super::super::url::one_line;
use super::START;

/// Why there is no container. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// No daemon socket.
    #[error("Docker is not installed, or its daemon is not running (see `docker info`).")]
    NotRunning,
    /// The socket is closed to this user.
    #[error("This user may not use Docker: add it to the group docker and log in again.")]
    NotAllowed,
    /// The daemon does not answer, or refuses.
    #[error("The Docker daemon does not do as asked ({0}): see `docker info`.")]
    Daemon(String),
    /// Nothing may be pulled.
    #[error(
        "Docker has no image {image}, and --offline forbids to pull it: name one that Docker has with \
         --postgres-image."
    )]
    Offline {
        /// The image.
        image: String,
    },
    /// The registry is silent.
    #[error(
        "The registry of {image} gave no answer within {} s: pull the image where there is a network, \
         or name one that Docker has with --postgres-image.",
        waited.as_secs()
    )]
    SilentRegistry {
        /// The image.
        image: String,
        /// How long was waited.
        waited: Duration,
    },
    /// The registry has no such image, or cannot be reached.
    #[error(
        "The image {image} could not be pulled ({reason}): name one that Docker has with \
         --postgres-image, or see docker/README.md for making one without a registry."
    )]
    NotPulled {
        /// The image.
        image: String,
        /// What Docker said.
        reason: String,
    },
    /// The directory for the data cannot be made.
    #[error("Cannot create a directory for the container's data: {0}.")]
    Data(#[source] io::Error),
    /// Docker did not start it.
    #[error("Docker did not start a container from {image}: {reason}.")]
    NotStarted {
        /// The image.
        image: String,
        /// What Docker said.
        reason: String,
    },
    /// PostgreSQL ended inside.
    #[error("PostgreSQL ended in its container from {image}; its last words: {log}")]
    Ended {
        /// The image.
        image: String,
        /// The tail of its log.
        log: String,
    },
    /// It came back somewhere else.
    #[error("The container of PostgreSQL has another address since it was started again.")]
    Moved,
    /// PostgreSQL never answered.
    #[error("PostgreSQL in its container from {image} was not ready within {} s: {reason}", START.as_secs())]
    NotReady {
        /// The image.
        image: String,
        /// What the last attempt to connect said.
        reason: String,
    },
}

/// Which sentence fits a daemon that cannot be reached: the system's own error lies below several others.
pub(super) fn unreachable(error: &(dyn std::error::Error + 'static)) -> DockerError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                return DockerError::NotRunning;
            }
            Some(io::ErrorKind::PermissionDenied) => return DockerError::NotAllowed,
            _ => cause = error.source(),
        }
    }
    let text = one_line(error);
    if text.contains("Socket not found") {
        DockerError::NotRunning
    } else {
        DockerError::Daemon(text)
    }
}
