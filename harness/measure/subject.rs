//! What a run file says of a subject.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Discipline;

/// The database engine behind a subject.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// SQLite, one file shared by all clients.
    Sqlite,
    /// PostgreSQL, one server shared by all clients.
    Postgres,
    /// No database: measures the harness itself.
    Noop,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
            Engine::Noop => "no database",
        })
    }
}

/// The durability tier: what an acknowledged commit survives.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// A loss of power.
    PowerLoss,
    /// A loss of power, but for the last commit.
    PowerLossButLast,
    /// The death of the process, not that of the machine.
    ProcessCrash,
    /// Not even the death of the server process.
    Nothing,
    /// There is nothing to survive.
    None,
}

impl Tier {
    /// Whether a commit is acknowledged only when a disk has it.
    pub fn waits_for_disk(self) -> bool {
        matches!(self, Tier::PowerLoss | Tier::PowerLossButLast)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tier::PowerLoss => "power loss",
            Tier::PowerLossButLast => "power loss but for the last commit",
            Tier::ProcessCrash => "process crash only",
            Tier::Nothing => "not even a server crash",
            Tier::None => "stores nothing",
        })
    }
}

/// A subject: an engine with its settings, as a run file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectInfo {
    /// The name on the command line and in charts.
    pub name: String,
    /// The engine.
    pub engine: Engine,
    /// What an acknowledged commit survives.
    pub tier: Tier,
    /// One sentence on what this subject is.
    pub summary: String,
    /// The colour of the subject in every chart, as `#rrggbb`.
    pub colour: String,
    /// The settings that make the subject, by the discipline of its clients: asserted in every
    /// trial, on every connection.
    pub asserted: BTreeMap<Discipline, BTreeMap<String, String>>,
    /// What the engine's dialect does differently from the other's, in words.
    pub dialect: Vec<String>,
}
