//! What statements come to when the schema changes, and what each way to begin is good for, is what
//! the engines document.

mod support;

use std::time::Duration;

use contend::experiment::begin_modes::BeginModes;
use contend::measure::Experiment;
use contend::measure::experiment::{Extent, Observation};
use support::experiment::{SQLITE, code, done, done_as, done_to, timeline};
use support::server::need_postgres_binaries;

/// The observations that have this condition.
fn of<'e>(found: &'e Experiment, condition: &str) -> Vec<&'e Observation> {
    let observations = found.observations.iter();
    let of_it: Vec<_> = observations
        .filter(|o| !o.condition(condition).is_empty())
        .collect();
    assert!(!of_it.is_empty(), "nothing has a condition {condition}");
    of_it
}

#[test]
fn only_the_legacy_interface_returns_17_and_exclusive_changes_nothing() {
    let found = done("schema-change", false);
    for observation in of(&found, "change") {
        assert!(observation.audit.passed(), "{observation:?}");
        let conditions = &observation.conditions;
        let (figures, change) = (&observation.figures, conditions["change"].as_str());
        let schema_changed = !matches!(change, "set user_version" | "change rows only");
        let gone = matches!(change, "rename the column" | "rename the table");
        let (step, reset) = (figures["step"], figures["reset"]);
        match conditions["interface"].as_str() {
            "sqlite3_prepare" if schema_changed => {
                assert_eq!((step, reset), (1.0, 17.0), "{conditions:?}");
                assert_eq!((figures["step again"], figures["reset again"]), (1.0, 17.0));
            }
            // No such column or table: an error of the statement, not of the schema.
            "sqlite3_prepare_v2" | "sqlite3_prepare_v3" if gone => {
                assert_eq!((step, reset), (1.0, 1.0), "{conditions:?}");
            }
            _ => assert_eq!((step, reset), (100.0, 0.0), "{conditions:?}"),
        }
        if !conditions["interface"].ends_with("prepare") && schema_changed && !gone {
            assert_eq!(figures["reprepares"], 1.0, "{conditions:?}");
        }
    }
    for timeline in &found.timelines {
        assert!(timeline.ending.passed(), "{timeline:?}");
    }
    for subject in SQLITE {
        for name in ["legacy", "late-legacy"] {
            let legacy = timeline(&found, subject, name);
            assert_eq!(code(legacy, "step"), Some("1"));
            assert_eq!(code(legacy, "reset"), Some("17"));
            assert_eq!(code(legacy, "step after prepare"), None);
        }
        for name in ["v2", "late-v2"] {
            assert_eq!(code(timeline(&found, subject, name), "reset"), None);
        }
    }
}

#[test]
fn sqlite_prepares_a_statement_again_50_times_and_no_more() {
    let found = done("schema-change", false);
    for observation in of(&found, "changes in a row") {
        assert!(observation.audit.passed(), "{observation:?}");
        let changes: f64 = observation.condition("changes in a row").parse().unwrap();
        let (code, reprepares) = match changes > 50.0 {
            true => (17.0, 50.0),
            false => (0.0, changes),
        };
        assert_eq!(observation.figures["reset"], code, "{observation:?}");
        assert_eq!(observation.figures["reprepares"], reprepares);
    }
}

#[test]
fn the_page_fails_as_told_only_where_a_table_was_made_before_its_legacy_statement_ran() {
    let found = done("schema-change", false);
    let both = |subject, name: &str| {
        let played = timeline(&found, subject, name);
        (code(played, "registered"), code(played, "shown"))
    };
    for subject in SQLITE {
        assert_eq!(both(subject, "view-legacy"), (None, Some("17")));
        assert_eq!(both(subject, "view-v2"), (None, None));
        assert_eq!(both(subject, "view-row-legacy"), (None, None));
        assert_eq!(both(subject, "view-turned-legacy"), (Some("17"), None));
    }
    let during = "view-during-legacy";
    assert_eq!(both("sqlite-delete-full", during), (Some("5"), None));
    assert_eq!(both("sqlite-wal-full", during), (None, None));
}

