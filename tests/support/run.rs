//! A made-up run for tests. Nothing in it was measured: every figure comes from a small formula
//! and a fixed seed, and every text that a reader could take for a finding says so.

use std::collections::BTreeMap;

use contend::measure::outcome::ErrorCount;
use contend::measure::run::{FORMAT, SCHEMA_VERSION};
use contend::measure::trial::MachineCpu;
use contend::measure::{
    Audit, Build, Check, CriterionEstimate, Discipline, Engine, Latencies, Machine, Measurement,
    Outcome, Place, Plan, Point, Probe, Provision, Run, ServerInfo, SubjectInfo, Tier, Topology,
    Trial, TrialResult, WorkloadInfo, store,
};

/// Name, engine, tier, colour, goodput of one client, and how it grows with each doubling of them.
const SUBJECTS: [(&str, Engine, Tier, &str, f64, f64); 7] = [
    (
        "sqlite-delete-full",
        Engine::Sqlite,
        Tier::PowerLossButLast,
        "#E69F00",
        1_250.0,
        0.93,
    ),
    (
        "sqlite-delete-extra",
        Engine::Sqlite,
        Tier::PowerLoss,
        "#D55E00",
        980.0,
        0.93,
    ),
    (
        "sqlite-wal-full",
        Engine::Sqlite,
        Tier::PowerLoss,
        "#0072B2",
        3_900.0,
        0.98,
    ),
    (
        "sqlite-wal-normal",
        Engine::Sqlite,
        Tier::ProcessCrash,
        "#56B4E9",
        96_000.0,
        0.86,
    ),
    (
        "postgres",
        Engine::Postgres,
        Tier::PowerLoss,
        "#009E73",
        2_300.0,
        1.35,
    ),
    (
        "postgres-async",
        Engine::Postgres,
        Tier::Nothing,
        "#CC79A7",
        9_800.0,
        1.14,
    ),
    (
        "noop",
        Engine::Noop,
        Tier::None,
        "#777777",
        4_200_000.0,
        1.05,
    ),
];

/// Name, title, statements, and how much slower an operation is than the simplest.
const WORKLOADS: [(&str, &str, u32, f64); 4] = [
    (
        "increment-hot",
        "One counter that every client increments",
        3,
        1.0,
    ),
    (
        "increment-spread",
        "Counters spread over a thousand rows",
        3,
        0.95,
    ),
    ("insert-1", "One row inserted per operation", 3, 0.9),
    (
        "insert-100",
        "A hundred rows inserted per operation",
        102,
        0.16,
    ),
];

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
    /// Whether some trials are void and one failed.
    pub flawed: bool,
    /// What every goodput is multiplied with.
    pub scale: f64,
}

impl Default for Fixture {
    fn default() -> Self {
        Fixture {
            rounds: 6,
            loads: vec![1, 4, 16, 64],
            subjects: SUBJECTS.iter().map(|subject| subject.0).collect(),
            workloads: WORKLOADS.iter().map(|workload| workload.0).collect(),
            flawed: true,
            scale: 1.0,
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
            flawed: false,
            scale: 1.0,
        }
    }

    /// Makes the run.
    pub fn run(&self) -> Run {
        let points = self.points();
        let mut random = Random(20_260_101);
        let mut trials = Vec::new();
        for round in 1..=self.rounds {
            for point in &points {
                let position = trials.len() as u32 + 1;
                trials.push(self.trial(point, round, position, &mut random));
            }
        }
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
                points,
            },
            machine: machine(),
            probe: Probe {
                fdatasync_samples: 200,
                fdatasync_median_us: 610.0,
                fdatasync_min_us: 480.0,
                fdatasync_max_us: 9_800.0,
                clock_ns: 24.0,
                steal: Some(0.004),
            },
            server: self
                .subjects
                .iter()
                .any(|name| name.starts_with("postgres"))
                .then(server),
            sqlite: Some("3.51.3".to_owned()),
            subjects: self.subjects.iter().map(|name| subject(name)).collect(),
            workloads: self.workloads.iter().map(|name| workload(name)).collect(),
            warnings: vec![
                "Fixture: every figure on this page is made up, nothing was measured.".to_owned(),
            ],
            not_measured: vec![
                "Fixture: an open loop, in which clients do not wait for each other.".to_owned(),
                "Fixture: instances on several machines.".to_owned(),
            ],
            trials,
        };
        store::seal(&mut run);
        run
    }

    /// Every point, in the order of the plan.
    pub fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        for workload in &self.workloads {
            for subject in &self.subjects {
                for clients in &self.loads {
                    points.push(Point {
                        workload: (*workload).to_owned(),
                        subject: (*subject).to_owned(),
                        topology: Topology::Processes,
                        instances: (*clients).min(4),
                        clients: *clients,
                        discipline: Discipline::Careful,
                    });
                }
            }
        }
        points
    }

    fn trial(&self, point: &Point, round: u32, position: u32, random: &mut Random) -> Trial {
        let mut measurement = measure(point, self.scale, random);
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
                measurement.audit.checks = vec![Check::number("rows", stored, 0, stored - 1)];
            }
            TrialResult::Measured(Box::new(measurement))
        };
        Trial {
            point: point.clone(),
            round,
            position,
            started: format!(
                "2026-01-01T00:{:02}:{:02}Z",
                position / 60 % 60,
                position % 60
            ),
            fdatasync_us: (subject(&point.subject).engine != Engine::Noop)
                .then(|| 610.0 * random.around(0.1)),
            result,
        }
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
        (0..busy.min(50)).for_each(|_| failure.record((5e9 * random.around(0.01)) as u64));
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
        committed_per_client: shares(committed, point.clients.into(), spread, random),
        committed_per_tenth: shares(committed, 10, 0.02, random),
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

