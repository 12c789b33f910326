//! What the parent and a worker process tell each other: one JSON value a line, over the worker's
//! stdin and stdout. A worker whose stdin closes exits at once.
//!
//! ```text
//! parent                      worker
//!   Job           ─────────▶
//!                 ◀─────────  Ready     connected, prepared, settings read back
//!   Schedule      ─────────▶                see `recorder::Schedule`
//!                 ◀─────────  Done      after the schedule's end and the last operation
//! ```
//! Instead of `Ready` or `Done` a worker may answer `Failed`.

use serde::{Deserialize, Serialize};

use super::pace::Pace;
use super::recorder::Counts;
use super::retry::Policy;
use crate::measure::Written;
use crate::subject::engine::{Settings, Target};
use crate::workload::Terms;

/// The version of this protocol. Parent and worker are the same binary; a worker of another
/// build, started by mistake, says so instead of misreading its job.
pub const VERSION: u32 = 4;

/// What a worker is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// [`VERSION`] of the parent.
    pub protocol: u32,
    /// The workload's name.
    pub workload: String,
    /// Where the clients connect.
    pub target: Target,
    /// The number of the worker's first client.
    pub first_client: u32,
    /// How many clients it holds.
    pub clients: u32,
    /// How many instances it stands for, each on threads of its own: more than one in the topology
    /// of threads.
    pub instances: u32,
    /// What every client is told.
    pub terms: Terms,
    /// How they try again.
    pub retry: Policy,
    /// How many operations each does, see [`super::conduct::Conduct`].
    pub operations: Option<u32>,
    /// At which rate operations arrive at this worker; `None` in a closed loop.
    pub pace: Option<Pace>,
    /// What is done to the subject on purpose.
    #[cfg(feature = "gate-trial")]
    pub harm: Option<crate::subject::worse::Harm>,
    /// The seed of the trial: client n draws from a generator of its own, seeded with this and n.
    pub seed: u64,
}

/// What a worker says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// All clients are connected and wait for the schedule.
    Ready {
        /// The settings that each client read back, if they all read back the same.
        settings: Settings,
    },
    /// All clients are through.
    Done(Box<Done>),
    /// The worker cannot go on.
    Failed {
        /// Why, in one sentence.
        reason: String,
    },
}

/// What a worker's clients did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Done {
    /// All clients added up, in the order of their numbers.
    pub counts: Counts,
    /// CPU time of the worker within the measured stretch, in seconds.
    pub cpu_seconds: f64,
    /// What SQLite did for the clients, from their first operation to the acknowledgement of their
    /// last one; `None` unless the target says that it is to be counted.
    pub written: Option<Written>,
}
