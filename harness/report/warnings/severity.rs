//! How much a warning weighs.

use std::fmt;

use serde::Serialize;

/// How much a warning weighs, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Figures that are taken so mean nothing.
    Grave,
    /// Figures are weakened.
    Warning,
    /// To be known, but no reason for alarm.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Grave => "grave",
            Severity::Warning => "warning",
            Severity::Note => "note",
        })
    }
}
