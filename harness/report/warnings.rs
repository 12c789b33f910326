//! What weakens the figures of a run, as far as it shows in the run file, each with what to do.

use crate::measure::statistics::ROUNDS_FOR_INTERVAL;
use crate::measure::{Engine, Place, Run};

use super::cut_off::CutOff;
use super::disk::{self, Drift};
use super::numbers::plural;
use super::processors::Steal;

/// Something a reader must know before trusting the figures.
#[derive(Debug, Clone, PartialEq)]
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
    /// PostgreSQL wrote to a disk that is not known.
    UnknownDisk,
    /// PostgreSQL and SQLite wrote to different places: the two, in words.
    OtherDisk(String, String),
    /// A database lay in memory: whose, and the file system.
    InMemory(&'static str, String),
    /// The SQLite files lay on a container's layers: the file system.
    Overlay(String),
    /// What the run itself says.
    Said(String),
    /// Trials end before a lock timeout.
    CutOff(CutOff),
}

/// Every warning of a run, the gravest first.
pub fn of(run: &Run) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !run.complete {
        warnings.push(Warning::Incomplete {
            made: run.trials.len(),
            planned: run.plan.points.len() * run.plan.rounds as usize,
        });
    }
    if run.build.profile != "release" {
        warnings.push(Warning::DebugBuild);
    }
    let void = run
        .trials
        .iter()
        .filter(|t| t.measurement().is_some() && t.comparable().is_none());
    let failed = run.trials.iter().filter(|t| t.measurement().is_none());
    warnings.extend(some(void.count()).map(Warning::Void));
    warnings.extend(some(failed.count()).map(Warning::Failed));
    warnings.extend(run.warnings.iter().cloned().map(Warning::Said));
    warnings.extend(Steal::of(run).map(Warning::Steal));
    warnings.extend(Drift::of(run).map(Warning::Drift));
    warnings.extend(disks(run));
    if (run.plan.rounds as usize) < ROUNDS_FOR_INTERVAL {
        warnings.push(Warning::FewRounds(run.plan.rounds));
    }
    if run.build.dirty == Some(true) {
        warnings.push(Warning::Dirty);
    }
    warnings
}

/// What holds of every run with a short plan: to be known, but no reason for alarm.
pub fn notes(run: &Run) -> Vec<Warning> {
    CutOff::of(run).map(Warning::CutOff).into_iter().collect()
}

/// What is unequal or untypical in where the databases lie.
fn disks(run: &Run) -> Vec<Warning> {
    let place = &run.machine.place;
    let stored = |engine| run.subjects.iter().any(|subject| subject.engine == engine);
    let data = run.server.as_ref().and_then(|server| server.data.as_ref());
    let data = data.filter(|_| stored(Engine::Postgres));
    let mut warnings = Vec::new();
    if disk::unknown(run) {
        warnings.push(Warning::UnknownDisk);
    }
    if stored(Engine::Sqlite) && place.is_memory() {
        warnings.push(Warning::InMemory(
            "The SQLite files",
            place.filesystem.clone(),
        ));
    }
    if stored(Engine::Sqlite) && place.is_overlay() {
        warnings.push(Warning::Overlay(place.filesystem.clone()));
    }
    if let Some(data) = data {
        if data.is_memory() {
            warnings.push(Warning::InMemory(
                "PostgreSQL's data",
                data.filesystem.clone(),
            ));
        }
        let words = |place: &Place| format!("{} on {}", place.filesystem, place.device);
        if stored(Engine::Sqlite) && words(data) != words(place) {
            warnings.push(Warning::OtherDisk(words(data), words(place)));
        }
    }
    warnings
}

fn some(count: usize) -> Option<usize> {
    (count > 0).then_some(count)
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
            Warning::UnknownDisk => f.write_str(
                "PostgreSQL ran on a server whose disk is not known: its commits and those of SQLite may not have \
                 waited for the same disk, and no fdatasync was timed beside its trials. Put both on one disk to \
                 compare engines rather than disks.",
            ),
            Warning::OtherDisk(postgres, sqlite) => write!(
                f,
                "PostgreSQL's data lay on {postgres}, the SQLite files on {sqlite}: their commits did not wait for the \
                 same disk. Put both on one to compare engines rather than disks."
            ),
            Warning::InMemory(what, filesystem) => write!(
                f,
                "{what} lay in memory ({filesystem}), where a commit waits for no disk and survives no loss of power. \
                 Measure in a directory on the disk that you will use."
            ),
            Warning::Overlay(filesystem) => write!(
                f,
                "The SQLite files lay on the layers of a container ({filesystem}), where no database should be. \
                 Measure in a volume."
            ),
            Warning::Said(sentence) => f.write_str(sentence),
            Warning::CutOff(cut_off) => cut_off.fmt(f),
        }
    }
}
