//! A stage for trials and for interleavings that are stepped by hand: a scratch directory, and a
//! throwaway PostgreSQL server if there can be one.

use std::path::Path;

use contend::lab::{Interrupt, Scratch};
use contend::load::conduct::Conduct;
use contend::load::trial::{self, Case, Conditions};
use contend::measure::{Discipline, Measurement, Point, Topology};
use contend::subject::engine::{self, Store};
use contend::subject::server::Server;
use contend::subject::{self, Subject};
use contend::workload;

use super::server::{directory, local};

/// A scratch directory, and a server.
pub struct Stage {
    server: Option<Server>,
    scratch: Scratch,
    _directory: tempfile::TempDir,
}

impl Stage {
    /// With SQLite only.
    pub fn files() -> Stage {
        let directory = directory();
        Stage {
            server: None,
            scratch: Scratch::claim(directory.path()).unwrap(),
            _directory: directory,
        }
    }

    /// With a throwaway PostgreSQL server, too.
    pub fn with_server() -> Stage {
        let stage = Stage::files();
        Stage {
            server: Some(local(&stage.scratch)),
            ..stage
        }
    }

    /// A fresh database of a subject, set up for a workload.
    pub fn store<'s>(&'s self, subject: &str, workload: &str, number: u32) -> Box<dyn Store + 's> {
        let mut store = subject::find(subject)
            .unwrap()
            .store(
                self.scratch.path(),
                self.server.as_ref(),
                &Interrupt::never(),
                number,
            )
            .unwrap();
        let workload = workload::find(workload).unwrap();
        store.execute(&workload.setup()).unwrap();
        store
    }

    /// Makes a trial with a known subject.
    pub fn trial(&self, point: &Point) -> anyhow::Result<Measurement> {
        self.trial_of(subject::find(&point.subject).unwrap(), point)
    }

    /// Makes a trial of clients in four processes that conduct themselves like this, over so many
    /// seconds without a warm-up, where a long transaction is held open for so long.
    pub fn trial_in(
        &self,
        subject: &str,
        workload: &dyn workload::Workload,
        clients: u32,
        conduct: Conduct,
        (seconds, hold_seconds): (f64, f64),
    ) -> anyhow::Result<Measurement> {
        let interrupt = Interrupt::never();
        let conditions = Conditions {
            seconds,
            warm_up_seconds: 0.0,
            hold_seconds,
            ..self.conditions(&interrupt)
        };
        let point = point(workload.name(), subject, clients);
        let case = Case {
            conduct,
            ..Case::of(subject::find(subject).unwrap(), workload, &point, 1, 1)
        };
        Ok(trial::make(&conditions, &case, false)?.0)
    }

    fn conditions<'s>(&'s self, interrupt: &'s Interrupt) -> Conditions<'s> {
        Conditions {
            executable: Path::new(env!("CARGO_BIN_EXE_contend")),
            scratch: self.scratch.path(),
            server: self.server.as_ref(),
            containers: None,
            interrupt,
            seconds: 0.2,
            warm_up_seconds: 0.05,
            hold_seconds: 0.02,
            growing_log: false,
            seed: 1,
        }
    }

    /// Makes a trial with any subject.
    pub fn trial_of(&self, subject: &Subject, point: &Point) -> anyhow::Result<Measurement> {
        let workload = workload::find(&point.workload).unwrap();
        self.trial_by(&Case::of(subject, workload, point, 1, 1))
    }

    /// Makes a trial of clients that conduct themselves in a way of their own.
    pub fn trial_by(&self, case: &Case<'_>) -> anyhow::Result<Measurement> {
        let interrupt = Interrupt::never();
        let (measurement, _) = trial::make(&self.conditions(&interrupt), case, false)?;
        Ok(measurement)
    }
}

/// A point with careful clients in processes.
pub fn point(workload: &str, subject: &str, clients: u32) -> Point {
    Point {
        workload: workload.to_owned(),
        subject: subject.to_owned(),
        topology: Topology::Processes,
        instances: clients.min(4),
        clients,
        discipline: Discipline::Careful,
        rate: None,
    }
}

/// Where PostgreSQL clients of a store connect.
pub fn postgres_target(store: &dyn Store, discipline: Discipline) -> engine::postgres::Target {
    match store.target(discipline) {
        engine::Target::Postgres(target) => target,
        other => panic!("not PostgreSQL: {other:?}"),
    }
}

/// The file that SQLite clients of a store open.
pub fn sqlite_target(store: &dyn Store, discipline: Discipline) -> engine::sqlite::Target {
    match store.target(discipline) {
        engine::Target::Sqlite(target) => target,
        other => panic!("not SQLite: {other:?}"),
    }
}
