//! Verdicts are computed from what experiments found: on made-up findings each claim gets each
//! verdict that it can get.

use std::collections::{BTreeMap, BTreeSet};

use contend::claim::{self, Judgement, Verdict};
use contend::experiment;
use contend::measure::experiment::{Answer, Observation, Step, Timeline};
use contend::measure::{Audit, Check, Experiment, Outcome};

fn found(experiment: Experiment) -> [Experiment; 1] {
    [experiment]
}

fn empty(name: &str) -> Experiment {
    Experiment {
        name: name.to_owned(),
        version: 1,
        question: String::new(),
        started: String::new(),
        seconds: 0.0,
        timelines: Vec::new(),
        observations: Vec::new(),
        failures: Vec::new(),
    }
}

fn judged(id: &str, found: &[Experiment]) -> Judgement {
    claim::ALL
        .iter()
        .find(|claim| claim.id == id)
        .unwrap()
        .of(found)
}

fn with_observations(name: &str, observations: Vec<Observation>) -> [Experiment; 1] {
    found(Experiment {
        observations,
        ..empty(name)
    })
}

fn with_timelines(name: &str, timelines: Vec<Timeline>) -> [Experiment; 1] {
    found(Experiment {
        timelines,
        ..empty(name)
    })
}

fn observation(conditions: &[(&str, &str)], figures: &[(&str, f64)]) -> Observation {
    Observation {
        conditions: conditions
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        repeat: 1,
        figures: figures
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect(),
        audit: Audit { checks: Vec::new() },
    }
}

/// A step that was done, or refused as busy after so many milliseconds.
fn step(label: &str, refused_after_ms: Option<f64>) -> Step {
    Step {
        label: label.to_owned(),
        actor: "A".to_owned(),
        does: "COMMIT".to_owned(),
        began_us: 0.0,
        took_us: refused_after_ms.unwrap_or(0.0) * 1e3,
        answer: match refused_after_ms {
            None => Answer::Done { value: None },
            Some(_) => Answer::Refused {
                class: Outcome::Busy,
                code: "5".to_owned(),
                message: "database is locked".to_owned(),
            },
        },
    }
}

fn timeline(name: &str, steps: Vec<Step>, expected: i64, found: i64) -> Timeline {
    Timeline {
        name: name.to_owned(),
        title: String::new(),
        subject: "sqlite-wal-full".to_owned(),
        conditions: BTreeMap::new(),
        steps,
        ending: Audit {
            checks: vec![Check::number("ending", expected, found)],
        },
    }
}

#[test]
fn a_claim_whose_experiment_was_not_made_says_not_run_and_how_to_run_it() {
    for claim in claim::ALL {
        let judgement = claim.of(&[]);
        assert_eq!(judgement.verdict, Verdict::NotRun, "{}", claim.id);
        if let Some(name) = claim.experiment {
            assert!(judgement.conditions.contains(name), "{judgement:?}");
        }
    }
}

#[test]
fn an_experiment_that_found_nothing_decides_nothing() {
    for claim in claim::ALL {
        let Some(name) = claim.experiment else {
            continue;
        };
        let judgement = claim.of(&found(empty(name)));
        assert_eq!(judgement.verdict, Verdict::NotRun, "{}", claim.id);
    }
}

#[test]
fn every_claim_and_its_experiment_know_each_other() {
    let ids: BTreeSet<&str> = claim::ALL.iter().map(|claim| claim.id).collect();
    assert_eq!(ids.len(), claim::ALL.len(), "an id is there twice");
    for claim in claim::ALL {
        if let Some(name) = claim.experiment {
            let experiment = experiment::find(name).unwrap();
            assert!(experiment.claims().contains(&claim.id), "{}", claim.id);
        }
    }
    for experiment in experiment::ALL {
        for id in experiment.claims() {
            assert!(ids.contains(id), "{}: {id}", experiment.name());
        }
    }
}

#[test]
fn a1_stands_unless_a_second_writer_is_let_in() {
    let asked = |refused| {
        observation(
            &[
                ("subject", "sqlite-wal-full"),
                ("one", "IMMEDIATE"),
                ("the other", "writes"),
            ],
            &[("refused", refused), ("waited_ms", 101.0)],
        )
    };
    let verdict = |refused: &[f64]| {
        let observations = refused.iter().map(|refused| asked(*refused)).collect();
        judged("A1", &with_observations("lock-table", observations))
    };
    let supported = verdict(&[1.0, 1.0]);
    assert_eq!(supported.verdict, Verdict::Supported);
    assert!(supported.figures.contains("101 ms"), "{supported:?}");
    let contradicted = verdict(&[1.0, 0.0]);
    assert_eq!(contradicted.verdict, Verdict::Contradicted);
    assert!(
        contradicted
            .figures
            .contains("Let in: writes against IMMEDIATE"),
        "{contradicted:?}"
    );
}

#[test]
fn a2_says_under_which_condition_an_update_is_lost() {
    let run = |lost_apart: bool, lost_together: bool| {
        let played = |name, lost| {
            timeline(
                name,
                vec![step("", None)],
                102,
                if lost { 101 } else { 102 },
            )
        };
        with_timelines(
            "lost-update",
            vec![
                played("autocommit", lost_apart),
                played("transaction", lost_together),
            ],
        )
    };
    let apart = judged("A2", &run(true, false));
    assert_eq!(apart.verdict, Verdict::Supported);
    assert!(apart.conditions.contains("transactions of their own"));
    assert_eq!(judged("A2", &run(true, true)).verdict, Verdict::Supported);
    assert_eq!(
        judged("A2", &run(false, false)).verdict,
        Verdict::Contradicted
    );
}

