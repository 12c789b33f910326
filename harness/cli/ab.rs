//! `contend ab`: two variants in turns.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;

use super::compare::{Judging, remove_older};
use super::list::{self, List};
use super::variant::Variant;
use super::{FLAWED, Misunderstood, NOT_COMPARABLE, results, setting};
use crate::compare::{Basis, NotComparable, other_tier};
use crate::lab::neighbours::{LISTEN, listen};
use crate::lab::{Interrupt, Scratch};
use crate::load::trial::Conditions;
use crate::measure::experiment::Extent;
use crate::measure::run::Turns;
use crate::measure::{Discipline, Engine, Plan, Run, Topology, store};
use crate::subject::{self, Subject};
use crate::suite::main_job::MainJob;
use crate::suite::new_run;
use crate::suite::plan::{HOLD_SECONDS, INSTANCES, Request, expected_in_all};
use crate::suite::progress::{Progress, tell};
use crate::suite::{counting, turns};
use crate::workload::{self, Benchmark};

/// What is measured unless the user says otherwise: a hot row, many rows, and what mostly reads.
const WORKLOADS: [&str; 3] = ["increment-hot", "increment-spread", "read-mostly"];

/// Length of a trial's measured stretch unless the user says otherwise, in seconds: long enough for p99 with the
/// clients above (docs/lengths.md).
const SECONDS: f64 = 1.0;

/// With how many clients.
const CLIENTS: [u32; 2] = [1, 8];

/// On what, if neither variant names a subject: what survives a loss of power on either engine.
const SUBJECTS: [&str; 2] = ["sqlite-wal-full", "postgres"];

const AFTER_HELP: &str = "\
A variant is one of these, or several, each with an --a or --b of its own:

  subject=NAME          on this subject
  postgres=WHERE        on this server: a URL, docker, local, or wheel
  postgres-image=NAME   in a container of this image
  build=PATH            with the clients, and so the SQLite and the drivers, of this build of contend

Both variants of a point are measured right after each other, in an order that chance decides, in \
every round of one run: what slows the machine down meets both, and rounds are compared pair by pair. \
So times decide, too, unlike between two runs. Both runs are written, each with its report: OUT/a and \
OUT/b, and what b changed against a as OUT/changes.md, .json and .junit.xml.

Exit codes are those of `contend compare`; 4 also if trials failed.

Examples:
  contend ab --a subject=sqlite-delete-extra --b subject=sqlite-wal-full
      what a write-ahead log brings, of what survives a loss of power
  contend ab --a postgres-image=postgres:17 --b postgres-image=postgres:18
      two versions of PostgreSQL
  contend ab --a build=./contend-main --b build=target/release/contend --rounds 20
      an upgrade of SQLite, or of a driver
  contend ab --a postgres=postgres://me@old/postgres --b postgres=postgres://me@new/postgres
      two servers
  contend ab --a subject=postgres --b subject=postgres
      the same twice: what this machine's noise lets anybody see";

/// What `contend ab` takes.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The variant compared with
    #[arg(long, value_name = "KEY=VALUE", required = true)]
    a: Vec<String>,

    /// The variant that is judged
    #[arg(long, value_name = "KEY=VALUE", required = true)]
    b: Vec<String>,

    /// Compare on these subjects, separated by commas, unless a variant names one
    /// [default: sqlite-wal-full and postgres, or what the variants bear on]
    #[arg(long, value_name = "NAMES", value_parser = list::subjects)]
    subjects: Option<List<&'static Subject>>,

    /// Compare on these workloads, separated by commas
    /// [default: increment-hot, increment-spread, read-mostly]
    #[arg(long, value_name = "NAMES", value_parser = list::workloads)]
    workloads: Option<List<&'static dyn Benchmark>>,

    /// Measure with these numbers of clients [default: 1,8]
    #[arg(long, value_name = "NUMBERS", value_parser = list::clients)]
    clients: Option<List<u32>>,

    /// Repeat everything this often; fewer than 6 tell nothing of times
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = list::rounds)]
    rounds: u32,

    /// Measure each trial for so long
    #[arg(long, value_name = "S", default_value_t = SECONDS, value_parser = list::seconds)]
    seconds: f64,

    /// Make the same random choices as the run with this seed [default: a new one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    place: setting::Place,

    /// Write results here
    #[arg(long, value_name = "PATH", default_value = "reports/ab")]
    out: PathBuf,

    #[command(flatten)]
    server: setting::Server,
}

