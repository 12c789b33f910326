//! What the tests of experiments share.

use std::path::Path;

use contend::experiment::{self, Lab};
use contend::lab::{Interrupt, Scratch};
use contend::measure::Experiment;
use contend::measure::experiment::{Extent, Timeline};
use contend::subject::server::Server;

use super::server::{directory, local};

/// The SQLite subjects that experiments are made on.
pub const SQLITE: [&str; 2] = ["sqlite-delete-full", "sqlite-wal-full"];

/// Does the least of an experiment, with PostgreSQL where there can be one: what is stepped by hand
/// is part of it, what is random is not.
pub fn done(name: &str, with_server: bool) -> Experiment {
    done_to(Extent::Quick, name, with_server)
}

/// Does an experiment to this extent, with PostgreSQL where there can be one.
pub fn done_to(extent: Extent, name: &str, with_server: bool) -> Experiment {
    done_as(experiment::find(name).unwrap(), extent, with_server)
}

/// Does one that has sizes of its own.
pub fn done_as(
    experiment: &dyn experiment::Experiment,
    extent: Extent,
    with_server: bool,
) -> Experiment {
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server: Option<Server> = with_server.then(|| local(&scratch));
    let interrupt = Interrupt::never();
    let executable = Path::new(env!("CARGO_BIN_EXE_contend"));
    let lab = Lab::new(
        extent,
        executable,
        scratch.path(),
        server.as_ref(),
        None,
        &interrupt,
        1,
    );
    let found = experiment::run(experiment, &lab).unwrap();
    assert!(found.failures.is_empty(), "{:?}", found.failures);
    found
}

pub fn timeline<'e>(experiment: &'e Experiment, subject: &str, name: &str) -> &'e Timeline {
    experiment
        .timeline(name, subject)
        .unwrap_or_else(|| panic!("no timeline {name} on {subject}"))
}

pub fn code<'t>(timeline: &'t Timeline, label: &str) -> Option<&'t str> {
    let step = timeline.step(label);
    step.unwrap_or_else(|| panic!("no step {label}"))
        .answer
        .code()
}