#[test]
fn an_open_exclusive_transaction_keeps_readers_out_of_a_rollback_journal_only() {
    let found = done("schema-change", false);
    for (subject, answer) in [("sqlite-delete-full", Some("5")), ("sqlite-wal-full", None)] {
        for name in ["exclusive-legacy", "exclusive-v2"] {
            let played = timeline(&found, subject, name);
            assert_eq!(code(played, "step while open"), answer, "{subject} {name}");
        }
        let legacy = timeline(&found, subject, "exclusive-legacy");
        assert_eq!(code(legacy, "prepare while open"), answer);
        assert_eq!(code(legacy, "reset"), Some("17"));
        let v2 = timeline(&found, subject, "exclusive-v2");
        assert_eq!(code(v2, "reset"), None);
    }
    let waited = timeline(&found, "sqlite-delete-full", "waiting-legacy");
    assert!(waited.step("step").unwrap().took_us > 1e3, "{waited:?}");
    assert_eq!(code(waited, "reset"), Some("17"));
}

#[test]
fn no_way_to_begin_avoids_17_around_the_change_and_deferred_does_around_what_has_read() {
    let found = done_to(Extent::Quick, "begin-modes", false);
    for observation in of(&found, "around") {
        assert!(observation.audit.passed(), "{observation:?}");
        let (wal, begin) = (
            observation.condition("subject") == "sqlite-wal-full",
            observation.condition("begin"),
        );
        let expected = match (observation.condition("around"), begin) {
            ("the change", _) | (_, "none") => (0.0, 17.0),
            ("the reading, begun before the change", "DEFERRED") => (0.0, 17.0),
            // The only way in which neither of the two fails.
            (_, "DEFERRED") if wal => (0.0, 0.0),
            _ => (5.0, 0.0),
        };
        let figures = &observation.figures;
        let found = (figures["change"], figures["reset"]);
        assert_eq!(found, expected, "{observation:?}");
    }
}

#[test]
fn a_deferred_reader_that_would_write_is_refused_at_once_and_an_immediate_one_waits() {
    let found = done_to(Extent::Quick, "begin-modes", false);
    for subject in SQLITE {
        let deferred = timeline(&found, subject, "deferred");
        assert_eq!(code(deferred, "write B"), Some("5"));
        let waited = deferred.step("write B").unwrap().took_us;
        assert!(waited < 1e6, "its timeout is 5 s: {deferred:?}");
        for name in ["immediate", "exclusive"] {
            let played = timeline(&found, subject, name);
            assert!(played.steps.iter().all(|step| step.answer.done()));
            assert!(played.step("begin B").unwrap().took_us > 1e3);
        }
    }
    for timeline in &found.timelines {
        assert!(timeline.ending.passed(), "{timeline:?}");
    }
}

#[test]
fn under_load_no_way_to_begin_loses_an_update_on_sqlite_and_read_committed_invents_none() {
    let server = need_postgres_binaries().is_some();
    let short = BeginModes {
        repeats: 1,
        stretch: Duration::from_millis(300),
    };
    let found = done_as(&short, Extent::Full, server);
    for observation in of(&found, "transaction") {
        assert!(observation.audit.passed(), "{observation:?}");
        let figures = &observation.figures;
        assert!(figures["attempts"] >= figures["commits"]);
        if observation.condition("begin") != "READ COMMITTED" {
            assert_eq!(figures["lost"], 0.0, "{observation:?}");
        }
        if observation.condition("begin") == "DEFERRED"
            && observation.condition("transaction") == "only reads"
        {
            assert_eq!(figures["errors_per_attempt"], 0.0, "{observation:?}");
        }
    }
}

#[test]
fn in_postgresql_only_a_kept_select_star_minds_a_new_column_until_it_is_prepared_anew() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done("cached-plan", true);
    for observation in of(&found, "statement") {
        assert!(observation.audit.passed(), "{observation:?}");
        let is = |condition: &str, value: &str| observation.condition(condition) == value;
        let kept = is("statement", "prepare") || is("statement", "driver");
        let begun = is("transaction", "begun before the change");
        let stale = kept
            && is("query", "all columns")
            && is("change", "add a column")
            && !is("transaction", "has read before the change");
        let answers = match (stale, begun) {
            (true, true) => ["0A000", "25P02"],
            (true, false) => ["0A000", "0A000"],
            (false, _) => ["done", "done"],
        };
        assert_eq!(observation.condition("answer after it"), answers[0]);
        assert_eq!(observation.condition("answer again"), answers[1]);
        assert_eq!(observation.condition("answer after prepare"), "done");
        if stale && begun {
            assert_eq!(observation.condition("answer after ROLLBACK"), "0A000");
        }
    }
}
