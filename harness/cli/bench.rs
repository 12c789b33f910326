//! `contend bench`: the main job.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, FromArgMatches as _};

use super::list::{self, List};
use super::{FLAWED, results, setting};
use crate::experiment::{self, Experiment};
use crate::lab::neighbours::{LISTEN, listen};
use crate::lab::{Interrupt, Scratch, sentence};
use crate::load::system::containers::Containers;
use crate::load::trial::Conditions;
use crate::measure::experiment::Extent;
use crate::measure::{Discipline, Engine, Plan, Point, Run, Topology, crosscheck, store};
use crate::report::warnings::{self, Warning};
use crate::subject::Subject;
use crate::subject::server::{DockerError, Server};
use crate::suite::ci;
use crate::suite::counting;
use crate::suite::experiments::{self, Asked};
use crate::suite::main_job::MainJob;
use crate::suite::new_run;
use crate::suite::plan::{HOLD_SECONDS, INSTANCES, Request, SECONDS, expected_in_all};
use crate::suite::progress::Progress;
use crate::workload::Benchmark;
use crate::{subject, workload};

/// How long a long transaction is held open unless the user says otherwise, in milliseconds.
const HOLD_MS: u32 = (HOLD_SECONDS * 1e3) as u32;

const EXAMPLES: &str = "\
Examples:
  contend bench
      the answer for this machine, in ten minutes; then open reports/index.html
  contend bench --quick
      fewer points, rounds and experiments, in two minutes
  contend bench --ci --out new && contend compare baseline/run.json new/run.json
      a gate for a pipeline, against a base that was made with --ci, too
  contend bench --full
      every point, and experiments at the documents' own sizes: takes more than an hour
  contend bench --experiments none
      the benchmarks only, in seven minutes
  contend bench --subjects sqlite-wal-full,postgres --clients 1,8,32 --rounds 10
      two subjects that survive a loss of power, more closely
  contend bench --workloads long-transaction --hold 5000 --rounds 2
      what others wait for behind a transaction of 5 s, the lock timeout
  contend bench --disciplines naive --subjects sqlite-delete-full,postgres
      what careless clients lose, and which errors they see, from 1 to 64 of them
  contend bench --rate 500 --clients 16 --workloads increment-hot
      500 increments per second for 16 clients, each waiting for whichever of them is free
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
    /// Measure fewer points in fewer rounds, and make the short experiments only: in two minutes
    #[arg(long)]
    quick: bool,

    /// Measure what can be compared from commit to commit on a machine that others share: few
    /// points in many rounds, and what no clock decides; in three minutes
    #[arg(long, conflicts_with_all = ["quick", "full"])]
    ci: bool,

    /// Compare only these subjects, separated by commas
    #[arg(long, value_name = "NAMES", value_parser = list::subjects)]
    subjects: Option<List<&'static Subject>>,

    /// Compare only on these workloads, separated by commas
    #[arg(long, value_name = "NAMES", value_parser = list::workloads)]
    workloads: Option<List<&'static dyn Benchmark>>,

    /// Measure with these numbers of clients [default: what each workload declares, up to 64]
    #[arg(long, value_name = "NUMBERS", value_parser = list::clients)]
    clients: Option<List<u32>>,

    /// Measure clients of these disciplines at every load [default: careful, and naive at one]
    #[arg(long, value_name = "NAMES", value_parser = list::disciplines)]
    disciplines: Option<List<Discipline>>,

    /// Place the instances as processes, as threads of one process, as containers of the app behind a
    /// load balancer, or as local processes of it (apps); several, separated by commas
    #[arg(long, value_name = "NAMES", default_value = "processes", value_parser = list::topologies)]
    topology: List<Topology>,

    /// Share the clients out among this many instances
    #[arg(long, value_name = "N", default_value_t = INSTANCES, value_parser = list::instances)]
    instances: u32,

    /// Have so many operations per second arrive, for all clients of a point together, whether any
    /// is free or not (open loop) [default: each client begins one when its last one ended]
    #[arg(long, value_name = "R", value_parser = list::rate)]
    rate: Option<u32>,

    /// Repeat everything this often; 6 give intervals [default: 6, with --quick 3, with --ci 21]
    #[arg(long, value_name = "N", value_parser = list::rounds)]
    rounds: Option<u32>,

    /// Length of each trial in seconds; docs/lengths.md shows from which on figures hold [default: 2, with --ci 0.5]
    #[arg(long, value_name = "S", value_parser = list::seconds)]
    seconds: Option<f64>,

    /// Hold each long transaction open for so many milliseconds
    #[arg(long, value_name = "MS", default_value_t = HOLD_MS, value_parser = list::hold)]
    hold: u32,

    /// Make the same random choices as the run with this seed [default: a new one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Make these experiments after the benchmarks, separated by commas; or all, or none
    /// [default: those that a run has time for, unless subjects or workloads are named]
    #[arg(long, value_name = "NAMES", value_parser = list::experiments)]
    experiments: Option<List<&'static dyn Experiment>>,

    /// Measure every point worth measuring, and make experiments at the documents' own sizes
    #[arg(long, conflicts_with = "quick")]
    full: bool,

    /// Measure these copies of subjects as well, which are made worse on purpose, separated by commas:
    /// sqlite-wal-normal+slow-20 is 20 % slower, of postgres+refuse-1 one statement of a hundred is refused
    #[cfg(feature = "gate-trial")]
    #[arg(long, value_name = "NAMES", value_parser = list::worse)]
    worse: Option<List<&'static Subject>>,

    #[command(flatten)]
    place: setting::Place,

    /// Write results here
    #[arg(long, value_name = "PATH", default_value = "reports")]
    out: PathBuf,

    #[command(flatten)]
    server: setting::Server,

    #[command(flatten)]
    system: setting::System,
}

