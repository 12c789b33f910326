//! `contend lengths`: how long a trial must be for its figures to settle.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::list::{self, List};
use super::{FLAWED, results, setting};
use crate::lab::neighbours::{LISTEN, listen};
use crate::lab::{Interrupt, Scratch};
use crate::load::trial::Conditions;
use crate::measure::experiment::Extent;
use crate::measure::run::Turns;
use crate::measure::{Discipline, Engine, Plan, Run, Topology, store};
use crate::report::convergence;
use crate::subject::{self, Subject};
use crate::suite::main_job::MainJob;
use crate::suite::plan::{HOLD_SECONDS, INSTANCES, Request, expected_in_all};
use crate::suite::progress::Progress;
use crate::suite::{new_run, turns};
use crate::workload::{self, Benchmark};

/// The lengths that are compared unless the user says otherwise, in seconds.
const LENGTHS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 20.0];

/// The numbers of clients unless the user says otherwise.
const CLIENTS: [u32; 3] = [1, 4, 16];

/// The subjects unless the user names some: those of a default run that are measured at every load.
const SUBJECTS: [&str; 2] = ["sqlite-wal-full", "postgres"];

const AFTER_HELP: &str = "\
Each round measures every point once at every length, in random order. The table tells from which length on
goodput and p99 stay within 5 % of those of the longest trials.

Examples:
  contend lengths
      every workload, in about five hours
  contend lengths --workloads increment-hot --clients 16
      one point of each engine, in eight minutes
  contend lengths --workloads increment-hot --growing-log
      the same without the preparation that a trial makes of SQLite's write-ahead log";

/// What `contend lengths` takes.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Measure on these workloads, separated by commas [default: all whose figure is a rate]
    #[arg(long, value_name = "NAMES", value_parser = list::workloads)]
    workloads: Option<List<&'static dyn Benchmark>>,

    /// Measure these subjects, separated by commas [default: sqlite-wal-full,postgres]
    #[arg(long, value_name = "NAMES", value_parser = list::subjects)]
    subjects: Option<List<&'static Subject>>,

    /// Measure with these numbers of clients [default: 1,4,16]
    #[arg(long, value_name = "NUMBERS", value_parser = list::clients)]
    clients: Option<List<u32>>,

    /// Compare trials of these lengths, in seconds [default: 0.25,0.5,1,2,4,8,20]
    #[arg(long, value_name = "SECONDS", value_parser = list::lengths)]
    seconds: Option<List<f64>>,

    /// Repeat everything this often
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = list::rounds)]
    rounds: u32,

    /// Let SQLite's write-ahead log grow from nothing in each trial
    #[arg(long)]
    growing_log: bool,

    /// Make the same random choices as the run with this seed [default: a new one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    #[command(flatten)]
    place: setting::Place,

    /// Write results here: lengths.md, and the run of each length
    #[arg(long, value_name = "PATH", default_value = "reports/lengths")]
    out: PathBuf,

    #[command(flatten)]
    server: setting::Server,
}

