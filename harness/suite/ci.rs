//! What is measured to be compared from commit to commit, on machines that others share: few points,
//! many rounds.
//!
//! A figure of a shared machine holds beside what other subjects did in the same rounds, or if no clock
//! measured it. So both engines are there, with commits that wait for a disk and with commits that do not,
//! at few points: more rounds of a point tell more than more points, whose figures share one rate of false
//! alarms. A single client shows what a commit takes, and there every subject is measured. Several at one
//! row show what they cost each other, and there only those that wait for no disk are: how long somebody
//! else's disk takes to sync varies by a third from trial to trial, and hides what software does. How often
//! the others sync is counted.

use std::collections::BTreeSet;

use crate::measure::Point;

/// The subjects.
pub const SUBJECTS: [&str; 4] = [
    "sqlite-wal-full",
    "sqlite-wal-normal",
    "postgres",
    "postgres-async",
];

/// The workloads, each with its number of clients and the subjects that are measured there.
pub const POINTS: [(&str, u32, &[&str]); 2] = [
    ("increment-hot", 8, &["sqlite-wal-normal", "postgres-async"]),
    ("insert-1", 1, &SUBJECTS),
];

/// Whether a workload is measured.
pub fn has(workload: &str) -> bool {
    POINTS.iter().any(|(name, ..)| *name == workload)
}

/// Every number of clients, in ascending order.
pub fn clients() -> Vec<u32> {
    let all: BTreeSet<u32> = POINTS.iter().map(|(_, clients, _)| *clients).collect();
    all.into_iter().collect()
}

/// Whether a point of all these workloads and numbers of clients is measured; with `every_subject`, of
/// all subjects.
pub fn measured(point: &Point, every_subject: bool) -> bool {
    POINTS.iter().any(|(workload, clients, subjects)| {
        (*workload, *clients) == (point.workload.as_str(), point.clients)
            && (every_subject || subjects.contains(&point.subject.as_str()))
    })
}

/// How many rounds: from twenty on, means are trimmed of their strangest rounds, and one trial may fail. How
/// much they show is measured by `contend gate-trial`.
pub const ROUNDS: u32 = 21;

/// Length of a trial's measured stretch, in seconds: after it goodput has settled (docs/lengths.md), which is what
/// decides here. To begin and to end a trial takes about as long.
pub const SECONDS: f64 = 0.5;

/// The experiments: interleavings that are stepped by hand, whose verdicts no clock decides.
pub const EXPERIMENTS: [&str; 3] = ["lock-table", "lost-update", "payment"];
