//! The harness under test, as a part of the method.

use serde::Serialize;

use crate::measure::{Build, Crosscheck, Machine, Run};
use crate::report::crosscheck;
use crate::report::measured::Conditions;
use crate::report::numbers::{chosen_time, list, plural};
use crate::report::table::Table;

/// What the report says of the crosscheck that the run holds.
#[derive(Serialize)]
pub struct Harness {
    /// When, by which build and beside what it was made.
    made: String,
    /// Whether that is this run's build, machine and server.
    same: String,
    conditions: Conditions,
    table: Table,
    sentences: Vec<String>,
}

/// The crosscheck of a run; `None` if none was made.
pub fn of(run: &Run) -> Option<Harness> {
    let found = run.crosscheck.as_ref()?;
    Some(Harness {
        made: made(found),
        same: same(run, found),
        conditions: Conditions::common(format!(
            "increment-spread, careful clients, {} of {} of the crosscheck’s own, made at {}",
            plural(found.rounds as usize, "round", "rounds"),
            chosen_time(found.seconds),
            found.started
        )),
        table: crosscheck::table(found),
        sentences: crosscheck::sentences(found),
    })
}

fn made(found: &Crosscheck) -> String {
    let mut others: Vec<String> = Vec::new();
    others.extend(
        found
            .pgbench
            .as_ref()
            .map(|version| format!("pgbench {version}")),
    );
    others.extend(
        found
            .server
            .as_ref()
            .map(|server| format!("PostgreSQL {} ({})", server.version, server.provision)),
    );
    others.extend(found.wrk.as_ref().map(|version| format!("wrk {version}")));
    others.push(format!("SQLite {}", version_number(&found.sqlite)));
    format!(
        "Made at {} by {}, in {} of {}, with {}.",
        found.started,
        build(&found.build),
        plural(found.rounds as usize, "round", "rounds"),
        chosen_time(found.seconds),
        list(&others)
    )
}

/// The library tells its version with the check-in it was built from.
fn version_number(version: &str) -> &str {
    version.split_whitespace().next().unwrap_or(version)
}

fn build(build: &Build) -> String {
    let commit = build.commit.as_deref().map_or(String::new(), |commit| {
        let short: String = commit.chars().take(10).collect();
        match build.dirty {
            Some(true) => format!(", commit {short} with changes"),
            _ => format!(", commit {short}"),
        }
    });
    format!("contend {} ({}{commit})", build.version, build.profile)
}

fn same(run: &Run, found: &Crosscheck) -> String {
    // Two builds with changes that were not committed are not known to be the same.
    let build = run.build == found.build && run.build.dirty != Some(true);
    let verdict = |same| if same { "is" } else { "is not" };
    let versions = [&run.server, &found.server].map(|server| {
        let server = server.as_ref();
        server.map(|server| (server.provision, &server.version))
    });
    let server = match (&versions[0], &versions[1]) {
        (Some(own), Some(other)) if own != other => {
            " PostgreSQL was another, or come by in another way."
        }
        _ => "",
    };
    format!(
        "That {} known to be the build of this run, and the machine {} this run’s.{server}",
        verdict(build),
        verdict(same_machine(&run.machine, &found.machine)),
    )
}

/// What identifies a machine; its load, and where the databases lie, may differ.
fn same_machine(one: &Machine, other: &Machine) -> bool {
    let identity = |machine: &Machine| {
        (
            machine.system.clone(),
            machine.kernel.clone(),
            machine.cpu.clone(),
            machine.cpus,
            machine.memory_bytes,
        )
    };
    identity(one) == identity(other)
}