/// Measures and writes the report.
///
/// # Errors
/// One sentence; what was measured until then is kept and its place told.
pub fn bench(arguments: &Arguments) -> Result<ExitCode> {
    let wanted = arguments.server.wanted()?;
    let began = Instant::now();
    let interrupt = Interrupt::install()?;
    results::check_output(&arguments.out)?;
    let directory = arguments.place.choose()?;
    check_rate(arguments)?;
    let mut plan = plan(arguments);
    if plan.points.is_empty() {
        bail!(
            "None of these subjects is measured on any of these workloads: leave one of the two out."
        );
    }
    new_run::check_open_files(&plan)?;
    let asked = asked(arguments)?;
    let scratch = Scratch::claim(&directory)?;

    let expected = expected_in_all(&plan) + counting::expected(&plan) + asked.expected();
    let mut progress = Progress::new(expected);
    // Before the suite's own server is one of them.
    progress.show("listening to what others do on this machine");
    let neighbours = listen(&interrupt, LISTEN)?;
    // Who names subjects, none of them on PostgreSQL, wants no server.
    let on_postgres = asked.on_postgres() && arguments.subjects.is_none();
    let server = (on_postgres || new_run::needs(&plan, Engine::Postgres))
        .then(|| {
            let clients = plan.most_clients().max(asked.clients());
            let server = &arguments.server;
            server.provide(&wanted, clients, &scratch, &interrupt, &mut progress)
        })
        .transpose()?;
    let containers = containers(
        arguments,
        &mut plan,
        &asked,
        &scratch,
        server.as_ref(),
        &interrupt,
    )?;
    if let Err(Some(why)) = &containers {
        progress.say(&format!("note: {why}"));
    }
    let containers = containers.ok();
    progress.show("probing the disk and the clock");
    let mut run = new_run::new_run(plan, &scratch, server.as_ref(), &directory, neighbours)?;
    if let Some(containers) = &containers {
        run.images = containers.images();
    }
    match crosscheck::read(&arguments.out) {
        Ok(found) => run.crosscheck = found,
        Err(error) => run.warnings.push(error.to_string()),
    }
    for warning in warnings::of(&run).iter().chain(&warnings::notes(&run)) {
        // Of course it is not complete yet.
        if !matches!(warning, Warning::Incomplete { .. }) {
            progress.say(&format!("{}: {warning}", warning.severity()));
        }
    }
    let executable = std::env::current_exe().context("Cannot find the program's own file")?;
    let plan = &run.plan;
    let conditions = Conditions {
        executable: &executable,
        scratch: scratch.path(),
        server: server.as_ref(),
        containers: containers.as_ref(),
        interrupt: &interrupt,
        seconds: plan.seconds,
        warm_up_seconds: plan.warm_up_seconds,
        hold_seconds: plan.hold_seconds,
        growing_log: false,
        seed: plan.seed,
    };
    let result = measure(&conditions, &mut run, &arguments.out, &mut progress);
    run.complete = result.is_ok();
    let result = result.and_then(|()| counting::count(&conditions, &mut run, &mut progress));
    let result = result.and_then(|()| {
        let save = |run: &mut Run| save(run, &arguments.out);
        experiments::make(&conditions, &asked, &mut run, &mut progress, save)
    });
    progress.finish();
    // Nothing of ours is left before the results are told.
    drop(containers);
    drop(server);
    drop(scratch);

    let result = match result {
        // Stopped before the first trial was through.
        Err(error) if run.trials.is_empty() => return Err(error),
        other => other,
    };
    run.finished = new_run::now();
    store::seal(&mut run);
    let page = results::keep(&run, &arguments.out)?;
    results::answer(&run, &page, began.elapsed());
    result?;
    Ok(if results::flawed(&run) {
        ExitCode::from(FLAWED)
    } else {
        ExitCode::SUCCESS
    })
}

