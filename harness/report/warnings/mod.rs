//! What weakens the figures of a run, as far as it shows in the run file, each with what to do.

#[cfg(test)]
mod calm;
mod disturbance;
mod handicap;
mod laboratory;
mod mounted;
mod severity;
mod shortage;
mod suspicion;
mod unsuitable;

use serde::Serialize;

use crate::measure::Run;
use crate::measure::statistics::ROUNDS_FOR_INTERVAL;

use super::disk::Drift;
use super::long_trials::LengthBias;
use super::numbers::plural;
use super::processors::Steal;

pub use disturbance::Disturbance;
pub use handicap::Handicap;
pub use laboratory::{Laboratory, PostgresData};
pub use mounted::Mounted;
pub use severity::Severity;
pub use shortage::Shortage;
pub use suspicion::Suspicion;
pub use unsuitable::Unsuitable;

/// Something a reader must know before trusting the figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The run was stopped before its plan was done.
    Incomplete {
        /// Trials made.
        made: usize,
        /// Trials planned.
        planned: usize,
    },
    /// The suite itself was built without optimisation.
    DebugBuild,
    /// The build holds changes that no commit has.
    Dirty,
    /// Trials whose audit failed.
    Void(usize),
    /// Trials that could not run to their end.
    Failed(usize),
    /// Too few rounds for an interval.
    FewRounds(u32),
    /// The hypervisor took CPU time.
    Steal(Steal),
    /// The speed of the disk moved.
    Drift(Drift),
    /// Databases do not lie on a disk like that of a database.
    Unsuitable(Unsuitable),
    /// A file system is mounted unlike that of a database.
    Mounted(Mounted),
    /// An fdatasync was too fast to be true.
    Suspicion(Suspicion),
    /// Others use the machine.
    Disturbance(Disturbance),
    /// The machine is short of memory.
    Shortage(Shortage),
    /// Processors or clock hamper.
    Handicap(Handicap),
    /// What the run itself says.
    Said(String),
    /// Trials are too short for a subject.
    LengthBias(LengthBias),
}

/// Every warning of a run, the gravest first.
pub fn of(run: &Run) -> Vec<Warning> {
    let mut warnings = all(run);
    warnings.retain(|warning| warning.severity() != Severity::Note);
    warnings
}

/// What is to be known, but no reason for alarm.
pub fn notes(run: &Run) -> Vec<Warning> {
    let mut notes = all(run);
    notes.retain(|warning| warning.severity() == Severity::Note);
    notes
}

fn all(run: &Run) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !run.complete {
        warnings.push(Warning::Incomplete {
            made: run.trials.len() + run.long_trials.len(),
            planned: run.plan.points.len() * run.plan.rounds as usize + run.plan.long_points.len(),
        });
    }
    let all_trials = || run.trials.iter().chain(&run.long_trials);
    let void = all_trials().filter(|t| t.measurement().is_some() && t.comparable().is_none());
    let failed = all_trials().filter(|t| t.measurement().is_none());
    warnings.extend(some(void.count()).map(Warning::Void));
    warnings.extend(some(failed.count()).map(Warning::Failed));
    warnings.extend(LengthBias::all(run).into_iter().map(Warning::LengthBias));
    warnings.extend(run.warnings.iter().cloned().map(Warning::Said));
    warnings.extend(Laboratory::of(run).warnings());
    if (run.plan.rounds as usize) < ROUNDS_FOR_INTERVAL {
        warnings.push(Warning::FewRounds(run.plan.rounds));
    }
    warnings.sort_by_key(Warning::severity);
    warnings
}

fn some(count: usize) -> Option<usize> {
    (count > 0).then_some(count)
}

impl Warning {
    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match self {
            Warning::Incomplete { .. } | Warning::DebugBuild => Severity::Grave,
            Warning::LengthBias(_) => Severity::Grave,
            Warning::Unsuitable(found) => found.severity(),
            Warning::Mounted(found) => found.severity(),
            Warning::Suspicion(found) => found.severity(),
            Warning::Disturbance(found) => found.severity(),
            Warning::Shortage(found) => found.severity(),
            Warning::Handicap(found) => found.severity(),
            _ => Severity::Warning,
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let trials = |count: &usize| plural(*count, "trial", "trials");
        match self {
            Warning::Incomplete { made, planned } => write!(
                f,
                "This run is incomplete: {made} of {} were made before it was stopped. Points that were not \
                 reached are missing below, and the others stand on fewer rounds.",
                trials(planned)
            ),
            Warning::DebugBuild => f.write_str(
                "contend was built without optimisation: the figures measure the missing optimiser. Measure again \
                 with a release build.",
            ),
            Warning::Dirty => f.write_str(
                "contend was built from a checkout with changes that no commit holds: nobody can build the same \
                 again. Commit first if the figures are to be cited.",
            ),
            Warning::Void(count) => write!(
                f,
                "{} did not pass the audit and {} void: left out of every chart and ratio, and listed under Audits.",
                trials(count),
                if *count == 1 { "is" } else { "are" }
            ),
            Warning::Failed(count) => write!(
                f,
                "{} could not run to the end: left out of every chart and ratio, and listed under Audits.",
                trials(count)
            ),
            Warning::FewRounds(rounds) => write!(
                f,
                "{} only: the report shows ranges and claims no interval. Ask for at least {ROUNDS_FOR_INTERVAL} \
                 rounds to be able to tell a difference from chance.",
                plural(*rounds as usize, "round", "rounds")
            ),
            Warning::Steal(steal) => steal.fmt(f),
            Warning::Drift(drift) => drift.fmt(f),
            Warning::Unsuitable(found) => found.fmt(f),
            Warning::Mounted(found) => found.fmt(f),
            Warning::Suspicion(found) => found.fmt(f),
            Warning::Disturbance(found) => found.fmt(f),
            Warning::Shortage(found) => found.fmt(f),
            Warning::Handicap(found) => found.fmt(f),
            Warning::Said(sentence) => f.write_str(sentence),
            Warning::LengthBias(found) => found.fmt(f),
        }
    }
}
