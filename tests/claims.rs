//! Verdicts are computed from what experiments found: on made-up findings each claim gets each
//! verdict that it can get.

use std::collections::{BTreeMap, BTreeSet};

use contend::claim::{self, Judgement, Verdict};
use contend::experiment;
use contend::measure::experiment::{Answer, Extent, Observation, Step, Timeline};
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
        extent: Extent::Short,
        left_out: Vec::new(),
        method: String::new(),
        scripts: BTreeMap::new(),
        views: Vec::new(),
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
        ..Observation::default()
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
        for name in claim.experiments {
            assert!(judgement.conditions.contains(name), "{judgement:?}");
        }
    }
}

#[test]
fn an_experiment_that_found_nothing_decides_nothing() {
    for claim in claim::ALL {
        let found: Vec<Experiment> = claim.experiments.iter().map(|name| empty(name)).collect();
        let judgement = claim.of(&found);
        assert_eq!(judgement.verdict, Verdict::NotRun, "{}", claim.id);
    }
}

#[test]
fn every_claim_and_its_experiment_know_each_other() {
    let ids: BTreeSet<&str> = claim::ALL.iter().map(|claim| claim.id).collect();
    assert_eq!(ids.len(), claim::ALL.len(), "an id is there twice");
    for claim in claim::ALL {
        for name in claim.experiments {
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
