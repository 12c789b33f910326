//! Who waits behind a long transaction, and who is given up.

mod support;

use contend::load::conduct::Conduct;
use contend::load::retry::Policy;
use contend::measure::{Discipline, KindCounts, Measurement, Outcome};
use contend::subject::engine::Manner;
use contend::workload::lock_wait::{CLIENTS, HOLDING, LARGE, LockWait, SMALL};
use support::server::need_postgres_binaries;
use support::stage::Stage;

/// Longer than clients can be late on the busiest of machines.
const HOLD: f64 = 1.5;

fn waited(stage: &Stage, subject: &str, workload: &LockWait, timeout: u32) -> Measurement {
    let conduct = Conduct {
        manner: Manner {
            lock_timeout_ms: Some(timeout),
            ..Manner::of(Discipline::Careful)
        },
        retry: Policy::NEVER,
        operations: None,
        pace: None,
    };
    // On a machine that is too busy to write in time the transaction is given up: made again.
    for _ in 0..5 {
        let lengths = (0.3, HOLD);
        let measurement = stage.trial_in(subject, workload, CLIENTS, conduct.clone(), lengths);
        let measurement = measurement.unwrap();
        assert!(measurement.audit.passed(), "{:?}", measurement.audit);
        if measurement.kinds[HOLDING].late == 1 {
            return measurement;
        }
    }
    panic!("the machine is too busy")
}

/// Operations acknowledged, and given up for want of a lock.
fn ends(kind: &KindCounts) -> (u64, u64) {
    let refused = [Outcome::Busy, Outcome::LockTimeout];
    let refused = refused.map(|class| kind.given_up.get(&class).copied().unwrap_or(0));
    (kind.committed + kind.late, refused.iter().sum())
}

#[test]
fn a_writer_that_is_less_patient_than_the_transaction_is_long_is_busy_and_readers_are_not() {
    let stage = Stage::files();
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        let found = waited(&stage, subject, &SMALL, 100);
        let ends: Vec<_> = found.kinds.iter().map(ends).collect();
        assert_eq!(ends, [(1, 0), (0, 5), (0, 5), (10, 0)], "{subject}");
    }
}

#[test]
fn a_transaction_larger_than_the_page_cache_keeps_readers_out_unless_there_is_a_log() {
    let stage = Stage::files();
    let readers = |subject| ends(&waited(&stage, subject, &LARGE, 100).kinds[3]);
    assert_eq!(readers("sqlite-delete-full"), (0, 10));
    assert_eq!(readers("sqlite-wal-full"), (10, 0));
}

#[test]
fn on_postgresql_only_writers_of_the_same_row_wait() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let stage = Stage::with_server();
    let found = waited(&stage, "postgres", &LARGE, 100);
    let given_up: Vec<_> = found.kinds.iter().map(ends).collect();
    assert_eq!(given_up, [(1, 0), (0, 5), (5, 0), (10, 0)]);
}
