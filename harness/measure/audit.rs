//! What the check after a trial found in the database.

use std::fmt;
use std::ops::RangeInclusive;

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

    /// The checks that did not pass.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passed)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Check {
            what,
            expected,
            found,
            ..
        } = self;
        write!(f, "{what}: expected {expected}, found {found}")
    }
}

impl Check {
    /// Compares a number found with the only one that the acknowledged operations allow.
    pub fn number(what: &str, expected: i64, found: i64) -> Check {
        Check::text(what, &expected.to_string(), &found.to_string())
    }

    /// Compares a number found with those that the acknowledged operations allow, if it is not known
    /// of some others whether they are stored: every `step`th of a range.
    pub fn within(what: &str, allowed: RangeInclusive<i64>, step: u32, found: i64) -> Check {
        let expected = match (*allowed.start(), *allowed.end()) {
            (least, most) if least == most => least.to_string(),
            (least, i64::MAX) => format!("at least {least}"),
            (i64::MIN, most) => format!("at most {most}"),
            (least, most) if step > 1 => format!("{least} to {most} in steps of {step}"),
            (least, most) => format!("{least} to {most}"),
        };
        Check {
            what: what.to_owned(),
            expected,
            found: found.to_string(),
            passed: allowed.contains(&found)
                && (step <= 1 || (found - allowed.start()) % i64::from(step) == 0),
        }
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
    fn what_may_be_stored_or_not_is_allowed_whole_and_nothing_else() {
        let passed = |allowed, step, found| Check::within("rows", allowed, step, found).passed;
        assert!(passed(10..=12, 1, 10) && passed(10..=12, 1, 12));
        assert!(!passed(10..=12, 1, 9) && !passed(10..=12, 1, 13));
        assert!(passed(100..=300, 100, 200) && !passed(100..=300, 100, 250));
        assert!(passed(5..=i64::MAX, 1, 6) && !passed(5..=i64::MAX, 1, 4));
        let expected = |allowed, step| Check::within("rows", allowed, step, 0).expected;
        assert_eq!(expected(10..=10, 100), "10");
        assert_eq!(expected(10..=12, 1), "10 to 12");
        assert_eq!(expected(100..=300, 100), "100 to 300 in steps of 100");
        assert_eq!(expected(5..=i64::MAX, 1), "at least 5");
        assert_eq!(expected(i64::MIN..=5, 1), "at most 5");
    }

    #[test]
    fn an_audit_without_checks_did_not_pass() {
        assert!(!Audit { checks: vec![] }.passed());
    }
}
