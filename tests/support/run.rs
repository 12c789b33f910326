//! A made-up run for tests. Nothing in it was measured: every figure comes from a small formula
//! and a fixed seed, and every text that a reader could take for a finding says so.

use std::collections::BTreeMap;

use contend::measure::machine::SyncTimes;
use contend::measure::outcome::ErrorCount;
use contend::measure::run::{FORMAT, SCHEMA_VERSION};
use contend::measure::trial::MachineCpu;
use contend::measure::{
    Audit, Check, CriterionEstimate, Discipline, Engine, Latencies, Measurement, Outcome, Plan,
    Point, Probe, Run, Topology, Trial, TrialResult, store,
};

use super::particular;
use super::parts::{
    SUBJECTS, WORKLOADS, asserted, build, find, machine, server, subject, workload,
};
use super::random::Random;

/// What the made-up run holds.
#[derive(Clone)]
pub struct Fixture {
    /// Rounds.
    pub rounds: u32,
    /// Numbers of clients.
    pub loads: Vec<u32>,
    /// Names of the subjects.
    pub subjects: Vec<&'static str>,
    /// Names of the workloads.
    pub workloads: Vec<&'static str>,
    /// Numbers of naive clients, of every workload and subject.
    pub naive: Vec<u32>,
    /// Whether some trials are void and one failed.
    pub flawed: bool,
    /// Whether experiments were made.
    pub experiments: bool,
    /// What every goodput is multiplied with.
    pub scale: f64,
    /// What chance begins with: another number is another run of the same thing.
    pub seed: u64,
}

impl Default for Fixture {
    fn default() -> Self {
        Fixture {
            rounds: 6,
            loads: vec![1, 4, 16, 64],
            subjects: SUBJECTS[..7].iter().map(|subject| subject.0).collect(),
            workloads: WORKLOADS[..4].iter().map(|workload| workload.0).collect(),
            naive: Vec::new(),
            flawed: true,
            experiments: false,
            scale: 1.0,
            seed: 20_260_101,
        }
    }
}

impl Fixture {
    /// A small one, for tests that look at one thing.
    pub fn small() -> Fixture {
        Fixture {
            rounds: 3,
            loads: vec![1, 16],
            subjects: vec!["sqlite-wal-full", "postgres", "noop"],
            workloads: vec!["increment-hot"],
            naive: Vec::new(),
            flawed: false,
            experiments: false,
            scale: 1.0,
            seed: 20_260_101,
        }
    }

    /// The small one with naive clients as well.
    pub fn careless() -> Fixture {
        Fixture {
            naive: vec![16],
            ..Fixture::small()
        }
    }

    /// Every subject and every workload, by careful and by naive clients, in one round.
    pub fn everything() -> Fixture {
        Fixture {
            rounds: 1,
            loads: vec![1, 4, 16],
            subjects: SUBJECTS.iter().map(|subject| subject.0).collect(),
            workloads: WORKLOADS.iter().map(|workload| workload.0).collect(),
            naive: vec![4, 16],
            experiments: true,
            ..Fixture::default()
        }
    }

    /// One workload of any figure, by careful and by naive clients.
    pub fn of(workload: &'static str, clients: u32) -> Fixture {
        Fixture {
            loads: vec![clients],
            naive: vec![clients],
            workloads: vec![workload],
            ..Fixture::small()
        }
    }