/// What a side is measured with.
struct Side {
    /// Its name, and the directory of its results.
    name: &'static str,
    /// The program whose clients are driven.
    program: PathBuf,
    /// Which of the servers, if it needs one.
    server: Option<usize>,
}

/// Measures two variants in turns, and says what changed from one to the other.
///
/// # Errors
/// One sentence; what was measured until then is kept and its place told.
pub fn ab(arguments: &Arguments) -> Result<ExitCode> {
    let began = Instant::now();
    let variants = [Variant::parse(&arguments.a)?, Variant::parse(&arguments.b)?];
    for variant in &variants {
        variant.server(&arguments.server).wanted()?;
    }
    let subjects = match subjects(arguments, &variants) {
        Err(error) if error.is::<NotComparable>() => {
            tell(&format!("error: {error}"));
            return Ok(ExitCode::from(NOT_COMPARABLE));
        }
        other => other?,
    };
    let programs = [variants[0].program()?, variants[1].program()?];
    let interrupt = Interrupt::install()?;
    results::check_output(&arguments.out)?;
    remove_older(&arguments.out)?;
    let directory = arguments.place.choose()?;
    let seed = arguments
        .seed
        .unwrap_or_else(|| rand::random::<u32>().into());
    // Both variants have trials of one length, and are compared with each other.
    let plans = subjects.map(|subjects| Plan {
        long_points: Vec::new(),
        ..request(arguments, subjects, seed).plan()
    });
    ensure!(
        !plans[0].points.is_empty() && plans[0].points.len() == plans[1].points.len(),
        "These subjects are not measured alike on these workloads: choose others."
    );
    new_run::check_open_files(&plans[0])?;
    let scratch = Scratch::claim(&directory)?;
    let expected = plans
        .iter()
        .map(|plan| expected_in_all(plan) + counting::expected(plan));
    let mut progress = Progress::new(expected.sum());
    progress.show("listening to what others do on this machine");
    let neighbours = listen(&interrupt, LISTEN)?;

    // One server for both, unless they ask for two.
    let mut asked: Vec<setting::Server> = Vec::new();
    let mut servers = Vec::new();
    let (mut sides, mut runs) = (Vec::new(), Vec::new());
    let pair = format!("{:016x}", rand::random::<u64>());
    let names = variants
        .each_ref()
        .map(|variant| variant.subject.map(|s| s.name));
    for (name, ((variant, plan), (program, identity))) in ["a", "b"]
        .into_iter()
        .zip(variants.into_iter().zip(plans).zip(programs))
    {
        let server = match new_run::needs(&plan, Engine::Postgres) {
            false => None,
            true => {
                let wanted = variant.server(&arguments.server);
                let known = asked.iter().position(|known| *known == wanted);
                Some(match known {
                    Some(known) => known,
                    None => {
                        let clients = plan.most_clients();
                        let way = wanted.wanted()?;
                        let server =
                            wanted.provide(&way, clients, &scratch, &interrupt, &mut progress)?;
                        asked.push(wanted);
                        servers.push(server);
                        servers.len() - 1
                    }
                })
            }
        };
        progress.show("probing the disk and the clock");
        let of_side = server.map(|index| &servers[index]);
        let mut run = new_run::new_run(plan, &scratch, of_side, &directory, neighbours)?;
        run.build = identity.build.clone();
        if run.sqlite.is_some() {
            run.sqlite = Some(identity.sqlite.clone());
            run.sqlite_compile_options = identity.sqlite_compile_options.clone();
        }
        run.turns = Some(Turns {
            pair: pair.clone(),
            side: name.to_owned(),
            made_of: variant.words(&identity),
            in_place_of: names[0].filter(|_| name == "b").map(str::to_owned),
        });
        results::check_output(&arguments.out.join(name))?;
        runs.push(run);
        sides.push(Side {
            name,
            program,
            server,
        });
    }

    let conditions: Vec<Conditions> = sides
        .iter()
        .map(|side| Conditions {
            executable: &side.program,
            scratch: scratch.path(),
            server: side.server.map(|index| &servers[index]),
            containers: None,
            interrupt: &interrupt,
            seconds: runs[0].plan.seconds,
            warm_up_seconds: runs[0].plan.warm_up_seconds,
            hold_seconds: runs[0].plan.hold_seconds,
            growing_log: false,
            seed,
        })
        .collect();
    let save = |run: &mut Run| save(run, &arguments.out);
    let result = measure(&conditions, &mut runs, &mut progress, save);
    progress.finish();
    drop(conditions);
    drop(servers);
    drop(scratch);
    let result = match result {
        // Stopped before the first trial was through.
        Err(error) if runs.iter().any(|run| run.trials.is_empty()) => return Err(error),
        other => other,
    };
    // What keeps one side from being kept must not cost the other.
    let mut lost = Vec::new();
    for (side, run) in sides.iter().zip(&mut runs) {
        run.complete = result.is_ok();
        run.finished = new_run::now();
        store::seal(run);
        match results::keep(run, &arguments.out.join(side.name)) {
            Ok(page) => results::summarise(run, &page, began.elapsed()),
            Err(error) => lost.push(error),
        }
    }
    result?;
    if let Some(error) = lost.into_iter().next() {
        return Err(error);
    }
    // What slows the machine down meets both sides of a round, so times decide, too.
    let gate = Basis::ALL.to_vec();
    let judging = &arguments.judging;
    let told = judging.tell([&runs[0], &runs[1]], None, gate, Some(&arguments.out))?;
    Ok(
        match runs.iter().any(results::flawed) && told == ExitCode::SUCCESS {
            true => ExitCode::from(FLAWED),
            false => told,
        },
    )
}

