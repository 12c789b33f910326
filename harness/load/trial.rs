//! One trial: a fresh database, its clients, what they did, and the audit of what they left.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::audit::audit;
use super::conduct::Conduct;
use super::counting::Counting;
use super::pace::Pace;
use super::processes::Workers;
use super::protocol::{Job, VERSION};
use super::recorder::{Counts, Schedule};
use super::retry::Policy;
use super::system::containers::Containers;
use super::system::{App, OPERATIONS, Operations, Setup, System};
use super::worker::shares;
use crate::lab::clock::{Clock, Monotonic, sleep_until};
use crate::lab::interrupt::Interrupt;
use crate::lab::machine;
use crate::measure::trial::{MachineCpu, Offered};
use crate::measure::{Measurement, Point, Topology, Written};
use crate::subject::Subject;
use crate::subject::engine::{Store, deviations};
use crate::subject::server::Server;
use crate::workload::{Tally, Terms, Workload};

/// How long all clients together may take to connect. A server on a busy machine may need a
/// good part of a second for 64 of them.
pub(crate) const TO_CONNECT: Duration = Duration::from_secs(30);

/// How long clients may take beyond the end of the schedule: their patience, one lock timeout for
/// the attempt that the end caught, and a margin for a slow disk. Who may take longer gets more.
pub(crate) const TO_FINISH: Duration = Duration::from_secs(30);

/// What they then get beyond the longest that an operation takes.
const MARGIN: Duration = Duration::from_secs(10);

/// How long an operation of many may take on the slowest disk that is waited for.
const A_COMMIT: Duration = Duration::from_millis(100);

/// How long a request may take: behind an app it waits for a connection, too.
const LONGEST_REQUEST: Duration = Duration::from_secs(120);

/// How long after the last word to the workers the clients begin, so that all have heard it.
const HEAD_START: Duration = Duration::from_millis(10);

/// What all trials of a run share.
pub struct Conditions<'a> {
    /// The executable that is started as a worker.
    pub executable: &'a Path,
    /// Where SQLite files are made.
    pub scratch: &'a Path,
    /// The PostgreSQL server, if a subject needs one.
    pub server: Option<&'a Server>,
    /// Where Docker is, if trials in containers are asked for.
    pub containers: Option<&'a Containers>,
    /// Whether the user wants the run to end.
    pub interrupt: &'a Interrupt,
    /// Length of the measured stretch in seconds, unless the workload needs longer.
    pub seconds: f64,
    /// Length of the warm-up before it, in seconds.
    pub warm_up_seconds: f64,
    /// How long a long transaction is held open, in seconds.
    pub hold_seconds: f64,
    /// Whether SQLite's write-ahead log grows from nothing in each trial, instead of being brought to its steady
    /// state first.
    pub growing_log: bool,
    /// The seed of the run.
    pub seed: u64,
}

/// What is tried in one trial.
pub struct Case<'a> {
    /// On what.
    pub subject: &'a Subject,
    /// What the clients do.
    pub workload: &'a dyn Workload,
    /// Where it stands among what is varied.
    pub point: &'a Point,
    /// How the clients conduct themselves; behind an app, how often each asks.
    pub conduct: Conduct,
    /// How the app goes about its work, where there is one.
    pub app: App,
    /// What happens to the app while the clients ask it.
    pub during: Option<&'a During>,
    /// The round, from 1; 0 if it belongs to none.
    pub round: u32,
    /// What tells its database from the others of the run.
    pub number: u32,
}

/// What happens to an app while its clients ask it. It gives what it had the app store itself, which the
/// audit expects beside what the clients had stored.
pub type During = dyn Fn(&Scene<'_>) -> Result<Tally>;

/// What is there for [`During`] to do something to.
pub struct Scene<'a> {
    /// The instances that are asked.
    pub system: &'a System,
    /// The PostgreSQL server, if there is one.
    pub server: Option<&'a Server>,
    /// When the clients ask.
    pub schedule: Schedule,
    /// Whether the user wants the run to end.
    pub interrupt: &'a Interrupt,
}

