//! What the check after a trial found in the database.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The check, after a trial, that the database holds exactly what was acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Every check made, in order.
    pub checks: Vec<Check>,
}

/// One check of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What was compared, in words.
    pub what: String,
    /// What the acknowledged operations demand.
    pub expected: String,
    /// What was found in the database by a connection opened after the trial.
    pub found: String,
    /// Whether what was found is allowed.
    pub passed: bool,
}

impl Audit {
    /// Whether the trial may be compared: at least one check was made, and every one passed.
    pub fn passed(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.passed)
    }
}

impl Check {
    /// Compares a number found with the only one that the acknowledged operations allow.
    pub fn number(what: &str, expected: i64, found: i64) -> Check {
        Check::text(what, &expected.to_string(), &found.to_string())
    }

    /// Compares a text found with the only one allowed.
    pub fn text(what: &str, expected: &str, found: &str) -> Check {
        Check {
            what: what.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
            passed: expected == found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lost_row_fails_and_one_row_too_many_fails() {
        assert!(Check::number("rows", 10, 10).passed);
        assert!(!Check::number("rows", 10, 9).passed);
        assert!(!Check::number("rows", 10, 11).passed);
    }

    #[test]
    fn an_audit_without_checks_did_not_pass() {
        assert!(!Audit { checks: vec![] }.passed());
    }
}
