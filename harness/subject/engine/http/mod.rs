//! A database behind an app: what its clients ask, they ask over HTTP.

mod answer;
mod connection;
mod request;
mod session;
#[cfg(test)]
mod tests;
pub mod wire;

use serde::{Deserialize, Serialize};

pub use session::HttpSession;

/// The instances of an app, or a load balancer in front of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Where they listen, each as `host:port`. Requests of a client go to one after the other in turn.
    pub addresses: Vec<String>,
    /// Whether the app does the operations of the workload, so that clients only ask for them by
    /// number; otherwise the workload's own requests are sent.
    pub remote: bool,
}