/// What the app in containers takes, if anything in this run wants it; else why there is none, if
/// that is worth telling. Where no Docker runs, local processes of the app stand for its containers.
fn containers(
    arguments: &Arguments,
    plan: &mut Plan,
    asked: &Asked,
    scratch: &Scratch,
    server: Option<&Server>,
    interrupt: &Interrupt,
) -> Result<Result<Containers, Option<String>>> {
    let is_contained = |point: &Point| point.topology == Topology::Containers;
    let planned = plan.points.iter().any(is_contained);
    if !planned && !asked.over_http() {
        return Ok(Err(None));
    }
    let error = match arguments.system.provide(scratch, server, interrupt) {
        Ok(containers) => match containers.without_postgres() {
            Some(why) if plan_needs_postgres(plan) => bail!(why),
            _ => return Ok(Ok(containers)),
        },
        Err(error) => error,
    };
    let no_docker = matches!(error.downcast_ref(), Some(DockerError::NotRunning));
    if planned && !no_docker {
        return Err(error);
    }
    for point in &mut plan.points {
        if is_contained(point) {
            point.topology = Topology::Apps;
        }
    }
    Ok(Err(Some(format!(
        "The app runs as local processes, not in containers. {}",
        sentence(&error)
    ))))
}

/// Whether PostgreSQL is to be measured behind containers.
fn plan_needs_postgres(plan: &Plan) -> bool {
    let on_postgres = |name: &str| {
        subject::find(name).is_some_and(|subject| subject.engine() == Engine::Postgres)
    };
    plan.points
        .iter()
        .any(|point| point.topology == Topology::Containers && on_postgres(&point.subject))
}

/// What is measured without any option.
///
/// # Errors
/// Never, as long as every option has a default.
pub fn usual_plan() -> Result<Plan> {
    let command = Arguments::augment_args(clap::Command::new("bench"));
    let matches = command.try_get_matches_from(["bench"])?;
    Ok(plan(&Arguments::from_arg_matches(&matches)?))
}

/// What these options ask for.
fn plan(arguments: &Arguments) -> Plan {
    // Who names workloads or clients wants those, and who names subjects wants them everywhere.
    let few = arguments.ci && arguments.workloads.is_none() && arguments.clients.is_none();
    let every_subject = arguments.subjects.is_some();
    let plan = request(arguments).plan_of(|point| !few || ci::measured(point, every_subject));
    #[cfg(feature = "gate-trial")]
    let plan = match &arguments.worse {
        Some(List(copies)) => subject::worse::add(plan, copies),
        None => plan,
    };
    plan
}

fn request(arguments: &Arguments) -> Request {
    fn chosen<T: Clone>(list: &Option<List<T>>) -> Option<Vec<T>> {
        list.as_ref().map(|List(items)| items.clone())
    }
    let ci = arguments.ci;
    let few = || ci::SUBJECTS.into_iter().filter_map(subject::find).collect();
    Request {
        extent: match arguments.quick {
            true => Extent::Quick,
            // Who names workloads wants to see all of them.
            false if arguments.full || arguments.workloads.is_some() => Extent::Full,
            false => Extent::Short,
        },
        subjects: chosen(&arguments.subjects).or_else(|| ci.then(few)),
        workloads: chosen(&arguments.workloads).unwrap_or_else(|| {
            let all = workload::ALL.iter().copied();
            all.filter(|workload| arguments.rate.is_none() || !workload.paces_itself())
                .filter(|workload| !ci || ci::has(workload.name()))
                .collect()
        }),
        clients: chosen(&arguments.clients).or_else(|| ci.then(ci::clients)),
        disciplines: chosen(&arguments.disciplines)
            .or_else(|| ci.then(|| vec![Discipline::Careful])),
        topologies: arguments.topology.0.clone(),
        instances: arguments.instances,
        rate: arguments.rate,
        rounds: arguments.rounds.or_else(|| ci.then_some(ci::ROUNDS)),
        seconds: arguments
            .seconds
            .unwrap_or(if ci { ci::SECONDS } else { SECONDS }),
        hold_seconds: f64::from(arguments.hold) / 1e3,
        // Short enough to be typed again.
        seed: arguments
            .seed
            .unwrap_or_else(|| rand::random::<u32>().into()),
    }
}

