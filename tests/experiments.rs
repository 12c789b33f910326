//! What the hand-stepped experiments find is what the engines document.

mod support;

use contend::measure::Outcome;
use contend::measure::experiment::Observation;
use support::experiment::{SQLITE, code, done, timeline};
use support::server::need_postgres_binaries;

#[test]
fn autocommit_loses_an_increment_on_sqlite_without_an_error() {
    let found = done("lost-update", false);
    for subject in SQLITE {
        let timeline = timeline(&found, subject, "autocommit");
        assert!(timeline.steps.iter().all(|step| step.answer.done()));
        assert!(!timeline.ending.passed(), "{:?}", timeline.ending);
    }
}

#[test]
fn in_one_transaction_sqlite_refuses_the_second_increment_and_loses_none() {
    let found = done("lost-update", false);
    for subject in SQLITE {
        let timeline = timeline(&found, subject, "transaction");
        assert!(timeline.ending.passed(), "{:?}", timeline.ending);
        assert!(timeline.step("write B").unwrap().answer.class().is_some());
    }
}

#[test]
fn at_read_committed_postgresql_loses_an_increment_even_in_one_transaction() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done("lost-update", true);
    for way in ["autocommit", "transaction"] {
        let timeline = timeline(&found, "postgres", way);
        assert!(timeline.steps.iter().all(|step| step.answer.done()));
        assert!(!timeline.ending.passed());
    }
}

#[test]
fn the_c_library_does_not_wait_unless_told_and_the_driver_tells_it() {
    let found = done("default-timeout", false);
    let timeout = |library: &str| {
        let of_it = |o: &&Observation| o.conditions["library"].contains(library);
        found.observations.iter().find(of_it).unwrap().figures["busy_timeout_ms"]
    };
    assert_eq!(timeout("C library"), 0.0);
    assert_eq!(timeout("driver"), 5_000.0);
}

#[test]
fn the_stock_ends_at_35_on_every_engine() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done("inventory", true);
    for subject in SQLITE {
        let timeline = timeline(&found, subject, "sales");
        assert_eq!(code(timeline, "second"), Some("5"));
        assert_eq!(code(timeline, "second again"), None);
    }
    assert_eq!(code(timeline(&found, "postgres", "sales"), "second"), None);
    for timeline in &found.timelines {
        assert!(timeline.ending.passed(), "{:?}", timeline.ending);
        assert!(
            timeline
                .ending
                .checks
                .iter()
                .any(|check| check.found == "35")
        );
    }
}

#[test]
fn of_two_deferred_payments_sqlite_refuses_one_at_once_whatever_the_timeout() {
    let found = done("payment", false);
    for subject in SQLITE {
        let timeline = timeline(&found, subject, "deferred");
        let loser = timeline.step("first of B").unwrap();
        assert_eq!(loser.answer.class(), Some(Outcome::Busy));
        let waited = timeline.step("commit A").unwrap();
        match subject {
            // The loser's read lock is in the way until it rolls back: waited for in vain.
            "sqlite-delete-full" => {
                assert_eq!(waited.answer.class(), Some(Outcome::Busy));
                assert!(waited.took_us > 250e3, "{waited:?}");
                assert_eq!(code(timeline, "commit A again"), None);
            }
            _ => assert!(waited.answer.done()),
        }
        assert!(timeline.ending.passed(), "{:?}", timeline.ending);
    }
}

#[test]
fn immediate_payments_follow_one_another_without_an_error() {
    let found = done("payment", false);
    for subject in SQLITE {
        let timeline = timeline(&found, subject, "immediate");
        assert!(timeline.steps.iter().all(|step| step.answer.done()));
        assert!(timeline.ending.passed(), "{:?}", timeline.ending);
    }
}

#[test]
fn postgresql_refuses_one_of_two_payments_after_deadlock_timeout_and_the_other_gets_through() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done("payment", true);
    for (subject, at_least) in [("postgres", 1e6), ("postgres-deadlock-50ms", 50e3)] {
        let timeline = timeline(&found, subject, "opposite");
        let second = |actor: &str| timeline.step(&format!("second of {actor}")).unwrap();
        let refused: Vec<_> = [second("A"), second("B")]
            .into_iter()
            .filter(|step| !step.answer.done())
            .collect();
        assert_eq!(refused.len(), 1, "{timeline:?}");
        assert_eq!(refused[0].answer.class(), Some(Outcome::Deadlock));
        assert!(refused[0].took_us >= at_least, "{:?}", refused[0]);
        assert!(timeline.ending.passed(), "{:?}", timeline.ending);
    }
}

