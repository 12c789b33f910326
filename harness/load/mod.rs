//! How clients are driven: the loop of a client, the worker processes that hold clients, and the
//! trial that starts them, adds them up and audits what they left.

pub mod audit;
pub mod bare;
pub mod client;
pub mod conduct;
pub mod counting;
pub mod generators;
#[cfg(feature = "gate-trial")]
pub mod hinder;
pub mod numbered;
pub mod pace;
pub mod processes;
pub mod protocol;
pub mod recorder;
pub mod refused;
pub mod remote;
pub mod retry;
pub mod statements;
pub mod style;
pub mod system;
pub mod trial;
pub mod worker;
