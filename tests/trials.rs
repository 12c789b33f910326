//! Whole trials with real workers: what they count, what they audit, and which lies void them.

mod support;

use contend::measure::{Discipline, Outcome, Point, Topology};
use contend::subject::engine::manner::Manner;
use contend::subject::{Settings, Subject, catalog};
use support::server::need_postgres_binaries;
use support::stage::{Stage, point};

fn naive(point: Point) -> Point {
    Point {
        discipline: Discipline::Naive,
        ..point
    }
}

#[test]
fn settings_that_the_engine_refused_fail_the_trial() {
    let known = contend::subject::find("sqlite-wal-full").unwrap();
    // SQLite answers a journal mode that it does not know with the one it has, without an error.
    let liar = Subject {
        settings: Settings::Sqlite {
            journal_mode: "durable",
            synchronous: "full",
        },
        name: known.name,
        summary: known.summary,
        tier: known.tier,
        colour: known.colour,
        part: known.part,
    };
    let error = Stage::files()
        .trial_of(&liar, &point("increment-hot", "sqlite-wal-full", 1))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("journal_mode is delete where durable was asked for"),
        "{error}"
    );
}

#[test]
fn every_workload_passes_its_audit_with_careful_clients_on_sqlite() {
    for workload in contend::workload::ALL {
        for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
            let clients = *workload.clients().end().min(&6);
            let measured = Stage::files()
                .trial(&point(workload.name(), subject, clients))
                .unwrap();
            let audit = &measured.audit;
            assert!(audit.passed(), "{} {subject}: {audit:?}", workload.name());
            assert!(measured.losses.is_empty());
            assert_eq!(measured.committed_per_client.len(), clients as usize);
        }
    }
}

#[test]
fn every_workload_passes_its_audit_with_careful_clients_on_postgresql() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let stage = Stage::with_server();
    for workload in contend::workload::ALL {
        let clients = *workload.clients().end().min(&6);
        let measured = stage
            .trial(&point(workload.name(), "postgres", clients))
            .unwrap();
        let audit = &measured.audit;
        assert!(audit.passed(), "{}: {audit:?}", workload.name());
        assert!(measured.losses.is_empty());
    }
}

#[test]
fn naive_clients_void_no_trial_and_what_they_lose_is_counted() {
    for workload in contend::workload::ALL {
        let clients = *workload.clients().end().min(&4);
        let point = naive(point(workload.name(), "sqlite-wal-full", clients));
        let measured = Stage::files().trial(&point).unwrap();
        let audit = &measured.audit;
        assert!(audit.passed(), "{}: {audit:?}", workload.name());
        let counted = workload
            .expected(Default::default())
            .iter()
            .filter(|expected| matches!(expected.if_naive, contend::workload::IfNaive::Loss { .. }))
            .count();
        assert_eq!(measured.losses.len(), counted, "{}", workload.name());
        // SQLite refuses a writer whose snapshot is old.
        assert!(measured.losses.iter().all(|loss| loss.lost == 0));
        let retried = measured.attempts - measured.operations();
        assert_eq!(retried, 0, "{}: nothing is tried again", workload.name());
    }
}

#[test]
fn instances_that_are_threads_do_the_same_work() {
    let threads = |subject| Point {
        topology: Topology::Threads,
        instances: 3,
        ..point("increment-spread", subject, 7)
    };
    let mut stages = vec![("sqlite-wal-full", Stage::files())];
    if let Some(()) = need_postgres_binaries() {
        stages.push(("postgres", Stage::with_server()));
    }
    for (subject, stage) in stages {
        let measured = stage.trial(&threads(subject)).unwrap();
        assert!(measured.audit.passed(), "{subject}: {:?}", measured.audit);
        assert_eq!(measured.committed_per_client.len(), 7);
        assert!(measured.committed > 0);
    }
}

#[test]
fn a_long_transaction_is_held_as_long_as_asked_and_every_kind_is_counted_apart() {
    let measured = Stage::files()
        .trial(&point("long-transaction", "sqlite-wal-full", 4))
        .unwrap();
    assert!(measured.audit.passed(), "{:?}", measured.audit);
    let [hold, same_row, other_row, read] = &measured.kinds[..] else {
        panic!("four kinds: {:?}", measured.kinds.len())
    };
    for kind in [hold, same_row, other_row, read] {
        assert!(kind.operations() > 0);
    }
    // 20 ms, less what a histogram of three digits rounds.
    assert!(hold.success.percentile(0.0).unwrap() > 0.0199);
    let operations: u64 = measured.kinds.iter().map(|kind| kind.operations()).sum();
    assert_eq!(operations, measured.operations());
}

#[test]
fn two_payments_in_opposite_order_are_both_through_in_the_end() {
    let mut stages = vec![("sqlite-delete-full", Stage::files())];
    if let Some(()) = need_postgres_binaries() {
        stages.push(("postgres-deadlock-50ms", Stage::with_server()));
    }
    for (subject, stage) in stages {
        let measured = stage.trial(&point("payment-deadlock", subject, 2)).unwrap();
        assert!(measured.audit.passed(), "{subject}: {:?}", measured.audit);
        assert_eq!(measured.committed + measured.late, 2, "{subject}");
        assert!(measured.given_up.is_empty());
        let only_deadlocks = |class| class == Outcome::Deadlock;
        assert!(measured.errors.iter().all(|e| only_deadlocks(e.class)));
        // Each thinks for 50 ms between its two accounts.
        assert!(measured.longest().unwrap() > 0.0499);
    }
}

#[test]
fn every_subject_asserts_settings_for_both_disciplines_unless_it_has_none() {
    for subject in catalog::ALL {
        for discipline in Discipline::ALL {
            let asserted = subject.asserted(&Manner::of(discipline));
            let has_settings = !matches!(subject.settings, Settings::Noop);
            assert_eq!(
                !asserted.is_empty(),
                has_settings,
                "{} {discipline}",
                subject.name
            );
        }
    }
}
