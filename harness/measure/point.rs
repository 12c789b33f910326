//! A point: one combination of what is varied. A trial measures one point once.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How instances are placed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Topology {
    /// Each instance is an operating-system process of its own.
    Processes,
    /// All instances are threads of one process.
    Threads,
    /// Each instance is a container of the app, behind a load balancer.
    Containers,
    /// Each instance is a local process of the app; clients ask one after the other.
    Apps,
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How careful the client is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Discipline {
    /// IMMEDIATE or READ COMMITTED with atomic writes, a 5 s lock timeout, and the whole
    /// transaction retried with full jitter, capped.
    Careful,
    /// What people write first. On SQLite a deferred transaction and no waiting for locks, on
    /// PostgreSQL the server's defaults, which wait for locks for ever; the value read, plus
    /// something, is the value written; nothing is retried.
    Naive,
}

impl Discipline {
    /// Every discipline, in the order in which reports list them.
    pub const ALL: [Discipline; 2] = [Discipline::Careful, Discipline::Naive];

    /// The name used in run files, on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Discipline::Careful => "careful",
            Discipline::Naive => "naive",
        }
    }
}

impl Topology {
    /// Every topology, in the order in which reports list them.
    pub const ALL: [Topology; 4] = [
        Topology::Processes,
        Topology::Threads,
        Topology::Containers,
        Topology::Apps,
    ];

    /// Whether clients ask an app over HTTP instead of the database.
    pub fn over_http(self) -> bool {
        matches!(self, Topology::Containers | Topology::Apps)
    }

    /// The name used in run files, on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Topology::Processes => "processes",
            Topology::Threads => "threads",
            Topology::Containers => "containers",
            Topology::Apps => "apps",
        }
    }
}

impl fmt::Display for Discipline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One combination of workload, subject, topology, load and discipline.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Name of the workload, as in the run's list of workloads.
    pub workload: String,
    /// Name of the subject, as in the run's list of subjects.
    pub subject: String,
    /// How the instances are placed.
    pub topology: Topology,
    /// How many instances hold the clients: never more than there are clients.
    pub instances: u32,
    /// How many clients do operations: each as soon as its last one ended (closed loop), unless there
    /// is a rate.
    pub clients: u32,
    /// How careful the clients are.
    pub discipline: Discipline,
    /// How many operations per second arrive for all clients together, whether any is free or not
    /// (open loop); `None` in a closed loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {}, {} client{}",
            self.workload,
            self.subject,
            self.clients,
            if self.clients == 1 { "" } else { "s" }
        )?;
        // What every point has unless another was asked for goes without saying.
        if self.discipline != Discipline::Careful {
            write!(f, ", {}", self.discipline)?;
        }
        if self.topology != Topology::Processes {
            write!(f, ", {}", self.topology)?;
        }
        if let Some(rate) = self.rate {
            write!(f, ", {rate}/s")?;
        }
        Ok(())
    }
}
