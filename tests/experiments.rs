//! What the hand-stepped experiments find is what the engines document.

mod support;

use contend::experiment::{self, Lab};
use contend::lab::{Interrupt, Scratch};
use contend::measure::experiment::{Observation, Timeline};
use contend::measure::{Experiment, Outcome};
use contend::subject::server::Server;
use support::server::{directory, local, need_postgres_binaries};

/// Does an experiment, with PostgreSQL where there can be one.
fn done(name: &str, with_server: bool) -> Experiment {
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server: Option<Server> = with_server.then(|| local(&scratch));
    let interrupt = Interrupt::never();
    let lab = Lab::new(scratch.path(), server.as_ref(), &interrupt);
    let found = experiment::run(experiment::find(name).unwrap(), &lab).unwrap();
    assert!(found.failures.is_empty(), "{:?}", found.failures);
    found
}

fn timeline<'e>(experiment: &'e Experiment, subject: &str, name: &str) -> &'e Timeline {
    experiment
        .timelines
        .iter()
        .find(|timeline| timeline.subject == subject && timeline.name == name)
        .unwrap_or_else(|| panic!("no timeline {name} on {subject}"))
}

fn code<'t>(timeline: &'t Timeline, label: &str) -> Option<&'t str> {
    let step = timeline.step(label);
    step.unwrap_or_else(|| panic!("no step {label}"))
        .answer
        .code()
}

const SQLITE: [&str; 2] = ["sqlite-delete-full", "sqlite-wal-full"];

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
fn a_reader_keeps_nobody_from_a_row_in_postgresql_and_a_writer_keeps_out_its_own_row_only() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done("lock-table", true);
    let of_it = |o: &&Observation| o.conditions["subject"] == "postgres";
    for observation in found.observations.iter().filter(of_it) {
        let conditions = &observation.conditions;
        let kept_out =
            conditions["one"] != "has read" && conditions["the other"] == "writes the same row";
        let expected = if kept_out { "55P03" } else { "done" };
        assert_eq!(conditions["answer"], expected, "{conditions:?}");
    }
}

#[test]
fn only_the_legacy_interface_returns_17_and_exclusive_changes_nothing() {
    let found = done("schema-change", false);
    for observation in &found.observations {
        assert!(observation.audit.passed(), "{observation:?}");
        let conditions = &observation.conditions;
        let (figures, change) = (&observation.figures, conditions["change"].as_str());
        let schema_changed = !matches!(change, "set user_version" | "change rows only");
        let gone = change == "rename the column";
        let (step, reset) = (figures["step"], figures["reset"]);
        match conditions["interface"].as_str() {
            "sqlite3_prepare" if schema_changed => {
                assert_eq!((step, reset), (1.0, 17.0), "{conditions:?}");
                assert_eq!((figures["step again"], figures["reset again"]), (1.0, 17.0));
            }
            // No such column: an error of the statement, not of the schema.
            "sqlite3_prepare_v2" | "sqlite3_prepare_v3" if gone => {
                assert_eq!((step, reset), (1.0, 1.0), "{conditions:?}");
            }
            _ => assert_eq!((step, reset), (100.0, 0.0), "{conditions:?}"),
        }
        if !conditions["interface"].ends_with("prepare") && schema_changed && !gone {
            assert_eq!(figures["reprepares"], 1.0, "{conditions:?}");
        }
    }
}

#[test]
fn in_postgresql_only_a_prepared_select_star_minds_a_new_column_until_it_is_prepared_anew() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done("cached-plan", true);
    assert_eq!(found.timelines.len(), 4);
    for timeline in &found.timelines {
        let stale = (timeline.name == "all columns / add a column").then_some("0A000");
        assert_eq!(code(timeline, "before"), None);
        assert_eq!(code(timeline, "after"), stale, "{}", timeline.name);
        assert_eq!(code(timeline, "after again"), stale, "{}", timeline.name);
        assert_eq!(code(timeline, "prepared anew"), None);
    }
}
