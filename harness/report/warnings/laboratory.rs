//! What weakens figures before the first of them is taken: the machine as a laboratory. A run that
//! begins, its report and the doctor say it in the same words.

use crate::measure::{Build, Engine, Machine, Place, Probe, Run, Trial};
use crate::report::disk::Drift;
use crate::report::processors::Steal;

use super::{Warning, disturbance, handicap, mounted, shortage, suspicion, unsuitable};

/// A machine on which is measured, or could be.
#[derive(Debug, Clone, Copy)]
pub struct Laboratory<'a> {
    /// The machine.
    pub machine: &'a Machine,
    /// What was probed on it, if anything was.
    pub probe: Option<&'a Probe>,
    /// The build that measures.
    pub build: &'a Build,
    /// Whether SQLite files lie where the machine says.
    pub sqlite: bool,
    /// Where PostgreSQL's data lies.
    pub postgres: PostgresData<'a>,
    /// The most clients at once.
    pub clients: u32,
    /// The trials made so far; where they tell more than the probe, they are believed.
    pub trials: &'a [Trial],
}

/// Where PostgreSQL's data lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PostgresData<'a> {
    /// There is no server.
    Absent,
    /// On a server given by URL, whose disk cannot be seen.
    Unknown,
    /// Here.
    At(&'a Place),
}

impl<'a> Laboratory<'a> {
    /// That of a run.
    pub fn of(run: &'a Run) -> Laboratory<'a> {
        let stored = |engine| run.subjects.iter().any(|subject| subject.engine == engine);
        let server = run.server.as_ref().filter(|_| stored(Engine::Postgres));
        Laboratory {
            machine: &run.machine,
            probe: Some(&run.probe),
            build: &run.build,
            sqlite: stored(Engine::Sqlite),
            postgres: match server.map(|server| &server.data) {
                None => PostgresData::Absent,
                Some(None) => PostgresData::Unknown,
                Some(Some(place)) => PostgresData::At(place),
            },
            clients: run.plan.most_clients(),
            trials: &run.trials,
        }
    }

    /// The places where databases lie, each once.
    pub(super) fn places(&self) -> Vec<&'a Place> {
        let own = self.sqlite.then_some(&self.machine.place);
        let data = match self.postgres {
            PostgresData::At(place) => Some(place),
            PostgresData::Absent | PostgresData::Unknown => None,
        };
        let apart = |data: &&Place| own.is_none_or(|own| !is_same(own, data));
        own.into_iter().chain(data.filter(apart)).collect()
    }

    /// Whatever weakens figures that are taken here, in the order of the families.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.build.profile != "release" {
            warnings.push(Warning::DebugBuild);
        }
        warnings.extend(unsuitable::of(self).into_iter().map(Warning::Unsuitable));
        warnings.extend(mounted::of(self).into_iter().map(Warning::Mounted));
        warnings.extend(suspicion::of(self).map(Warning::Suspicion));
        warnings.extend(Steal::of(self.trials, self.probe).map(Warning::Steal));
        warnings.extend(disturbance::of(self).into_iter().map(Warning::Disturbance));
        if !self.places().is_empty() {
            warnings.extend(Drift::of(self.trials, self.probe).map(Warning::Drift));
        }
        warnings.extend(shortage::of(self).into_iter().map(Warning::Shortage));
        warnings.extend(handicap::of(self).into_iter().map(Warning::Handicap));
        if self.build.dirty == Some(true) {
            warnings.push(Warning::Dirty);
        }
        warnings
    }
}

/// Whether two directories are on the same device.
pub(super) fn is_same(one: &Place, other: &Place) -> bool {
    (&one.filesystem, &one.device) == (&other.filesystem, &other.device)
}
