//! A container of its own. Not built yet.
use super::{Found, Order, ProvideError};
use crate::lab::Interrupted;
use tokio::runtime::Runtime;

/// Why there is no container.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// Docker is not supported yet.
    #[error("Containers are not supported yet.")]
    NotYet,
}
pub(super) enum Failed {
    Interrupted(Interrupted),
    Docker(DockerError),
}
impl From<Failed> for ProvideError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Interrupted(interrupted) => interrupted.into(),
            Failed::Docker(error) => error.into(),
        }
    }
}
pub(super) struct Container;
impl Container {
    pub(super) fn remove(self, _runtime: &Runtime) {}
}
pub(super) fn start(order: &Order<'_>, _runtime: &Runtime) -> Result<Found, Failed> {
    order.interrupt.check().map_err(Failed::Interrupted)?;
    Err(Failed::Docker(DockerError::NotYet))
}
