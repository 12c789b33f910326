//! A run before its first trial: everything it knows but what it measures.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use crate::lab::{Scratch, machine, probe};
use crate::measure::run::{FORMAT, SCHEMA_VERSION};
use crate::measure::{Build, Engine, Neighbours, Plan, Point, Run, Topology};
use crate::subject::engine::sqlite;
use crate::subject::server::{self, Server};
use crate::{subject, workload};

/// What stands among what was not measured until it was counted, after the rounds.
pub const SYNCS: &str =
    "How many times each engine syncs per commit, and how many bytes it writes for it.";

/// What a reader might think was measured.
const NOT_MEASURED: &[&str] = &[
    "Clients on other machines: all of them share this one with the databases, and its CPUs.",
    "Careless clients that pause between operations: those measured begin the next one at once.",
    "Network file systems.",
    "A loss of power: the durability tiers are what the engines document, not what was tried.",
    SYNCS,
    "What another driver would cost: the clients' are rusqlite and sqlx, and their work is part of \
     every figure.",
    "What takes minutes or gigabytes to show: PostgreSQL's checkpoints every five minutes and the full-page writes \
     after each, its autovacuum, files that outgrow memory.",
];

/// What a reader might think that this plan measures.
fn not_measured(plan: &Plan) -> Vec<String> {
    let other_load = match plan.rate {
        None => {
            "A load that comes at a rate of its own, such as requests from outside, but for the waits \
             behind a long transaction: elsewhere clients begin an operation when the last one ended."
        }
        Some(_) => {
            "How much the subjects can do: operations came at a rate that was asked for, and who keeps up \
             with it does no more."
        }
    };
    let mut lines = NOT_MEASURED.to_vec();
    lines.insert(1, other_load);
    if plan
        .points
        .iter()
        .all(|point| point.topology != Topology::Containers)
    {
        lines.push(
            "Containers as app instances in the main job; experiments over HTTP, where there are any, say what they \
             used.",
        );
    }
    lines.into_iter().map(str::to_owned).collect()
}

/// Whether any subject of the plan needs this engine.
pub fn needs(plan: &Plan, engine: Engine) -> bool {
    plan.points
        .iter()
        .filter_map(|point| subject::find(&point.subject))
        .any(|subject| subject.engine() == engine)
}

/// Sees whether this process may open as many files as the plan needs: each SQLite client keeps
/// its file, its log and the log's index open.
///
/// # Errors
/// If the limit is too low; the sentence says how to raise it.
pub fn check_open_files(plan: &Plan) -> Result<()> {
    const PER_CLIENT: u64 = 4;
    const OTHERS: u64 = 64;
    let clients = |point: &Point| point.clients.div_ceil(point.instances);
    let most = plan.points.iter().map(clients).max().unwrap_or(0);
    let needed = u64::from(most) * PER_CLIENT + OTHERS;
    let limit = machine::open_files();
    ensure!(
        limit >= needed,
        "{most} clients in one instance need {needed} open files, and the limit is {limit}: \
         raise it with `ulimit -n {needed}`, or spread the clients with --instances."
    );
    Ok(())
}

/// The run of a plan, after the machine was looked at and the disk under `directory` probed;
/// `neighbours` is what others did before.
///
/// # Errors
/// If the disk cannot be written, or the machine not be looked at.
pub fn new_run(
    plan: Plan,
    scratch: &Scratch,
    server: Option<&Server>,
    directory: &Path,
    neighbours: Neighbours,
) -> Result<Run> {
    let planned = |name: &str| {
        plan.points
            .iter()
            .any(|p| p.subject == name || p.workload == name)
    };
    let subjects = subject::catalog::ALL.iter().copied();
    let subjects = subjects.filter(|subject| planned(subject.name));
    #[cfg(feature = "gate-trial")]
    let subjects = subjects.chain(subject::worse::among(&plan));
    let workloads = workload::ALL
        .iter()
        .filter(|workload| planned(workload.name()));
    let started = now();
    let machine = machine::describe(directory, Some(neighbours))
        .with_context(|| format!("Cannot look at {}", directory.display()))?;
    Ok(Run {
        format: FORMAT.to_owned(),
        schema_version: SCHEMA_VERSION,
        id: String::new(),
        finished: started.clone(),
        started,
        complete: false,
        command: std::env::args_os()
            .map(|argument| server::redact(&argument.to_string_lossy()))
            .collect(),
        turns: None,
        build: Build::current(),
        machine,
        probe: probe::probe(scratch.path())
            .with_context(|| format!("Cannot probe the disk under {}", directory.display()))?,
        server: server.map(|server| server.info().clone()),
        images: BTreeMap::new(),
        sqlite: needs(&plan, Engine::Sqlite).then(sqlite::library_version),
        sqlite_compile_options: if needs(&plan, Engine::Sqlite) {
            sqlite::compile_options()?
        } else {
            Vec::new()
        },
        crosscheck: None,
        subjects: subjects.map(|subject| subject.info()).collect(),
        other_subjects: Vec::new(),
        workloads: workloads.map(|workload| workload.info(&plan)).collect(),
        warnings: scratch.unswept().to_vec(),
        not_measured: not_measured(&plan),
        plan,
        commit_work: Vec::new(),
        experiments: Vec::new(),
        trials: Vec::new(),
        long_trials: Vec::new(),
    })
}

/// The time, RFC 3339 in UTC, to the second.
pub fn now() -> String {
    format!("{:.0}", Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_told_to_the_second_in_utc() {
        let now = now();
        assert!(now.ends_with('Z') && !now.contains('.'), "{now}");
        assert!(now.parse::<Timestamp>().is_ok());
    }
}
