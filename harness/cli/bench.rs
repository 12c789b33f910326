//! `contend bench`: the main job.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use jiff::Timestamp;

use super::list::{self, List};
use super::{FLAWED, USAGE};
use crate::lab::{Interrupt, Scratch, directory, machine, probe};
use crate::load::trial::Conditions;
use crate::measure::run::{FORMAT, SCHEMA_VERSION};
use crate::measure::{Build, Engine, Plan, Run, Trial, store};
use crate::report::warnings::{self, Warning};
use crate::subject::Subject;
use crate::subject::engine::sqlite;
use crate::subject::server::{self, Order, SPARE_CONNECTIONS, Server, Wanted};
use crate::suite::main_job::MainJob;
use crate::suite::plan::{INSTANCES, Request};
use crate::suite::progress::{Progress, in_words, tell};
use crate::workload::Workload;
use crate::{report, subject, workload};

const EXAMPLES: &str = "\
Examples:
  contend bench
      everything, in about five minutes; then open reports/index.html
  contend bench --quick
      fewer points and rounds, within a minute
  contend bench --subjects sqlite-wal-full,postgres --clients 1,8,32 --rounds 10
      two subjects that survive a loss of power, more closely
  contend bench --postgres postgres://user:password@db.example.org/postgres
      against a server that is there already; only databases named contend_* are touched
  contend bench --postgres local --dir /mnt/data
      against a throwaway cluster, everything on another disk";

/// The names that options take, and examples.
fn after_help() -> String {
    let subjects: Vec<_> = subject::catalog::ALL
        .iter()
        .map(|subject| subject.name)
        .collect();
    let workloads: Vec<_> = workload::ALL
        .iter()
        .map(|workload| workload.name())
        .collect();
    format!(
        "Subjects: {}\nWorkloads: {}\n\n{EXAMPLES}",
        subjects.join(", "),
        workloads.join(", ")
    )
}

/// What `contend bench` takes.
#[derive(Args)]
#[command(after_help = after_help())]
pub struct Arguments {
    /// Measure fewer points in fewer rounds, within a minute
    #[arg(long)]
    quick: bool,

    /// Compare only these subjects, separated by commas
    #[arg(long, value_name = "NAMES", value_parser = list::subjects)]
    subjects: Option<List<&'static Subject>>,

    /// Compare only on these workloads, separated by commas
    #[arg(long, value_name = "NAMES", value_parser = list::workloads)]
    workloads: Option<List<&'static dyn Workload>>,

    /// Measure with these numbers of clients [default: what each workload declares, up to 64]
    #[arg(long, value_name = "NUMBERS", value_parser = list::clients)]
    clients: Option<List<u32>>,

    /// Share the clients out among this many processes
    #[arg(long, value_name = "N", default_value_t = INSTANCES, value_parser = list::instances)]
    instances: u32,

    /// Repeat everything this often; 6 give intervals [default: 6, with --quick 3]
    #[arg(long, value_name = "N", value_parser = list::rounds)]
    rounds: Option<u32>,

    /// Measure each trial for so long [default: 0.2, with --quick 0.15]
    #[arg(long, value_name = "S", value_parser = list::seconds)]
    seconds: Option<f64>,

    /// Make the same random choices as the run with this seed [default: a new one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Put databases here [default: /var/tmp or target/, whichever is on a disk]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,

    /// Measure even where files are kept in memory, though durability costs nothing there
    #[arg(long)]
    allow_memory: bool,

    /// Write results here
    #[arg(long, value_name = "PATH", default_value = "reports")]
    out: PathBuf,

    /// PostgreSQL: a URL, docker, or local [default: docker, else local]
    // Read by hand: a message of the parser would repeat the password.
    #[arg(long, value_name = "URL|docker|local")]
    postgres: Option<String>,

    /// The image of a PostgreSQL container
    #[arg(long, value_name = "NAME", default_value = server::DEFAULT_IMAGE)]
    postgres_image: String,
}

