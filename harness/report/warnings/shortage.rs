//! Too little memory.

use serde::Serialize;

use crate::report::numbers::{bytes, rough_percent};
use crate::report::processors::STEAL;

use super::Severity;
use super::laboratory::Laboratory;

/// What should be available, in bytes: a PostgreSQL server with its defaults and 64 connections
/// takes about half of it (128 MiB of shared buffers, some MiB for each connection), the clients
/// and the files that are being written the rest.
const ENOUGH: u64 = 1_000_000_000;

/// The share of memory that may be swapped out: less is what nobody has used for long.
const SWAPPED: f64 = 0.1;

/// A machine that is short of memory.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortage {
    /// Little is left.
    Available(
        /// What is available, in bytes.
        u64,
    ),
    /// Much is swapped out.
    Swapped(
        /// How much, in bytes.
        u64,
    ),
    /// Somebody waits for memory.
    Waiting(
        /// The share of the time, from 0 to 1.
        f64,
    ),
}

/// Whether the machine is short of memory.
pub fn of(laboratory: &Laboratory) -> Vec<Shortage> {
    let machine = laboratory.machine;
    let waiting = machine
        .neighbours
        .as_ref()
        .and_then(|heard| heard.memory_pressure);
    let much = (machine.memory_bytes as f64 * SWAPPED) as u64;
    let available = machine.memory_available_bytes;
    let swapped = machine.swap_used_bytes.filter(|_| much > 0);
    [
        available
            .filter(|available| *available < ENOUGH)
            .map(Shortage::Available),
        waiting
            .filter(|share| *share > STEAL)
            .map(Shortage::Waiting),
        swapped
            .filter(|swapped| *swapped > much)
            .map(Shortage::Swapped),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Shortage {
    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match self {
            Shortage::Available(_) | Shortage::Waiting(_) => Severity::Warning,
            Shortage::Swapped(_) => Severity::Note,
        }
    }
}

impl std::fmt::Display for Shortage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shortage::Available(available) => write!(
                f,
                "Only {} of memory were available before: databases and clients may be swapped out or killed. End \
                 what uses the rest, or measure with fewer clients.",
                bytes(*available)
            ),
            Shortage::Waiting(share) => write!(
                f,
                "Processes waited for memory during {} of the time before: the machine is swapping. End what uses \
                 the memory, or measure on a larger machine.",
                rough_percent(*share)
            ),
            Shortage::Swapped(swapped) => write!(
                f,
                "{} were swapped out before, and whatever is needed again will be read from the disk that is measured. \
                 End what is not needed, or empty the swap (`swapoff -a && swapon -a`).",
                bytes(*swapped)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::calm::Calm;

    #[test]
    fn little_memory_is_warned_of() {
        let mut calm = Calm::default();
        calm.machine.memory_available_bytes = Some(500_000_000);
        let said = calm.only();
        assert!(
            said.starts_with("warning: Only 477 MiB of memory were available"),
            "{said}"
        );
    }

    #[test]
    fn who_waits_for_memory_is_warned_of() {
        let mut calm = Calm::default();
        calm.machine.neighbours.as_mut().unwrap().memory_pressure = Some(0.1);
        assert!(
            calm.only()
                .starts_with("warning: Processes waited for memory during 10 %")
        );
    }

    #[test]
    fn what_is_swapped_out_counts_from_a_tenth_of_memory_on() {
        let mut calm = Calm::default();
        calm.machine.swap_used_bytes = Some(1_500_000_000);
        assert_eq!(calm.laboratory().warnings(), []);
        calm.machine.swap_used_bytes = Some(1_700_000_000);
        assert!(calm.only().starts_with("note: 1.58 GiB were swapped out"));
    }

    #[test]
    fn a_system_that_does_not_tell_of_its_memory_is_not_short_of_it() {
        let mut calm = Calm::default();
        calm.machine.memory_bytes = 0;
        calm.machine.swap_used_bytes = Some(1);
        calm.machine.memory_available_bytes = None;
        assert_eq!(calm.laboratory().warnings(), []);
    }
}
