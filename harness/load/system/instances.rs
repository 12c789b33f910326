//! What can be done to the instances of an app, wherever they run.

use anyhow::Result;

/// The instances of one system, numbered from 0. Dropping them ends them at once.
pub trait Instances {
    /// Where clients send requests: one address, `host:port`, of a load balancer; or that of every
    /// instance, if clients take turns by themselves.
    fn entrances(&self) -> Vec<String>;

    /// The address of each instance, `host:port`.
    fn addresses(&self) -> Vec<String>;

    /// Why an instance has ended, with the last it said; `None` while it runs.
    fn ended(&self, index: usize) -> Option<String>;

    /// Kills an instance with SIGKILL.
    fn kill(&self, index: usize) -> Result<()>;

    /// Stops an instance in its tracks: it keeps its connections and its locks, and does nothing. It goes
    /// on when it is resumed, or to end with the others.
    fn pause(&self, index: usize) -> Result<()>;

    /// Lets a paused instance go on.
    fn resume(&self, index: usize) -> Result<()>;

    /// Lets an instance write no file beyond so many bytes, or as far as it could before. What it may not
    /// write fails.
    ///
    /// # Errors
    /// [`CannotLimit`](crate::lab::CannotLimit) where that cannot be done to a process from outside.
    fn limit_files(&self, index: usize, bytes: Option<u64>) -> Result<()>;

    /// Starts an instance again that was killed, where it was.
    fn restart(&self, index: usize) -> Result<()>;

    /// Ends every instance by SIGTERM and waits until it is gone.
    fn stop(self: Box<Self>) -> Result<()>;
}
