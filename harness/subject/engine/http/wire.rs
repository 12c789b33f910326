//! What the app answers, as JSON: the fields of the document's app, and beside them what it takes to
//! count attempts.

use serde::{Deserialize, Serialize};

use crate::measure::Outcome;
use crate::measure::outcome::ErrorCount;

/// The answer to a request that does work in the database, be it done or refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Whether the work was done: the engine acknowledged the commit.
    #[serde(default)]
    pub success: bool,
    /// What was read or has become of what was changed: a counter, a stock, a balance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// The number of a row that was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// How long the work took in the app, all attempts and pauses included, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// The instance that answered.
    #[serde(default)]
    pub container: String,
    /// Why it was not done, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The engine's own name or code of the error: `SQLITE_BUSY`, an SQLSTATE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The class of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Outcome>,
    /// How many attempts were made.
    #[serde(default)]
    pub attempts: u32,
    /// The errors that those attempts met, the last one included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorCount>,
}
