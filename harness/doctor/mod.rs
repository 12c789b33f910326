//! What a run would use here and what is wrong with this machine as a laboratory. Nothing is
//! started that stays, and nothing is written but a nameless file, to time the disk.

mod place;
mod sqlite;
mod text;

use std::path::Path;
use std::thread;

use anyhow::Result;
use serde::Serialize;

use crate::lab::neighbours::{LISTEN, listen};
use crate::lab::{Interrupt, Scratch, machine, probe, sentence};
use crate::measure::{Build, Engine, Machine, Plan, Probe, Provision};
use crate::report::warnings::{Laboratory, PostgresData, Severity, Warning};
use crate::subject::server::{self, Inspection, SPARE_CONNECTIONS, Wanted};
use crate::suite::new_run;

use place::Place;
use sqlite::Sqlite;

/// What a run would be asked to do.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// The directory for databases, if one is named.
    pub directory: Option<&'a Path>,
    /// Whether it may be in memory.
    pub allow_memory: bool,
    /// Which server.
    pub wanted: &'a Wanted,
    /// The image of a container.
    pub image: &'a str,
    /// Whether nothing may be fetched or pulled.
    pub offline: bool,
    /// What would be measured.
    pub plan: &'a Plan,
}

/// What the doctor found.
#[derive(Debug, Serialize)]
pub struct Examination {
    /// Whether a run could begin.
    pub ready: bool,
    /// Why it could not, one sentence each.
    pub obstacles: Vec<String>,
    /// The build that would measure.
    pub build: Build,
    /// The ways to a PostgreSQL server.
    pub postgres: Option<Inspection>,
    /// The SQLite library.
    pub sqlite: Sqlite,
    /// The machine, and where databases would lie, or the nearest directory that there is.
    pub machine: Option<Machine>,
    /// What was probed there; `None` if nothing may be written.
    pub probe: Option<Probe>,
    /// What weakens figures that are taken here, the gravest first.
    pub findings: Vec<Finding>,
}

/// Something that weakens figures.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// What it is and what to do about it.
    pub sentence: String,
    /// The same, for a program.
    pub finding: Warning,
}

/// Examines the machine, in about three seconds.
///
/// # Errors
/// [`Interrupted`](crate::lab::Interrupted) once a signal has come.
pub fn examine(wish: &Wish<'_>, interrupt: &Interrupt) -> Result<Examination> {
    let place = Place::of(wish.directory, wish.allow_memory);
    let mut obstacles: Vec<String> = place.trouble.iter().cloned().collect();
    let taken = place.directory.as_deref().and_then(Scratch::taken);
    obstacles.extend(
        new_run::check_open_files(wish.plan)
            .err()
            .map(|e| sentence(&e)),
    );
    let connections = wish.plan.most_clients() + SPARE_CONNECTIONS;
    let near = place.near.as_path();
    // A run that goes on there must not be disturbed.
    let may_probe = place.writable && taken.is_none();
    obstacles.extend(taken.map(|error| error.to_string()));
    // Asking Docker and servers is waiting, which disturbs neither ear nor disk.
    let (heard, probe, postgres) = thread::scope(|scope| {
        let asking = scope
            .spawn(|| server::inspect(wish.wanted, wish.image, near, connections, wish.offline));
        let heard = listen(interrupt, LISTEN);
        let probe = (may_probe && heard.is_ok()).then(|| probe::probe(near));
        (heard, probe, asking.join())
    });
    let machine = machine::describe(near, Some(heard?));
    let probe = probe.and_then(|probe| note(probe, &mut obstacles, "Cannot probe the disk"));
    let machine = note(machine, &mut obstacles, "Cannot look at the machine");
    let postgres = match postgres {
        Ok(inspection) => note(inspection, &mut obstacles, "Cannot look for a server"),
        Err(_) => None,
    };
    obstacles.extend(postgres.as_ref().and_then(no_server));
    let build = Build::current();
    let findings = match &machine {
        Some(machine) => findings(
            wish.plan,
            machine,
            probe.as_ref(),
            &build,
            postgres.as_ref(),
        ),
        None => Vec::new(),
    };
    Ok(Examination {
        ready: obstacles.is_empty(),
        obstacles,
        build,
        postgres,
        sqlite: Sqlite::here(),
        machine,
        probe,
        findings,
    })
}

/// What came of a step; why nothing came of it stands in the way.
fn note<T, E: Into<anyhow::Error>>(
    result: Result<T, E>,
    obstacles: &mut Vec<String>,
    what: &'static str,
) -> Option<T> {
    result
        .map_err(|error| obstacles.push(sentence(&error.into().context(what))))
        .ok()
}

/// What a run would say if no way leads to a server.
fn no_server(inspection: &Inspection) -> Option<String> {
    if inspection.taken.is_some() {
        return None;
    }
    let mut troubles: Vec<&str> = inspection
        .passed_over()
        .filter_map(|way| way.trouble.as_deref())
        .collect();
    match troubles.len() {
        1 => troubles.pop().map(str::to_owned),
        _ => Some(
            "There is no PostgreSQL server: give one by URL (--postgres postgres://user@host/database), or mend one \
             of the ways below."
                .to_owned(),
        ),
    }
}

fn findings(
    plan: &Plan,
    machine: &Machine,
    probe: Option<&Probe>,
    build: &Build,
    postgres: Option<&Inspection>,
) -> Vec<Finding> {
    let laboratory = Laboratory {
        machine,
        probe,
        build,
        sqlite: new_run::needs(plan, Engine::Sqlite),
        postgres: match postgres.and_then(|inspection| inspection.taken) {
            None => PostgresData::Absent,
            Some(Provision::Url) => PostgresData::Unknown,
            // Beside the SQLite files.
            Some(Provision::Docker | Provision::Local | Provision::Wheel) => {
                PostgresData::At(&machine.place)
            }
        },
        clients: plan.most_clients(),
        trials: &[],
    };
    let mut warnings = laboratory.warnings();
    warnings.sort_by_key(Warning::severity);
    warnings
        .into_iter()
        .map(|warning| Finding {
            severity: warning.severity(),
            // For terminals and programs a space is a space.
            sentence: warning.to_string().replace('\u{a0}', " "),
            finding: warning,
        })
        .collect()
}