impl Scene<'_> {
    /// Waits until so long after the beginning of the measured stretch.
    ///
    /// # Errors
    /// [`Interrupted`](crate::lab::Interrupted) when the user wants the run to end.
    pub fn wait_until(&self, moment: Duration) -> Result<()> {
        let moment = self.schedule.measure + moment.as_nanos() as u64;
        let left = moment.saturating_sub(Monotonic.now());
        Ok(self.interrupt.sleep(Duration::from_nanos(left))?)
    }
}

impl<'a> Case<'a> {
    /// A trial of clients that conduct themselves as their discipline says.
    pub fn of(
        subject: &'a Subject,
        workload: &'a dyn Workload,
        point: &'a Point,
        round: u32,
        number: u32,
    ) -> Case<'a> {
        Case {
            subject,
            workload,
            point,
            conduct: Conduct {
                pace: point.rate.map(|rate| Pace::steady(rate.into())),
                ..Conduct::of(point.discipline)
            },
            app: App::for_discipline(point.discipline),
            during: None,
            round,
            number,
        }
    }
}

/// Makes one trial. `number` tells its database from the others of the run.
///
/// # Errors
/// Whatever kept it from running to its end. A measurement whose audit failed is not an error.
pub fn run(
    conditions: &Conditions<'_>,
    subject: &Subject,
    workload: &dyn Workload,
    point: &Point,
    round: u32,
    number: u32,
) -> Result<Measurement> {
    let case = Case::of(subject, workload, point, round, number);
    let (measurement, _) = make(conditions, &case, false)?;
    Ok(measurement)
}

/// What was counted in a trial beside what was measured.
#[derive(Debug, Default)]
pub struct Counted {
    /// Statements that the clients sent.
    pub statements: u64,
    /// What the engine did, if it was to be counted.
    pub written: Written,
}

/// Makes one trial. If what the engine does is `counted`, which takes time, its figures are no
/// measurement of time.
///
/// # Errors
/// As [`run`]; or if the engine does not count.
pub fn make(
    conditions: &Conditions<'_>,
    case: &Case<'_>,
    counted: bool,
) -> Result<(Measurement, Counted)> {
    let mut store = case.subject.store(
        conditions.scratch,
        conditions.server,
        conditions.interrupt,
        case.number,
    )?;
    let result = measure(conditions, case, counted, store.as_mut());
    // A database that cannot be removed now goes with the scratch directory or the server.
    let _ = store.remove();
    result
}