/// Measures and writes the report.
///
/// # Errors
/// One sentence; what was measured until then is kept and its place told.
pub fn bench(arguments: &Arguments) -> Result<ExitCode> {
    let wanted = match arguments.postgres.as_deref().map(str::parse::<Wanted>) {
        None => Wanted::default(),
        Some(Ok(wanted)) => wanted,
        Some(Err(error)) => {
            tell(&format!("error: {error}"));
            return Ok(ExitCode::from(USAGE));
        }
    };
    let interrupt = Interrupt::install()?;
    check_output(&arguments.out)?;
    let directory = directory::choose(arguments.dir.as_deref(), arguments.allow_memory)?;
    let plan = request(arguments).plan();
    check_open_files(&plan)?;
    let scratch = Scratch::claim(&directory)?;

    let mut progress = Progress::new(plan.points.len() * plan.rounds as usize);
    let server = provide(
        arguments,
        &wanted,
        &plan,
        &scratch,
        &interrupt,
        &mut progress,
    )?;
    progress.show("probing the disk and the clock");
    let mut run = empty_run(plan, &scratch, server.as_ref(), &directory)?;
    for warning in warnings::of(&run) {
        // Of course it is not complete yet.
        if !matches!(warning, Warning::Incomplete { .. }) {
            progress.say(&format!("warning: {warning}"));
        }
    }
    let executable = std::env::current_exe().context("Cannot find the program's own file")?;
    let plan = &run.plan;
    let conditions = Conditions {
        executable: &executable,
        scratch: scratch.path(),
        server: server.as_ref(),
        interrupt: &interrupt,
        seconds: plan.seconds,
        warm_up_seconds: plan.warm_up_seconds,
        seed: plan.seed,
    };
    let result = measure(&conditions, &mut run, &arguments.out, &mut progress);
    progress.finish();
    // Nothing of ours is left before the results are told.
    drop(server);
    drop(scratch);

    run.complete = result.is_ok();
    run.finished = Timestamp::now().to_string();
    if run.trials.is_empty() {
        result?;
        bail!("There was nothing to measure.");
    }
    store::seal(&mut run);
    let page = keep(&run, &arguments.out)?;
    summarise(&run, &page);
    result?;
    Ok(if flawed(&run) {
        ExitCode::from(FLAWED)
    } else {
        ExitCode::SUCCESS
    })
}

fn request(arguments: &Arguments) -> Request {
    fn chosen<T: Clone>(list: &Option<List<T>>, all: &[T]) -> Vec<T> {
        list.as_ref()
            .map_or_else(|| all.to_vec(), |List(items)| items.clone())
    }
    Request {
        quick: arguments.quick,
        subjects: chosen(&arguments.subjects, subject::catalog::ALL),
        workloads: chosen(&arguments.workloads, workload::ALL),
        clients: arguments
            .clients
            .as_ref()
            .map(|List(numbers)| numbers.clone()),
        instances: arguments.instances,
        rounds: arguments.rounds,
        seconds: arguments.seconds,
        // Short enough to be typed again.
        seed: arguments
            .seed
            .unwrap_or_else(|| rand::random::<u32>().into()),
    }
}

/// Results are wanted at the end: better to know now whether there is a place for them.
fn check_output(out: &Path) -> Result<()> {
    if out.exists() && !out.is_dir() {
        bail!(
            "Results go to a directory, and {} is none: choose one with --out.",
            out.display()
        );
    }
    std::fs::create_dir_all(out)
        .and_then(|()| tempfile::tempfile_in(out).map(drop))
        .with_context(|| {
            format!(
                "Results go to {}, where nothing can be written: choose another place with --out",
                out.display()
            )
        })
}

/// Each SQLite client keeps its file, its log and the log's index open.
fn check_open_files(plan: &Plan) -> Result<()> {
    const PER_CLIENT: u64 = 4;
    const OTHERS: u64 = 64;
    let clients = |point: &crate::measure::Point| point.clients.div_ceil(point.instances);
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

fn needs(plan: &Plan, engine: Engine) -> bool {
    plan.points
        .iter()
        .filter_map(|point| subject::find(&point.subject))
        .any(|subject| subject.engine() == engine)
}

fn provide(
    arguments: &Arguments,
    wanted: &Wanted,
    plan: &Plan,
    scratch: &Scratch,
    interrupt: &Interrupt,
    progress: &mut Progress,
) -> Result<Option<Server>> {
    if !needs(plan, Engine::Postgres) {
        return Ok(None);
    }
    let clients = plan
        .points
        .iter()
        .map(|point| point.clients)
        .max()
        .unwrap_or(0);
    let progress = std::cell::RefCell::new(progress);
    let order = Order {
        wanted,
        image: &arguments.postgres_image,
        scratch,
        interrupt,
        connections: clients + SPARE_CONNECTIONS,
        tell: &|news| progress.borrow_mut().show(&news.to_string()),
    };
    // An interrupt must stay recognisable for the exit code.
    server::provide(&order)
        .map(Some)
        .map_err(|error| match error {
            server::ProvideError::Interrupted(interrupted) => interrupted.into(),
            other => other.into(),
        })
}

/// A run that knows all but its trials.
fn empty_run(
    plan: Plan,
    scratch: &Scratch,
    server: Option<&Server>,
    directory: &Path,
) -> Result<Run> {
    let planned = |name: &str| {
        plan.points
            .iter()
            .any(|p| p.subject == name || p.workload == name)
    };
    let subjects = subject::catalog::ALL
        .iter()
        .filter(|subject| planned(subject.name));
    let workloads = workload::ALL
        .iter()
        .filter(|workload| planned(workload.name()));
    let started = Timestamp::now().to_string();
    let machine = machine::describe(directory)
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
        build: Build::current(),
        machine,
        probe: probe::probe(scratch.path())
            .with_context(|| format!("Cannot probe the disk under {}", directory.display()))?,
        server: server.map(|server| server.info().clone()),
        sqlite: needs(&plan, Engine::Sqlite).then(sqlite::library_version),
        subjects: subjects.map(|subject| subject.info()).collect(),
        workloads: workloads.map(|workload| workload.info()).collect(),
        warnings: scratch.unswept().to_vec(),
        not_measured: NOT_MEASURED.iter().map(|line| (*line).to_owned()).collect(),
        plan,
        trials: Vec::new(),
    })
}

