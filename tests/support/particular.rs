//! What is particular about some points of a made-up run: kinds of operation, clients that do one
//! operation each, and careless ones.

use contend::measure::{Engine, KindCounts, Latencies, Loss, Measurement, Outcome, Point};

use super::parts::{self, SUBJECTS, find};
use super::random::Random;
use super::run::error;

fn engine(point: &Point) -> Engine {
    find(&SUBJECTS, |subject| subject.0 == point.subject).1
}

/// So many latencies of so many milliseconds.
pub fn latencies(milliseconds: &[(u64, u64)]) -> Latencies {
    let mut latencies = Latencies::default();
    for (count, milliseconds) in milliseconds {
        (0..*count).for_each(|_| latencies.record(milliseconds * 1_000_000));
    }
    latencies
}

/// Gives each kind of operation its counts: 90 fast ones and 10 slow ones, which differ by kind. On
/// SQLite writers wait for any row, on PostgreSQL for the same only.
pub fn kinds(point: &Point, measurement: &mut Measurement) {
    let sqlite = engine(point) == Engine::Sqlite;
    let of = |kind: &&str| {
        let slow = match (*kind, sqlite) {
            ("hold", _) => 52,
            ("write, same row", _) | ("write, other row" | "increment", true) => 70,
            _ => 2,
        };
        KindCounts {
            committed: 100,
            attempts: 100,
            success: match *kind {
                "hold" => latencies(&[(100, slow)]),
                _ => latencies(&[(90, 1), (10, slow)]),
            },
            ..KindCounts::default()
        }
    };
    measurement.kinds = parts::kinds(&point.workload).iter().map(of).collect();
    if point.workload == "long-transaction" {
        measurement.lag = latencies(&[(99, 1), (1, 3)]);
    }
}

/// Two clients that pay each other once: SQLite lets one after the other through, PostgreSQL finds
/// the deadlock after its deadlock_timeout and rolls one attempt back.
pub fn settle(point: &Point, measurement: &mut Measurement, random: &mut Random) {
    if point.workload != "payment-deadlock" {
        return;
    }
    let (seconds, failed) = match (engine(point), point.subject.as_str()) {
        (Engine::Postgres, "postgres-deadlock-50ms") => (0.1, 1),
        (Engine::Postgres, _) => (1.05, 1),
        _ => (0.08, 0),
    };
    measurement.success = Latencies::default();
    measurement.failure = Latencies::default();
    for share in [0.6, 1.0] {
        measurement
            .success
            .record((seconds * share * 1e9 * random.around(0.01)) as u64);
    }
    (measurement.committed, measurement.late) = (2, 0);
    measurement.given_up.clear();
    measurement.errors = (0..failed)
        .map(|_| error(Outcome::Deadlock, "40P01", "deadlock detected", 1))
        .collect();
    measurement.attempts = 2 + failed;
    measurement.committed_per_client = vec![1, 1];
}

/// What careless clients come to: on SQLite nine of ten operations fail, on PostgreSQL nearly all
/// are acknowledged and most of them are lost.
pub fn careless(point: &Point, measurement: &mut Measurement) {
    let settles = point.workload == "payment-deadlock";
    let class = match engine(point) {
        Engine::Postgres => Outcome::Deadlock,
        _ => Outcome::Busy,
    };
    let (committed, failed) = match (engine(point), settles) {
        (_, true) => (1, 1),
        (Engine::Postgres, _) => (1_000, 0),
        _ => (100, 900),
    };
    (measurement.committed, measurement.late) = (committed, 0);
    measurement.given_up = (failed > 0)
        .then_some((class, failed))
        .into_iter()
        .collect();
    measurement.errors = (failed > 0)
        .then(|| error(class, "fixture", "Fixture: an error", failed))
        .into_iter()
        .collect();
    measurement.attempts = committed + failed;
    measurement.failure = latencies(&[(failed.min(50), 1)]);
    for counts in &mut measurement.kinds {
        let failed = failed / 10;
        counts.given_up = (failed > 0)
            .then_some((class, failed))
            .into_iter()
            .collect();
        counts.failure = latencies(&[(failed, 1)]);
    }
    // More was acknowledged than counts, since the warm-up is in it.
    let acknowledged = committed + 100;
    let lost = match engine(point) {
        Engine::Postgres if !settles => acknowledged * 4 / 5,
        _ => 0,
    };
    measurement.losses = vec![Loss {
        what: "Fixture: counters and acknowledged increments".to_owned(),
        unit: "increments".to_owned(),
        acknowledged,
        lost,
    }];
}
