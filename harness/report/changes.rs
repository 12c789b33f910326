//! What changed since another run, as the report shows it. Who compares runs makes it: the report
//! knows of one run only.

use serde::Serialize;

use super::measured::Conditions;
use super::table::Table;

/// The section on what changed since another run.
#[derive(Debug, Clone, Serialize)]
pub struct Changes {
    /// The id of the run compared with.
    pub base: String,
    /// What came of it, in one sentence.
    pub headline: String,
    /// What weakens the comparison, a sentence each.
    pub warnings: Vec<String>,
    /// What changed, or may have.
    pub table: Table,
    /// Which runs were compared.
    pub conditions: Conditions,
    /// How to read it, a sentence each.
    pub notes: Vec<String>,
}