/// What a reader might think was measured.
const NOT_MEASURED: &[&str] = &[
    "Reads: every operation of these workloads writes.",
    "Clients on other machines: all of them share this one with the databases, and its CPUs.",
    "Network file systems, and containers as app instances.",
    "Careless clients: every client here waits for locks and retries the whole transaction.",
    "A loss of power: the durability tiers are what the engines document, not what was tried.",
    "How many times each engine syncs per commit, and how many bytes it writes for it.",
    "What takes longer than a trial to show: checkpoints that come every few minutes, vacuum, files \
     that outgrow memory.",
];

/// Makes every trial; after each round the results so far are on disk.
fn measure(
    conditions: &Conditions<'_>,
    run: &mut Run,
    out: &Path,
    progress: &mut Progress,
) -> Result<()> {
    MainJob::new(conditions, run, progress)?.all_rounds(|run| {
        // Should this fail, the end of the run will tell; until then the results are in memory.
        store::seal(run);
        let _ = store::write_latest(run, out);
    })
}

/// Writes the run and its report; the path of the page. Results go to another directory rather
/// than nowhere.
fn keep(run: &Run, out: &Path) -> Result<PathBuf> {
    if let Err(error) = store::write(run, out) {
        let places = [
            std::env::temp_dir(),
            PathBuf::from(&run.machine.place.directory),
        ];
        let saved = places
            .iter()
            .map(|place| place.join(format!("contend-{}", run.id)))
            .find_map(|refuge| store::write(run, &refuge).ok())
            .with_context(|| {
                let [temporary, databases] = places.map(|place| place.display().to_string());
                let out = out.display();
                format!(
                    "Results cannot be written to {out}, nor to {temporary}, nor to {databases}: {error}"
                )
            })?;
        bail!(
            "Results cannot be written to {} ({error}), so they are in {saved}: \
             type `contend report {saved}` for their report.",
            out.display(),
            saved = saved.display(),
        );
    }
    report::write(run, out).with_context(|| {
        format!(
            "The results are in {}, but the report cannot be written",
            out.join("run.json").display()
        )
    })?;
    Ok(out.join("index.html"))
}

fn flawed(run: &Run) -> bool {
    run.trials.iter().any(|trial| trial.comparable().is_none())
}

fn summarise(run: &Run, page: &Path) {
    let count =
        |wanted: fn(&Trial) -> bool| run.trials.iter().filter(|trial| wanted(trial)).count();
    let failed = count(|trial| trial.measurement().is_none());
    let void = count(|trial| trial.measurement().is_some() && trial.comparable().is_none());
    let planned = run.plan.points.len() * run.plan.rounds as usize;
    let took = run
        .started
        .parse::<Timestamp>()
        .ok()
        .zip(run.finished.parse().ok())
        .and_then(|(started, finished): (Timestamp, Timestamp)| {
            finished.duration_since(started).try_into().ok()
        })
        .map_or_else(String::new, |took| format!(" in {}", in_words(took)));
    // The results are in their files: nobody to tell is no reason to fail.
    let _ = super::print(&format!(
        "{} of {planned} trials made{took}: {} passed their audit, {void} void, {failed} failed.",
        run.trials.len(),
        run.trials.len() - void - failed,
    ));
    for trial in &run.trials {
        if let crate::measure::TrialResult::Failed { reason } = &trial.result {
            let _ = super::print(&format!(
                "The first failure: {}, round {}: {reason}",
                trial.point, trial.round
            ));
            break;
        }
    }
    let _ = super::print(&format!("Run {}. Open {}", run.id, page.display()));
}