fn error(class: Outcome, code: &str, message: &str, attempts: u64) -> ErrorCount {
    ErrorCount {
        class,
        code: code.to_owned(),
        message: message.to_owned(),
        attempts,
    }
}

fn find<T: Copy>(all: &[T], wanted: impl Fn(&T) -> bool) -> T {
    *all.iter()
        .find(|item| wanted(item))
        .expect("the fixture knows this name")
}

fn subject(name: &str) -> SubjectInfo {
    let (name, engine, tier, colour, ..) = find(&SUBJECTS, |subject| subject.0 == name);
    SubjectInfo {
        name: name.to_owned(),
        engine,
        tier,
        summary: format!("Fixture: what {name} is, in one sentence."),
        colour: colour.to_owned(),
        asserted: asserted(name),
        dialect: Vec::new(),
    }
}

fn asserted(name: &str) -> BTreeMap<String, String> {
    let pairs: &[(&str, &str)] = match name {
        "sqlite-delete-full" => &[("journal_mode", "delete"), ("synchronous", "2")],
        "sqlite-delete-extra" => &[("journal_mode", "delete"), ("synchronous", "3")],
        "sqlite-wal-full" => &[("journal_mode", "wal"), ("synchronous", "2")],
        "sqlite-wal-normal" => &[("journal_mode", "wal"), ("synchronous", "1")],
        "postgres" => &[("synchronous_commit", "on")],
        "postgres-async" => &[("synchronous_commit", "off")],
        _ => &[],
    };
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn workload(name: &str) -> WorkloadInfo {
    let (name, title, statements, _) = find(&WORKLOADS, |workload| workload.0 == name);
    WorkloadInfo {
        name: name.to_owned(),
        version: 1,
        title: title.to_owned(),
        summary: format!("Fixture: what one operation of {name} does, in a sentence."),
        sql: vec!["UPDATE counter SET value = value + $1 WHERE id = $2".to_owned()],
        statements,
    }
}

fn build() -> Build {
    Build {
        version: "0.0.0-fixture".to_owned(),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        dirty: Some(false),
        rustc: "rustc 1.0.0 (fixture)".to_owned(),
        profile: "release".to_owned(),
    }
}

fn machine() -> Machine {
    Machine {
        system: "Fixture OS 12".to_owned(),
        kernel: "Linux 6.1.0".to_owned(),
        cpu: "Fixture CPU at 3 GHz".to_owned(),
        cpus: 2,
        governor: None,
        virtual_machine: Some(true),
        memory_bytes: 8_589_934_592,
        open_files: 1_024,
        load_average: 0.12,
        place: place("ext4"),
    }
}

fn place(filesystem: &str) -> Place {
    Place {
        directory: "/srv/contend".to_owned(),
        filesystem: filesystem.to_owned(),
        device: "/dev/vda1".to_owned(),
        mount_options: "rw,relatime".to_owned(),
        disk: None,
    }
}

fn server() -> ServerInfo {
    let map = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    ServerInfo {
        provision: Provision::Local,
        version: "18.1".to_owned(),
        version_number: 180_001,
        banner: "PostgreSQL 18.1 (fixture)".to_owned(),
        transport: "Unix socket".to_owned(),
        image: None,
        data: Some(place("ext4")),
        settings: map(&[("fsync", "on"), ("wal_sync_method", "fdatasync")]),
        changed_settings: map(&[("max_connections", "200")]),
        passed_over: vec!["Fixture: no container engine answered within 5 s.".to_owned()],
    }
}

/// A small deterministic generator (xorshift64*).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Between 0 and 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal, by the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Around 1, off by at most `spread`.
    fn around(&mut self, spread: f64) -> f64 {
        1.0 + (self.unit() - 0.5) * 2.0 * spread
    }
}
