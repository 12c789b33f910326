//! What operations came to, counted over the rounds of a point.

use std::collections::BTreeMap;

use crate::measure::{Measurement, Outcome};

use super::basis::Cell;
use super::numbers::{NOTHING, count, number, percent};

/// What the operations of one point came to, added up over its comparable rounds.
pub struct Tally<'a> {
    /// The point.
    pub cell: &'a Cell<'a>,
    /// Acknowledged within the stretch.
    pub committed: u64,
    /// Begun before the end of the stretch and acknowledged after it.
    pub late: u64,
    /// Given up, by class; no class is there with 0.
    pub given_up: BTreeMap<Outcome, u64>,
    /// All operations.
    pub operations: u64,
    /// Attempts of all operations.
    pub attempts: u64,
    /// Attempts that returned an error.
    pub failed_attempts: u64,
}

impl<'a> Tally<'a> {
    /// Adds up a point.
    pub fn of(cell: &'a Cell<'a>) -> Tally<'a> {
        let mut given_up = BTreeMap::new();
        for measurement in cell.measurements() {
            for (class, operations) in &measurement.given_up {
                *given_up.entry(*class).or_insert(0) += operations;
            }
        }
        given_up.retain(|_, operations| *operations > 0);
        Tally {
            cell,
            committed: cell.total(|m| m.committed),
            late: cell.total(|m| m.late),
            given_up,
            operations: cell.total(Measurement::operations),
            attempts: cell.total(|m| m.attempts),
            failed_attempts: cell.total(Measurement::failed_attempts),
        }
    }

    /// Operations given up, of all classes.
    pub fn given_up_total(&self) -> u64 {
        self.given_up.values().sum()
    }

    /// Per cent of operations given up.
    pub fn given_up_share(&self) -> String {
        share(self.given_up_total(), self.operations)
    }

    /// Per cent of attempts that returned an error.
    pub fn errors_per_attempt(&self) -> String {
        share(self.failed_attempts, self.attempts)
    }

    /// Errors that each operation met; more than one of its attempts may have failed.
    pub fn errors_per_operation(&self) -> String {
        match self.operations {
            0 => NOTHING.to_owned(),
            operations => number(self.failed_attempts as f64 / operations as f64),
        }
    }

    /// Operations given up by class: `busy 4, timeout 1`.
    pub fn by_class(&self) -> String {
        by_class(&self.given_up)
    }

    /// Attempts that each committed operation cost, those of operations given up included.
    pub fn attempts_per_commit(&self) -> String {
        match self.committed + self.late {
            0 => NOTHING.to_owned(),
            commits => number(self.attempts as f64 / commits as f64),
        }
    }
}

/// Counts by class, in words.
pub fn by_class(classes: &BTreeMap<Outcome, u64>) -> String {
    let words: Vec<String> = classes
        .iter()
        .filter(|(_, operations)| **operations > 0)
        .map(|(class, operations)| format!("{} {}", class.name(), count(*operations)))
        .collect();
    match words.is_empty() {
        true => NOTHING.to_owned(),
        false => words.join(", "),
    }
}

/// A part of a whole, as per cent; nothing of nothing.
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        NOTHING.to_owned()
    } else {
        percent(part as f64 / whole as f64)
    }
}