/// Sees whether every workload that is named can be done at a rate, if there is to be one.
///
/// # Errors
/// If one cannot; the sentence says what would do.
fn check_rate(arguments: &Arguments) -> Result<()> {
    let (Some(rate), Some(List(named))) = (arguments.rate, &arguments.workloads) else {
        return Ok(());
    };
    match named.iter().find(|workload| workload.paces_itself()) {
        Some(workload) => bail!(
            "The operations of {} come when that workload says, not at {rate} per second: leave it or --rate out.",
            workload.name()
        ),
        None => Ok(()),
    }
}

/// Makes every trial of the rounds, and then the long ones; after each round the results so far are on disk.
fn measure(
    conditions: &Conditions<'_>,
    run: &mut Run,
    out: &Path,
    progress: &mut Progress,
) -> Result<()> {
    let mut job = MainJob::new(conditions, run)?;
    job.all_rounds(progress, |run| save(run, out))?;
    job.long_trials(progress)
}

/// Has the results so far on disk.
fn save(run: &mut Run, out: &Path) {
    // Should this fail, the end of the run will tell; until then the results are in memory.
    store::seal(run);
    let _ = store::write_latest(run, out);
}

/// Which experiments are made, and how much of each.
///
/// # Errors
/// If one is named that is not made to this extent.
fn asked(arguments: &Arguments) -> Result<Asked> {
    let extent = match (arguments.quick, arguments.full) {
        (true, _) => Extent::Quick,
        (false, true) => Extent::Full,
        (false, false) => Extent::Short,
    };
    // Who names what is to be measured wants that.
    let named = arguments.subjects.is_some() || arguments.workloads.is_some();
    let mut experiments = match &arguments.experiments {
        Some(List(experiments)) => experiments.clone(),
        None if named => Vec::new(),
        None if arguments.ci => ci::EXPERIMENTS
            .into_iter()
            .filter_map(experiment::find)
            .collect(),
        None => experiments::usual(extent),
    };
    let made = |experiment: &&dyn Experiment| experiment.seconds(extent).is_some();
    if experiments.len() < experiment::ALL.len()
        && let Some(long) = experiments.iter().find(|experiment| !made(experiment))
    {
        bail!(
            "{} takes too long for a quick run: leave --quick out, or type `contend experiment run {}`.",
            long.name(),
            long.name()
        );
    }
    experiments.retain(made);
    Ok(Asked {
        extent,
        experiments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan_of(options: &[&str]) -> Plan {
        let command = Arguments::augment_args(clap::Command::new("bench"));
        let all = ["bench"].into_iter().chain(options.iter().copied());
        let matches = command.try_get_matches_from(all).unwrap();
        plan(&Arguments::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn a_pipeline_measures_each_subject_once_at_each_of_a_few_points_in_many_rounds() {
        let plan = plan_of(&["--ci"]);
        let all: usize = ci::POINTS.iter().map(|(.., subjects)| subjects.len()).sum();
        assert_eq!(plan.points.len(), all);
        for (index, point) in plan.points.iter().enumerate() {
            assert!(
                !plan.points[..index].contains(point),
                "{point} is there twice"
            );
            assert_eq!(point.discipline, Discipline::Careful);
            assert!(ci::measured(point, false), "{point}");
        }
        assert_eq!((plan.rounds, plan.seconds), (ci::ROUNDS, ci::SECONDS));
        let shorter = plan_of(&["--ci", "--seconds", "0.1"]);
        assert!((shorter.seconds - 0.1).abs() < f64::EPSILON);
        let named = plan_of(&["--ci", "--subjects", "postgres,sqlite-wal-normal"]);
        assert_eq!(named.points.len(), 2 * ci::POINTS.len());
        let one = plan_of(&[
            "--ci",
            "--workloads",
            "insert-1",
            "--clients",
            "4",
            "--rounds",
            "3",
        ]);
        assert!(one.points.iter().all(|point| point.clients == 4));
        assert_eq!((one.points.len(), one.rounds), (ci::SUBJECTS.len(), 3));
    }
}