fn measure(
    conditions: &Conditions<'_>,
    case: &Case<'_>,
    counted: bool,
    store: &mut dyn Store,
) -> Result<(Measurement, Counted)> {
    let Case {
        subject,
        workload,
        point,
        conduct,
        app,
        round,
        ..
    } = case;
    let over_http = point.topology.over_http();
    store
        .execute(&workload.setup())
        .context("Cannot set the database up")?;
    let seed = seed_of(conditions.seed, point, *round);
    let mut jobs = jobs(point, store, conduct, conditions.hold_seconds, seed);
    let system = match over_http {
        true => Some(system(conditions, case, &mut jobs)?),
        false => None,
    };
    let counting = match counted {
        true => Some(Counting::begin(store)?),
        false => None,
    };
    for job in &mut jobs {
        job.target.count(counted);
    }
    let mut workers = Workers::start(conditions.executable, &jobs, conditions.interrupt)?;
    let read_back = workers.ready(TO_CONNECT)?;
    // Who asks an app reads nothing back; the app does.
    let (settings, manner) = match &system {
        Some(system) => (system.settings().clone(), app.conduct().manner),
        None => (read_back, conduct.manner.clone()),
    };
    let refused = deviations(&subject.asserted(&manner), &settings);
    ensure!(
        refused.is_empty(),
        "The settings that make {} do not hold: {}",
        subject.name,
        refused.join(", ")
    );

    if !conditions.growing_log {
        store
            .settle()
            .context("Cannot bring the database to its steady state")?;
    }
    let seconds = workload.seconds(conditions.seconds, conditions.hold_seconds);
    let schedule = schedule(Monotonic.now(), conditions.warm_up_seconds, seconds);
    workers.begin(&schedule)?;
    let sampler = std::thread::spawn(move || machine_cpu(schedule));
    let stored_beside = match (&system, case.during) {
        (Some(system), Some(during)) => during(&Scene {
            system,
            server: conditions.server,
            schedule,
            interrupt: conditions.interrupt,
        })?,
        _ => Tally::default(),
    };
    let length = Duration::from_nanos(schedule.end - schedule.start);
    // An operation caught by the end may hold a transaction, and its client have others waiting.
    let hold = Duration::from_secs_f64(conditions.hold_seconds);
    // Operations that are numbered are done to the last, however long the stretch is.
    let numbered = A_COMMIT * conduct.operations.unwrap_or(0);
    let longest = match over_http {
        true => LONGEST_REQUEST,
        false => conduct.longest(),
    };
    let to_finish = TO_FINISH.max(longest + numbered + MARGIN);
    let done = workers.done(length + to_finish + 4 * hold)?;
    // What was acknowledged must be there when nobody is connected any more.
    system.map_or(Ok(()), System::stop)?;

    let written = match counting {
        Some(counting) => counting.end(store, &done)?,
        None => Written::default(),
    };
    let mut counts = Counts::default();
    let mut worker_cpu_seconds = 0.0;
    for worker in &done {
        counts.merge(&worker.counts);
        worker_cpu_seconds += worker.cpu_seconds;
    }
    counts.tally += stored_beside;
    let arrived = jobs.iter().filter_map(|job| job.pace.as_ref());
    let arrived = arrived.map(|pace| pace.due_within(schedule)).sum();
    let (audit, losses) =
        audit(*workload, store, &counts, arrived, point).context("Cannot audit the database")?;
    let counted = Counted {
        statements: counts.statements,
        written,
    };
    let measurement = Measurement {
        seconds: (schedule.end - schedule.measure) as f64 / 1e9,
        committed: counts.committed_per_client.iter().sum(),
        late: counts.late,
        given_up: counts.given_up,
        attempts: counts.attempts,
        errors: counts.errors,
        success: counts.success,
        failure: counts.failure,
        lag: counts.lag,
        offered: conduct.pace.as_ref().map(|pace| Offered {
            rate_per_s: pace.mean_rate(schedule),
            due: counts.due,
            behind: counts.behind,
            skipped: counts.skipped,
        }),
        kinds: counts.kinds,
        losses,
        committed_per_client: counts.committed_per_client,
        committed_over_time: counts.committed_over_time,
        start_skew_us: counts.start_skew as f64 / 1e3,
        drain_seconds: counts.drain as f64 / 1e9,
        worker_cpu_seconds,
        machine_cpu: sampler.join().ok().flatten(),
        settings,
        audit,
        criterion: None,
    };
    Ok((measurement, counted))
}

/// Starts the app before the database, and has one process send all requests.
fn system(conditions: &Conditions<'_>, case: &Case<'_>, jobs: &mut [Job]) -> Result<System> {
    let [job] = jobs else {
        bail!("One process sends all requests");
    };
    let mut environment = case.app.environment(&job.target)?;
    let remote = !case.workload.asks_an_app();
    if remote {
        let operations = Operations {
            workload: job.workload.clone(),
            terms: job.terms,
            seed: job.seed,
        };
        environment.push((OPERATIONS, serde_json::to_string(&operations)?));
    }
    let system = System::start(&Setup {
        topology: case.point.topology,
        instances: case.point.instances,
        environment: &environment,
        executable: conditions.executable,
        containers: conditions.containers,
        interrupt: conditions.interrupt,
    })?;
    job.target = system.target(remote);
    // The app tries again; who asks it does not.
    job.retry = Policy::NEVER;
    Ok(system)
}

/// All subjects get the same random choices at the same point of the same round.
pub(crate) fn seed_of(run: u64, point: &Point, round: u32) -> u64 {
    let mut seed = StdRng::seed_from_u64(run).random::<u64>();
    for part in [u64::from(round), u64::from(point.clients)] {
        seed = StdRng::seed_from_u64(seed ^ part).random();
    }
    seed
}

