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
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Topology::Processes => f.write_str("processes"),
        }
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
}

impl fmt::Display for Discipline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Discipline::Careful => f.write_str("careful"),
        }
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
    /// How many clients do operations, each as soon as its last one ended (closed loop).
    pub clients: u32,
    /// How careful the clients are.
    pub discipline: Discipline,
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
        )
    }
}
