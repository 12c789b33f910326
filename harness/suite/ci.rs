//! What is measured to be compared from commit to commit, on machines that others share: few points,
//! many rounds.
//!
//! A figure of a shared machine holds beside what other subjects did in the same rounds, or if no clock
//! measured it. So there are several subjects, of each durability tier and both engines, at few points:
//! more rounds of a point tell more than more points, whose figures share one rate of false alarms. Where
//! a commit waits for the disk, and where it waits for the processor and for others, are a point each;
//! reading among writes is the third.

use std::collections::BTreeSet;

use crate::measure::Point;

/// The subjects. The median of the others, to which each is compared, needs several that one cannot move.
pub const SUBJECTS: [&str; 5] = [
    "sqlite-delete-full",
    "sqlite-wal-full",
    "sqlite-wal-normal",
    "postgres",
    "postgres-async",
];

/// The workloads, each with its number of clients.
pub const POINTS: [(&str, u32); 3] = [("increment-hot", 8), ("insert-1", 1), ("read-mostly", 8)];

/// Every number of clients, in ascending order.
pub fn clients() -> Vec<u32> {
    let all: BTreeSet<u32> = POINTS.into_iter().map(|(_, clients)| clients).collect();
    all.into_iter().collect()
}

/// Whether a point of all these workloads and numbers of clients is measured.
pub fn measured(point: &Point) -> bool {
    POINTS.contains(&(point.workload.as_str(), point.clients))
}

/// How many rounds: where these vary by a twentieth, ten are enough to see a change by a fifth nearly always
/// (see the simulations in `compare`); where they vary by more, more would be needed.
pub const ROUNDS: u32 = 12;

/// The experiments: interleavings that are stepped by hand, whose verdicts no clock decides.
pub const EXPERIMENTS: [&str; 3] = ["lock-table", "lost-update", "payment"];