/// Shares the clients out among the instances, as evenly as can be.
pub(crate) fn jobs(
    point: &Point,
    store: &dyn Store,
    conduct: &Conduct,
    hold_seconds: f64,
    seed: u64,
) -> Vec<Job> {
    let (processes, instances) = match point.topology {
        Topology::Processes => (point.instances, 1),
        // The instances are elsewhere; one process sends all requests.
        Topology::Containers | Topology::Apps => (1, 1),
        Topology::Threads => (1, point.instances),
    };
    let mut target = store.target(point.discipline);
    target.behave(&conduct.manner);
    let mut first_client = 0;
    shares(point.clients, processes)
        .map(|clients| {
            let job = Job {
                protocol: VERSION,
                workload: point.workload.clone(),
                target: target.clone(),
                first_client,
                clients,
                instances,
                terms: Terms {
                    discipline: point.discipline,
                    hold_seconds,
                },
                retry: conduct.retry.clone(),
                operations: conduct.operations,
                pace: conduct
                    .pace
                    .as_ref()
                    .map(|pace| pace.share(first_client, clients, point.clients)),
                #[cfg(feature = "gate-trial")]
                harm: crate::subject::worse::harm(&point.subject),
                seed,
            };
            first_client += clients;
            job
        })
        .collect()
}

pub(crate) fn schedule(now: u64, warm_up_seconds: f64, seconds: f64) -> Schedule {
    let nanoseconds = |seconds: f64| (seconds * 1e9) as u64;
    let start = now + HEAD_START.as_nanos() as u64;
    let measure = start + nanoseconds(warm_up_seconds);
    Schedule {
        start,
        measure,
        end: measure + nanoseconds(seconds),
    }
}

fn machine_cpu(schedule: Schedule) -> Option<MachineCpu> {
    sleep_until(schedule.measure);
    let before = machine::cpu_times()?;
    sleep_until(schedule.end);
    let after = machine::cpu_times()?;
    Some(MachineCpu {
        busy_seconds: after.busy_seconds - before.busy_seconds,
        idle_seconds: after.idle_seconds - before.idle_seconds,
        steal_seconds: after.steal_seconds - before.steal_seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Discipline;
    use crate::subject::engine::noop::NoopStore;

    fn careful() -> Conduct {
        Conduct::of(Discipline::Careful)
    }

    fn point(clients: u32, instances: u32) -> Point {
        Point {
            workload: "increment-hot".into(),
            subject: "noop".into(),
            topology: Topology::Processes,
            instances,
            clients,
            discipline: Discipline::Careful,
            rate: None,
        }
    }

    #[test]
    fn instances_that_are_threads_are_one_process_and_hold_the_same_clients() {
        let threads = Point {
            topology: Topology::Threads,
            ..point(7, 3)
        };
        let one = jobs(&threads, &NoopStore, &careful(), 0.05, 1);
        assert_eq!(one.len(), 1);
        assert_eq!((one[0].clients, one[0].instances), (7, 3));
        let processes = jobs(&point(7, 3), &NoopStore, &careful(), 0.05, 1);
        assert_eq!(processes.len(), 3);
        assert!(processes.iter().all(|job| job.instances == 1));
    }

    #[test]
    fn one_process_that_asks_an_app_has_all_clients_and_all_that_arrives() {
        let conduct = Conduct {
            pace: Some(Pace::steady(100.0)),
            ..careful()
        };
        let point = Point {
            topology: Topology::Containers,
            ..point(32, 4)
        };
        let jobs = jobs(&point, &NoopStore, &conduct, 0.05, 1);
        let [job] = &jobs[..] else {
            panic!("{jobs:?}");
        };
        assert_eq!((job.clients, job.first_client), (32, 0));
        assert_eq!(job.pace, Some(Pace::steady(100.0)));
    }

    #[test]
    fn clients_are_shared_out_evenly_and_none_twice() {
        for (clients, instances) in [(1, 1), (4, 4), (6, 4), (64, 4), (7, 3)] {
            let jobs = jobs(&point(clients, instances), &NoopStore, &careful(), 0.05, 1);
            let mut numbers = Vec::new();
            for job in &jobs {
                assert!(job.clients.abs_diff(clients / instances) <= 1);
                numbers.extend(job.first_client..job.first_client + job.clients);
            }
            assert_eq!(numbers, (0..clients).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_subject_gets_the_same_choices_and_every_round_others() {
        let other_subject = Point {
            subject: "postgres".into(),
            ..point(4, 4)
        };
        assert_eq!(seed_of(1, &point(4, 4), 1), seed_of(1, &other_subject, 1));
        assert_ne!(seed_of(1, &point(4, 4), 1), seed_of(1, &point(4, 4), 2));
        assert_ne!(seed_of(1, &point(4, 4), 1), seed_of(2, &point(4, 4), 1));
    }
}