    /// Makes the run.
    pub fn run(&self) -> Run {
        let points = self.points();
        let mut random = Random(self.seed);
        let mut trials = Vec::new();
        for round in 1..=self.rounds {
            for point in &points {
                let position = trials.len() as u32 + 1;
                trials.push(self.trial(point, round, position, &mut random));
            }
        }
        let long_points: Vec<Point> = self.long_points(&points);
        let long_trials: Vec<Trial> = long_points
            .iter()
            .enumerate()
            .map(|(index, point)| {
                let position = (trials.len() + index) as u32 + 1;
                let mut trial = self.trial(point, 0, position, &mut random);
                if let TrialResult::Measured(measurement) = &mut trial.result {
                    lengthen(measurement, 4);
                }
                trial
            })
            .collect();
        let mut run = Run {
            format: FORMAT.to_owned(),
            schema_version: SCHEMA_VERSION,
            id: String::new(),
            started: "2026-01-01T00:00:00Z".to_owned(),
            finished: "2026-01-01T00:45:00Z".to_owned(),
            complete: true,
            command: ["contend", "bench", "--seed", "7"]
                .map(str::to_owned)
                .into(),
            build: build(),
            plan: Plan {
                quick: false,
                seed: 7,
                rounds: self.rounds,
                seconds: 3.0,
                warm_up_seconds: 0.5,
                lock_timeout_seconds: 1.0,
                hold_seconds: 0.05,
                rate: None,
                points,
                long_seconds: 12.0,
                long_points: long_points.clone(),
            },
            machine: machine(),
            probe: Probe {
                append: SyncTimes {
                    samples: 200,
                    median_us: 820.0,
                    p10_us: Some(700.0),
                    p90_us: Some(1_100.0),
                    min_us: 650.0,
                    max_us: 9_900.0,
                },
                overwrite: SyncTimes {
                    samples: 200,
                    median_us: 610.0,
                    p10_us: Some(520.0),
                    p90_us: Some(900.0),
                    min_us: 480.0,
                    max_us: 9_800.0,
                },
                clock_ns: 24.0,
                steal: Some(0.004),
            },
            server: self
                .subjects
                .iter()
                .any(|name| name.starts_with("postgres"))
                .then(server),
            sqlite: Some("3.51.3".to_owned()),
            sqlite_compile_options: vec!["THREADSAFE=1".to_owned()],
            images: BTreeMap::new(),
            turns: None,
            other_subjects: Vec::new(),
            crosscheck: None,
            subjects: self.subjects.iter().map(|name| subject(name)).collect(),
            workloads: self.workloads.iter().map(|name| workload(name)).collect(),
            warnings: vec![
                "Fixture: every figure on this page is made up, nothing was measured.".to_owned(),
            ],
            not_measured: vec![
                "Fixture: an open loop, in which clients do not wait for each other.".to_owned(),
                "Fixture: instances on several machines.".to_owned(),
            ],
            commit_work: super::work::counted(&self.points()),
            experiments: match self.experiments {
                true => super::findings::experiments(),
                false => Vec::new(),
            },
            trials,
            long_trials,
        };
        store::seal(&mut run);
        run
    }

    /// The points of long trials, as a real plan has them.
    fn long_points(&self, points: &[Point]) -> Vec<Point> {
        let long = |subject: &str| {
            let own = points.iter().filter(|point| {
                point.subject == subject
                    && point.workload == "increment-hot"
                    && point.discipline == Discipline::Careful
                    && point.clients <= 16
            });
            own.max_by_key(|point| point.clients).cloned()
        };
        ["sqlite-wal-full", "postgres"]
            .into_iter()
            .filter_map(long)
            .collect()
    }

    /// Every point, in the order of the plan.
    pub fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        for workload in &self.workloads {
            for subject in &self.subjects {
                let of = |discipline: Discipline| {
                    move |clients: &u32| Point {
                        workload: (*workload).to_owned(),
                        subject: (*subject).to_owned(),
                        topology: Topology::Processes,
                        instances: (*clients).min(4),
                        clients: *clients,
                        discipline,
                        rate: None,
                    }
                };
                points.extend(self.loads.iter().map(of(Discipline::Careful)));
                let stores = *subject != "noop";
                let naive = self.naive.iter().filter(|_| stores);
                points.extend(naive.map(of(Discipline::Naive)));
            }
        }
        points
    }

    fn trial(&self, point: &Point, round: u32, position: u32, random: &mut Random) -> Trial {
        let mut measurement = measure(point, self.scale, random);
        particular::kinds(point, &mut measurement);
        particular::settle(point, &mut measurement, random);
        if point.discipline == Discipline::Naive {
            particular::careless(point, &mut measurement);
        }
        let hard = point.clients == 64 && point.workload == "insert-100";
        let result = if self.flawed && hard && point.subject == "sqlite-delete-extra" && round == 2
        {
            TrialResult::Failed {
                reason: "Fixture: worker 3 ended with code 101 before the stretch was over"
                    .to_owned(),
            }
        } else {
            if self.flawed && hard && point.subject == "postgres-async" && round == 3 {
                let stored = measurement.committed as i64;
                measurement.audit.checks = vec![Check::number("rows", stored, stored - 1)];
            }
            TrialResult::Measured(Box::new(measurement))
        };
        let stores = subject(&point.subject).engine != Engine::Noop;
        Trial {
            point: point.clone(),
            round,
            position,
            started: format!(
                "2026-01-01T00:{:02}:{:02}Z",
                position / 60 % 60,
                position % 60
            ),
            fdatasync_us: stores.then(|| 610.0 * random.around(0.1)),
            fdatasync_after_us: stores.then(|| 610.0 * random.around(0.1)),
            result,
        }
    }
}