/// The subjects of each side, as many on both.
///
/// # Errors
/// If only one variant names a subject, or both do and so does the command line, which was not understood
/// then; or [`NotComparable`] if theirs are of different durability tiers.
fn subjects(arguments: &Arguments, [a, b]: &[Variant; 2]) -> Result<[Vec<&'static Subject>; 2]> {
    let named = match (a.subject, b.subject, &arguments.subjects) {
        (Some(a), Some(b), None) => {
            let tiers = [a, b].map(|subject| subject.info().tier);
            if tiers[0] != tiers[1] {
                return Err(NotComparable(vec![other_tier(tiers)]).into());
            }
            return Ok([vec![a], vec![b]]);
        }
        (Some(_), Some(_), Some(_)) => {
            return Err(Misunderstood(
                "Both variants name a subject: leave --subjects out.".to_owned(),
            )
            .into());
        }
        (Some(_), None, _) | (None, Some(_), _) => {
            return Err(Misunderstood(
                "One variant names a subject and the other none: name one in both, the same if it is."
                    .to_owned(),
            )
            .into());
        }
        (None, None, named) => named,
    };
    let server_only =
        (a.names_server() || b.names_server()) && !(a.names_build() || b.names_build());
    let subjects = match named {
        Some(List(named)) => named.clone(),
        // What SQLite does has nothing to do with a server.
        None => SUBJECTS
            .into_iter()
            .filter(|name| !server_only || *name == "postgres")
            .filter_map(subject::find)
            .collect(),
    };
    Ok([subjects.clone(), subjects])
}

fn request(arguments: &Arguments, subjects: Vec<&'static Subject>, seed: u64) -> Request {
    let usual = || WORKLOADS.into_iter().filter_map(workload::find).collect();
    let chosen = |List(items): &List<&'static dyn Benchmark>| items.clone();
    Request {
        extent: Extent::Full,
        subjects: Some(subjects),
        workloads: arguments.workloads.as_ref().map_or_else(usual, chosen),
        clients: Some(match &arguments.clients {
            Some(List(clients)) => clients.clone(),
            None => CLIENTS.to_vec(),
        }),
        disciplines: Some(vec![Discipline::Careful]),
        topologies: vec![Topology::Processes],
        instances: INSTANCES,
        rate: None,
        rounds: Some(arguments.rounds),
        seconds: arguments.seconds,
        hold_seconds: HOLD_SECONDS,
        seed,
    }
}

/// Makes every trial of both sides in turns, and then counts what commits cost on each; after each round
/// `save` gets both runs so far.
fn measure(
    conditions: &[Conditions<'_>],
    runs: &mut [Run],
    progress: &mut Progress,
    save: impl Fn(&mut Run),
) -> Result<()> {
    let mut jobs = Vec::new();
    for (conditions, run) in conditions.iter().zip(&mut *runs) {
        jobs.push(MainJob::new(conditions, run)?);
    }
    turns::all_rounds(&mut jobs, progress, |run| save(run))?;
    drop(jobs);
    for (conditions, run) in conditions.iter().zip(runs) {
        counting::count(conditions, run, progress)?;
    }
    Ok(())
}

/// Has the results so far on disk.
fn save(run: &mut Run, out: &Path) {
    let side = run.turns.as_ref().map_or("a", |turns| turns.side.as_str());
    let out = out.join(side);
    // Should this fail, the end of the run will tell; until then the results are in memory.
    store::seal(run);
    let _ = store::write_latest(run, &out);
}