/// Measures the same points with trials of several lengths, and tells from which on figures have settled.
///
/// # Errors
/// One sentence; the rounds that were finished are kept.
pub fn lengths(arguments: &Arguments) -> Result<ExitCode> {
    let wanted = arguments.server.wanted()?;
    let interrupt = Interrupt::install()?;
    results::check_output(&arguments.out)?;
    let directory = arguments.place.choose()?;
    let plans = plans(arguments);
    new_run::check_open_files(&plans[0])?;
    let scratch = Scratch::claim(&directory)?;
    let mut progress = Progress::new(plans.iter().map(expected_in_all).sum());
    progress.show("listening to what others do on this machine");
    let neighbours = listen(&interrupt, LISTEN)?;
    let server = new_run::needs(&plans[0], Engine::Postgres)
        .then(|| {
            let clients = plans[0].most_clients();
            let server = &arguments.server;
            server.provide(&wanted, clients, &scratch, &interrupt, &mut progress)
        })
        .transpose()?;
    progress.show("probing the disk and the clock");
    let mut runs = Vec::new();
    for plan in plans {
        let mut run = new_run::new_run(plan, &scratch, server.as_ref(), &directory, neighbours)?;
        // What tells the runs apart, also where criterion writes.
        run.turns = Some(Turns {
            pair: String::new(),
            side: format!("{}s", run.plan.seconds),
            made_of: vec![format!("seconds={}", run.plan.seconds)],
            in_place_of: None,
        });
        runs.push(run);
    }
    let executable = std::env::current_exe().context("Cannot find the program's own file")?;
    let conditions: Vec<Conditions> = runs
        .iter()
        .map(|run| Conditions {
            executable: &executable,
            scratch: scratch.path(),
            server: server.as_ref(),
            containers: None,
            interrupt: &interrupt,
            seconds: run.plan.seconds,
            warm_up_seconds: run.plan.warm_up_seconds,
            hold_seconds: run.plan.hold_seconds,
            growing_log: arguments.growing_log,
            seed: run.plan.seed,
        })
        .collect();
    let result = measure(&conditions, &mut runs, &mut progress);
    progress.finish();
    drop(conditions);
    drop(server);
    drop(scratch);
    let result = match result {
        // Stopped before every length had a trial.
        Err(error) if runs.iter().any(|run| run.trials.is_empty()) => return Err(error),
        other => other,
    };
    for run in &mut runs {
        run.complete = result.is_ok();
        run.finished = new_run::now();
        store::seal(run);
        let side = run.turns.as_ref().map_or("", |turns| &turns.side);
        let directory = arguments.out.join(side);
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("Cannot make {}", directory.display()))?;
        store::write_latest(run, &directory)?;
    }
    let told = convergence::markdown(&runs);
    let file = arguments.out.join("lengths.md");
    std::fs::write(&file, &told).with_context(|| format!("Cannot write {}", file.display()))?;
    super::print(&told)?;
    result?;
    Ok(match runs.iter().any(results::flawed) {
        true => ExitCode::from(FLAWED),
        false => ExitCode::SUCCESS,
    })
}

/// A plan for each length, the same but for that.
fn plans(arguments: &Arguments) -> Vec<Plan> {
    let rates = workload::ALL.iter().copied();
    let rates = || {
        rates
            .clone()
            .filter(|workload| !workload.paces_itself())
            .collect()
    };
    let main = || SUBJECTS.into_iter().filter_map(subject::find).collect();
    let seed = arguments
        .seed
        .unwrap_or_else(|| rand::random::<u32>().into());
    let lengths = arguments
        .seconds
        .as_ref()
        .map_or(LENGTHS.to_vec(), |List(lengths)| lengths.clone());
    let plan = |seconds| {
        let request = Request {
            extent: Extent::Full,
            subjects: Some(
                arguments
                    .subjects
                    .as_ref()
                    .map_or_else(main, |List(named)| named.clone()),
            ),
            workloads: arguments
                .workloads
                .as_ref()
                .map_or_else(rates, |List(named)| named.clone()),
            clients: Some(
                arguments
                    .clients
                    .as_ref()
                    .map_or(CLIENTS.to_vec(), |List(n)| n.clone()),
            ),
            disciplines: Some(vec![Discipline::Careful]),
            topologies: vec![Topology::Processes],
            instances: INSTANCES,
            rate: None,
            rounds: Some(arguments.rounds),
            seconds,
            hold_seconds: HOLD_SECONDS,
            seed,
        };
        Plan {
            long_points: Vec::new(),
            ..request.plan()
        }
    };
    lengths.into_iter().map(plan).collect()
}

fn measure(conditions: &[Conditions<'_>], runs: &mut [Run], progress: &mut Progress) -> Result<()> {
    let mut jobs = Vec::new();
    for (conditions, run) in conditions.iter().zip(runs) {
        jobs.push(MainJob::new(conditions, run)?);
    }
    turns::all_rounds(&mut jobs, progress, |_| ())
}
