//! What a run file says of a workload.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The workload whose transactions insert a hundred rows in as many statements.
pub const ROW_BY_ROW: &str = "insert-100";

/// The workload whose transactions insert the same rows in one statement.
pub const ROWS_AT_ONCE: &str = "insert-100-rows";

/// A workload as a run file describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkloadInfo {
    /// The name on the command line and in charts.
    pub name: String,
    /// Counts up whenever what a client does changes, so that figures of two versions are never
    /// compared.
    pub version: u32,
    /// A heading of a few words.
    pub title: String,
    /// What one operation is, in a few sentences.
    pub summary: String,
    /// What is read from its trials first.
    pub figure: Figure,
    /// Length of the measured stretch of its trials, in seconds.
    pub seconds: f64,
    /// What a careful client sends for one operation.
    pub careful: Script,
    /// What a naive client sends for one operation.
    pub naive: Script,
    /// The kinds of its operations, in the order in which trials count them; empty if there is one
    /// kind only.
    pub kinds: Vec<KindInfo>,
}

/// What is read from the trials of a workload first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Operations committed per second.
    Goodput,
    /// How long operations of each kind took, from the moment they were due.
    Waits,
    /// How long it took until all clients were through with their one operation or had given up.
    Settled,
}

/// What a client sends for one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The SQL text, the same for both engines, statement by statement, with remarks as SQL comments.
    pub sql: Vec<String>,
    /// How many statements one operation sends, transaction control included; of several kinds,
    /// the most.
    pub statements: u32,
}

/// A kind of operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KindInfo {
    /// A name of a few words.
    pub name: String,
    /// What an operation of this kind does, in one sentence.
    pub summary: String,
}