#[test]
fn of_two_sqlite_writers_one_is_kept_out_and_readers_are_where_the_documentation_says() {
    let found = done("lock-table", false);
    let answer = |subject: &str, one: &str, other: &str| {
        let wanted = |o: &&Observation| {
            o.conditions["subject"] == subject
                && o.conditions["one"] == one
                && o.conditions["the other"] == other
        };
        let observation = found.observations.iter().find(wanted).unwrap();
        observation.conditions["answer"].clone()
    };
    for subject in SQLITE {
        for holder in ["DEFERRED, has written", "IMMEDIATE", "EXCLUSIVE"] {
            for other in ["writes", "begins IMMEDIATE", "begins EXCLUSIVE"] {
                assert_eq!(
                    answer(subject, holder, other),
                    "5",
                    "{subject}: {holder}, {other}"
                );
            }
        }
        for holder in ["DEFERRED, has read", "DEFERRED, has written", "IMMEDIATE"] {
            assert_eq!(
                answer(subject, holder, "reads"),
                "done",
                "{subject}: {holder}"
            );
        }
    }
    // sqlite.org/lang_transaction.html: in WAL mode EXCLUSIVE is the same as IMMEDIATE.
    assert_eq!(answer("sqlite-delete-full", "EXCLUSIVE", "reads"), "5");
    assert_eq!(answer("sqlite-wal-full", "EXCLUSIVE", "reads"), "done");
}

#[test]
fn a_second_writer_is_refused_after_its_timeout_and_gets_through_after_the_commit() {
    let found = done("lock-table", false);
    for subject in SQLITE {
        let timeline = timeline(&found, subject, "second-writer");
        assert_eq!(code(timeline, "second"), Some("5"));
        assert!(timeline.step("second").unwrap().took_us > 90e3);
        assert_eq!(code(timeline, "second again"), None);
        assert!(timeline.ending.passed(), "{:?}", timeline.ending);
    }
}

#[test]
fn who_writes_after_it_has_read_is_refused_at_once_whatever_its_timeout() {
    let found = done("lock-table", false);
    for (subject, commit) in SQLITE.into_iter().zip([Some("5"), None]) {
        let upgrade = timeline(&found, subject, "upgrade");
        assert_eq!(code(upgrade, "first of B"), Some("5"));
        assert!(upgrade.step("first of B").unwrap().took_us < 90e3);
        // With a rollback journal the read lock of the one refused is in the other's way.
        assert_eq!(code(upgrade, "commit A"), commit, "{subject}");
        assert!(upgrade.ending.passed(), "{:?}", upgrade.ending);
    }
}

#[test]
fn a_stale_snapshot_stays_stale_until_it_is_rolled_back() {
    let found = done("lock-table", false);
    let stale = timeline(&found, "sqlite-wal-full", "stale-snapshot");
    for label in ["write A", "write A again"] {
        assert_eq!(code(stale, label), Some("517"));
    }
    assert_eq!(code(stale, "write A anew"), None);
    // With a rollback journal there is no stale snapshot: the reader keeps the writer out.
    let kept_out = timeline(&found, "sqlite-delete-full", "stale-snapshot");
    assert_eq!(code(kept_out, "write B"), Some("5"));
    assert_eq!(code(kept_out, "write A"), None);
}

#[test]
fn a_reader_keeps_nobody_from_a_row_in_postgresql_and_a_writer_keeps_out_its_own_row_only() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done("lock-table", true);
    let of_it = |o: &&Observation| o.conditions["subject"] == "postgres";
    for observation in found.observations.iter().filter(of_it) {
        let conditions = &observation.conditions;
        // The row of who writes after it has read is the same, too.
        let same_row = matches!(
            conditions["the other"].as_str(),
            "writes the same row" | "writes after it has read"
        );
        let kept_out = conditions["one"] != "has read" && same_row;
        let expected = if kept_out { "55P03" } else { "done" };
        assert_eq!(conditions["answer"], expected, "{conditions:?}");
    }
}

#[test]
fn postgresql_locks_rows_and_reads_them_anew_at_read_committed() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done("lock-table", true);
    let second = timeline(&found, "postgres", "second-writer");
    assert_eq!(code(second, "other row"), None);
    assert_eq!(code(second, "second"), Some("55P03"));
    assert_eq!(code(second, "second again"), None);
    let stale = timeline(&found, "postgres", "stale-snapshot");
    assert!(stale.steps.iter().all(|step| step.answer.done()));
    for timeline in &found.timelines {
        assert!(timeline.ending.passed(), "{:?}", timeline.ending);
    }
}
