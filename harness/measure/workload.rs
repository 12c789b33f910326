//! What a run file says of a workload.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A workload as a run file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkloadInfo {
    /// The name on the command line and in charts.
    pub name: String,
    /// Counts up whenever what a client does changes, so that figures of two versions are never
    /// compared.
    pub version: u32,
    /// A heading of a few words.
    pub title: String,
    /// What one operation is, in one or two sentences.
    pub summary: String,
    /// The SQL text of one operation, the same for both engines, statement by statement.
    pub sql: Vec<String>,
    /// How many statements one operation sends, transaction control included.
    pub statements: u32,
}