/// Makes a trial so many times as long, with so many times as many commits.
fn lengthen(measurement: &mut Measurement, times: u64) {
    measurement.seconds *= times as f64;
    measurement.committed *= times;
    for commits in &mut measurement.committed_per_client {
        *commits *= times;
    }
}

/// A made-up measurement of a point.
pub fn measure(point: &Point, scale: f64, random: &mut Random) -> Measurement {
    let (_, engine, _, _, single, growth) = find(&SUBJECTS, |s| s.0 == point.subject);
    let (.., cost) = find(&WORKLOADS, |w| w.0 == point.workload);
    let seconds = 3.0;
    let doublings = f64::from(point.clients).log2();
    let goodput = single * growth.powf(doublings) * cost * scale * random.around(0.06);
    let committed = (goodput * seconds) as u64;
    let sqlite = engine == Engine::Sqlite;
    let mean = f64::from(point.clients) / goodput.max(1e-9);
    let mut success = Latencies::default();
    for _ in 0..committed.min(400) {
        // SQLite's busy handler sleeps, so under load its tail is far longer than its median.
        let tail = if sqlite && point.clients > 1 && random.unit() < 0.04 {
            30.0
        } else {
            1.0
        };
        success.record((mean * 1e9 * 0.7 * tail * (1.0 + 0.5 * random.normal().abs())) as u64);
    }
    let share = if sqlite && point.clients >= 16 {
        0.0004 * f64::from(point.clients)
    } else {
        0.0
    };
    let busy = (committed as f64 * share) as u64;
    let mut given_up = BTreeMap::new();
    let mut errors = Vec::new();
    let mut failure = Latencies::default();
    if busy > 0 {
        given_up.insert(Outcome::Busy, busy);
        errors.push(error(Outcome::Busy, "5", "database is locked", busy * 6));
        (0..busy.min(50)).for_each(|_| failure.record((3e9 * random.around(0.01)) as u64));
    }
    let deadlocks = if engine == Engine::Postgres && point.clients == 64 {
        committed / 5_000
    } else {
        0
    };
    if deadlocks > 0 {
        given_up.insert(Outcome::Serialization, deadlocks);
        errors.push(error(
            Outcome::Serialization,
            "40001",
            "could not serialize access",
            deadlocks * 2,
        ));
        (0..deadlocks.min(50)).for_each(|_| failure.record((2e7 * random.around(0.2)) as u64));
    }
    let failed: u64 = errors.iter().map(|error| error.attempts).sum();
    let late = u64::from(point.clients / 2).min(committed);
    let spread = if sqlite { 0.25 } else { 0.03 };
    let criterion = (committed > 10).then(|| CriterionEstimate {
        mean_ns: 1e9 / goodput,
        lower_ns: 0.98e9 / goodput,
        upper_ns: 1.03e9 / goodput,
        confidence_level: 0.95,
    });
    Measurement {
        seconds,
        committed,
        late,
        attempts: committed + late + failed,
        given_up,
        errors,
        success,
        failure,
        lag: Latencies::default(),
        offered: None,
        kinds: Vec::new(),
        losses: Vec::new(),
        committed_per_client: shares(committed, point.clients.into(), spread, random),
        committed_over_time: shares(committed, 50, 0.02, random),
        start_skew_us: 40.0 * random.around(0.3),
        drain_seconds: mean,
        worker_cpu_seconds: (2e-7
            + match engine {
                Engine::Sqlite => 5e-6,
                Engine::Postgres => 1e-5,
                Engine::Noop => 0.0,
            })
            * committed as f64,
        machine_cpu: Some(MachineCpu {
            busy_seconds: 4.4,
            idle_seconds: 1.5,
            steal_seconds: 0.1,
        }),
        settings: asserted(&point.subject),
        audit: Audit {
            checks: vec![Check::number(
                "sum of the counters",
                committed as i64,
                committed as i64,
            )],
        },
        criterion,
    }
}

/// Parts of `total` that add up to it.
fn shares(total: u64, parts: u64, spread: f64, random: &mut Random) -> Vec<u64> {
    let mut left = total;
    let mut shares: Vec<u64> = (1..parts)
        .map(|_| {
            let part = ((total as f64 / parts as f64 * random.around(spread)) as u64).min(left);
            left -= part;
            part
        })
        .collect();
    // What rounding left over is the last one's only as far as that is plausible.
    let last = left.min(total / parts.max(1) * 2);
    shares.push(last);
    if let Some(first) = shares.first_mut() {
        *first += left - last;
    }
    shares
}

pub fn error(class: Outcome, code: &str, message: &str, attempts: u64) -> ErrorCount {
    ErrorCount {
        class,
        code: code.to_owned(),
        message: message.to_owned(),
        attempts,
    }
}
