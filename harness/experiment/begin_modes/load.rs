//! The same load under each way to begin.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::experiment::dialogue::{Dialogue, Order};
use crate::measure::experiment::Observation;
use crate::measure::{Audit, Check, Discipline, Engine, Latencies, Outcome};
use crate::subject::Subject;
use crate::subject::engine::{Store, Target};
use crate::subject::session::DbError;

/// How many there are at once.
pub const CLIENTS: u32 = 8;

/// How long each waits for a lock, in milliseconds.
const TIMEOUT_MS: u32 = 100;

/// How long each holds what it has read: without it, transactions hardly meet.
const HOLD: Duration = Duration::from_millis(1);

const READ: &str = "SELECT value FROM counters WHERE key = 1";

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reads a counter, and no more.
    Read,
    /// Reads the counter, and writes it one higher than it was read.
    Write,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Read, Kind::Write];

    /// Its name in observations.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Read => "only reads",
            Kind::Write => "reads and writes",
        }
    }
}

/// What a client, or all of them, came to.
#[derive(Default)]
struct Tally {
    commits: u64,
    /// By class; an error of another class ends the experiment.
    failed: [u64; CLASSES.len()],
    committed: Latencies,
    refused: Latencies,
}

/// What may keep a transaction from being committed, by name and class.
const CLASSES: [(&str, Outcome); 5] = [
    ("busy", Outcome::Busy),
    ("busy_snapshot", Outcome::BusySnapshot),
    ("lock_timeout", Outcome::LockTimeout),
    ("serialization", Outcome::Serialization),
    ("deadlock", Outcome::Deadlock),
];

/// Clients that do transactions for a fixed time on a table of their own, and what they come to.
pub fn observe(
    store: &mut dyn Store,
    subject: &Subject,
    begin: &str,
    kind: Kind,
    stretch: Duration,
    repeat: u32,
) -> Result<Observation> {
    let setup = [
        "DROP TABLE IF EXISTS counters",
        "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)",
        "INSERT INTO counters VALUES (1, 0)",
    ];
    store.execute(&setup.map(str::to_owned))?;
    let target = store.target(Discipline::Careful);
    let engine = subject.engine();
    let (begin_sql, patience) = match engine {
        Engine::Postgres => (
            format!("BEGIN ISOLATION LEVEL {begin}"),
            format!("SET lock_timeout = {TIMEOUT_MS}"),
        ),
        _ => (
            format!("BEGIN {begin}"),
            format!("PRAGMA busy_timeout = {TIMEOUT_MS}"),
        ),
    };
    let client = Client {
        begin: begin_sql.as_str().into(),
        patience: patience.as_str().into(),
        kind,
        stretch,
    };
    let (tally, took) = client.crowd(&target)?;

    let stored = store.number(READ)?;
    let attempts = tally.commits + tally.failed.iter().sum::<u64>();
    let written = match kind {
        Kind::Read => 0,
        Kind::Write => i64::try_from(tally.commits)?,
    };
    let lost = written - stored;
    let check = match begin {
        // What it loses is the figure; more than was acknowledged may not be there.
        "READ COMMITTED" => Check::number("stored beyond what was acknowledged", 0, (-lost).max(0)),
        _ => Check::number("counter", written, stored),
    };
    let mut observation = Observation {
        repeat,
        audit: Audit {
            checks: vec![check],
        },
        ..Observation::under([
            ("subject", subject.name.to_owned()),
            ("begin", begin.to_owned()),
            ("transaction", kind.name().to_owned()),
            ("clients", CLIENTS.to_string()),
            ("timeout_ms", TIMEOUT_MS.to_string()),
        ])
    }
    .with("attempts", attempts as f64)
    .with("commits", tally.commits as f64)
    .with("commits_per_s", tally.commits as f64 / took.as_secs_f64())
    .with(
        "errors_per_attempt",
        (attempts - tally.commits) as f64 / attempts.max(1) as f64,
    )
    .with("lost", lost as f64);
    let of_engine = |class| match engine {
        Engine::Postgres => !matches!(class, Outcome::Busy | Outcome::BusySnapshot),
        _ => matches!(class, Outcome::Busy | Outcome::BusySnapshot),
    };
    for ((name, class), count) in CLASSES.into_iter().zip(tally.failed) {
        if of_engine(class) {
            observation = observation.with(name, count as f64);
        }
    }
    for (name, latencies) in [("committed", tally.committed), ("refused", tally.refused)] {
        if latencies.count() > 0 {
            observation.latencies.insert(name.to_owned(), latencies);
        }
    }
    Ok(observation)
}

/// What every client is told.
struct Client {
    begin: Order,
    patience: Order,
    kind: Kind,
    stretch: Duration,
}

impl Client {
    /// All clients at once, each on a thread of its own; how long they were at work.
    fn crowd(&self, target: &Target) -> Result<(Tally, Duration)> {
        let ready = Barrier::new(CLIENTS as usize);
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|_| scope.spawn(|| self.work(target, &ready)))
                .collect();
            let mut all = Tally::default();
            let mut longest = Duration::ZERO;
            for client in clients {
                let (tally, took) = client.join().expect("a client does not panic")?;
                longest = longest.max(took);
                all.commits += tally.commits;
                for (sum, count) in all.failed.iter_mut().zip(tally.failed) {
                    *sum += count;
                }
                all.committed.merge(&tally.committed);
                all.refused.merge(&tally.refused);
            }
            Ok((all, longest))
        })
    }

    fn work(&self, target: &Target, ready: &Barrier) -> Result<(Tally, Duration)> {
        let connected = Dialogue::open(target).and_then(|mut dialogue| {
            dialogue.ask(&self.patience)?;
            Ok(dialogue)
        });
        // Everyone comes to the barrier, or the others would wait for ever.
        ready.wait();
        let mut dialogue = connected.context("A client could not connect")?;
        let mut tally = Tally::default();
        let began = Instant::now();
        while began.elapsed() < self.stretch {
            let attempt = Instant::now();
            let result = self.transaction(&mut dialogue);
            let took = attempt.elapsed().as_nanos() as u64;
            let Err(error) = result else {
                tally.commits += 1;
                tally.committed.record(took);
                continue;
            };
            tally.refused.record(took);
            match CLASSES.iter().position(|(_, class)| *class == error.class) {
                Some(class) => tally.failed[class] += 1,
                None => bail!(error),
            }
            // Without a transaction it is refused, and nothing is to be rolled back.
            let _ = dialogue.ask(&"ROLLBACK".into());
        }
        Ok((tally, began.elapsed()))
    }

    fn transaction(&self, dialogue: &mut Dialogue) -> Result<(), DbError> {
        dialogue.ask(&self.begin)?;
        let read = dialogue.ask(&READ.into())?;
        thread::sleep(HOLD);
        if self.kind == Kind::Write {
            let value: i64 = read.and_then(|text| text.parse().ok()).unwrap_or(0);
            let write = format!("UPDATE counters SET value = {} WHERE key = 1", value + 1);
            dialogue.ask(&(&write).into())?;
        }
        dialogue.ask(&"COMMIT".into()).map(drop)
    }
}