#[test]
fn a_loss_that_came_with_an_error_is_not_a_silent_one() {
    let noisy = timeline("autocommit", vec![step("", Some(0.0))], 102, 101);
    let other = timeline("transaction", vec![step("", None)], 102, 102);
    let run = with_timelines("lost-update", vec![noisy, other]);
    assert_eq!(judged("A2", &run).verdict, Verdict::Contradicted);
}

#[test]
fn a3_goes_by_the_c_library_whatever_a_driver_sets() {
    let run = |library, driver| {
        let timeout =
            |name: &str, ms| observation(&[("library", name)], &[("busy_timeout_ms", ms)]);
        let both = vec![
            timeout("SQLite's C library", library),
            timeout("driver", driver),
        ];
        with_observations("default-timeout", both)
    };
    assert_eq!(
        judged("A3", &run(0.0, 5_000.0)).verdict,
        Verdict::Contradicted
    );
    assert_eq!(judged("A3", &run(5_000.0, 0.0)).verdict, Verdict::Supported);
}

#[test]
fn a12_takes_the_error_the_retry_and_the_stock() {
    let run = |second: Option<f64>, again: Option<f64>, stock| {
        let steps = vec![step("second", second), step("second again", again)];
        with_timelines("inventory", vec![timeline("sales", steps, 35, stock)])
    };
    let verdict = |second, again, stock| judged("A12", &run(second, again, stock)).verdict;
    assert_eq!(verdict(Some(0.0), None, 35), Verdict::Supported);
    assert_eq!(verdict(None, None, 35), Verdict::Contradicted);
    assert_eq!(verdict(Some(0.0), Some(0.0), 35), Verdict::Contradicted);
    assert_eq!(verdict(Some(0.0), None, 40), Verdict::Contradicted);
}

#[test]
fn a13_takes_two_timeouts() {
    let played = |loser: Option<f64>, winner: Option<f64>| {
        let steps = vec![step("first of B", loser), step("commit A", winner)];
        timeline("deferred", steps, 0, 0)
    };
    let verdict = |timelines| judged("A13", &with_timelines("payment", timelines)).verdict;
    let (both, one, none) = (
        played(Some(300.0), Some(300.0)),
        played(Some(0.1), Some(300.0)),
        played(None, None),
    );
    assert_eq!(verdict(vec![both.clone()]), Verdict::Supported);
    assert_eq!(verdict(vec![one.clone(), none]), Verdict::Contradicted);
    assert_eq!(verdict(vec![both, one]), Verdict::Inconclusive);
}

fn prepared(interface: &str, exclusive: &str, reset: f64, reprepares: f64) -> Observation {
    observation(
        &[
            ("subject", "sqlite-wal-full"),
            ("interface", interface),
            ("change", "add a column"),
            ("BEGIN EXCLUSIVE around it", exclusive),
        ],
        &[
            ("reset", reset),
            ("reprepares", reprepares),
            ("step after prepare", 100.0),
        ],
    )
}

#[test]
fn b1_says_with_which_interface() {
    let verdict = |legacy, v2| {
        let observations = vec![
            prepared("sqlite3_prepare", "no", legacy, 0.0),
            prepared("sqlite3_prepare_v2", "no", v2, 1.0),
        ];
        judged("B1", &with_observations("schema-change", observations))
    };
    let legacy_only = verdict(17.0, 0.0);
    assert_eq!(legacy_only.verdict, Verdict::Supported);
    assert!(
        legacy_only
            .conditions
            .starts_with("only if prepared with the legacy")
    );
    assert!(verdict(17.0, 17.0).conditions.starts_with("also"));
    assert_eq!(verdict(0.0, 0.0).verdict, Verdict::Contradicted);
}

#[test]
fn b3_compares_with_what_happens_without() {
    let verdict = |with, without| {
        let observations = vec![
            prepared("sqlite3_prepare", "yes", with, 0.0),
            prepared("sqlite3_prepare", "no", without, 0.0),
        ];
        judged("B3", &with_observations("schema-change", observations)).verdict
    };
    assert_eq!(verdict(17.0, 17.0), Verdict::Contradicted);
    assert_eq!(verdict(0.0, 17.0), Verdict::Supported);
    assert_eq!(verdict(0.0, 0.0), Verdict::Inconclusive);
}

#[test]
fn b4_is_contradicted_by_statements_that_prepare_themselves_again() {
    let verdict = |reprepares: &[f64]| {
        let of = |n: &f64| prepared("sqlite3_prepare_v2", "no", 0.0, *n);
        let observations = reprepares.iter().map(of).collect();
        judged("B4", &with_observations("schema-change", observations)).verdict
    };
    assert_eq!(verdict(&[1.0, 1.0]), Verdict::Contradicted);
    assert_eq!(verdict(&[0.0, 0.0]), Verdict::Supported);
    assert_eq!(verdict(&[1.0, 0.0]), Verdict::Inconclusive);
}

#[test]
fn b6_takes_the_code_of_a_stale_plan() {
    let verdict = |code: Option<&str>| {
        let mut after = step("after", code.map(|_| 0.0));
        if let (Some(code), Answer::Refused { code: own, .. }) = (code, &mut after.answer) {
            *own = code.to_owned();
        }
        let steps = vec![
            after,
            step("after again", None),
            step("prepared anew", None),
        ];
        let played = timeline("all columns / add a column", steps, 1, 1);
        judged("B6", &with_timelines("cached-plan", vec![played])).verdict
    };
    assert_eq!(verdict(Some("0A000")), Verdict::Supported);
    assert_eq!(verdict(Some("42703")), Verdict::Inconclusive);
    assert_eq!(verdict(None), Verdict::Contradicted);
}
