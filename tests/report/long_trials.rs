//! The long trials in the report: whether the others are long enough, and who starves.

use contend::measure::{Run, Trial, TrialResult, store};
use contend::report::warnings::{self, Warning};

use crate::support::html::page;
use crate::support::run::Fixture;

fn six_rounds() -> Run {
    Fixture {
        rounds: 6,
        ..Fixture::small()
    }
    .run()
}

/// The run with the goodput of the long trial of a subject multiplied.
fn scaled(mut run: Run, subject: &str, scale: f64) -> Run {
    for trial in run
        .long_trials
        .iter_mut()
        .filter(|t| t.point.subject == subject)
    {
        let TrialResult::Measured(measurement) = &mut trial.result else {
            panic!("it was measured")
        };
        measurement.committed = (measurement.committed as f64 * scale) as u64;
    }
    store::seal(&mut run);
    run
}

fn biased(run: &Run) -> Vec<String> {
    let all = warnings::of(run);
    let biased = all
        .iter()
        .filter(|warning| matches!(warning, Warning::LengthBias(_)));
    biased.map(ToString::to_string).collect()
}

#[test]
fn trials_whose_goodput_a_longer_one_confirms_have_no_bias() {
    let run = six_rounds();
    assert_eq!(biased(&run), [""; 0]);
    assert!(!page(&run).contains("length bias"));
}

#[test]
fn a_subject_that_commits_twice_as_much_in_a_long_trial_is_warned_of_and_marked_everywhere() {
    let run = scaled(six_rounds(), "sqlite-wal-full", 2.0);
    let [warning] = &biased(&run)[..] else {
        panic!("{:?}", biased(&run))
    };
    assert!(
        warning.starts_with("sqlite-wal-full: trials of 3\u{a0}s have 0.5"),
        "{warning}"
    );
    assert!(warning.contains("--seconds 6"), "{warning}");
    let page = page(&run);
    assert!(page.contains("6 rounds; length bias 0.5"));
    let marked = page.lines().filter(|line| line.contains("length bias"));
    assert!(marked.clone().count() > 3);
    assert!(
        marked
            .clone()
            .all(|line| !line.contains("postgres<") || line.contains("sqlite-wal-full")),
        "the other subject is not marked"
    );
}

#[test]
fn a_difference_that_is_small_or_that_rounds_have_too_is_no_bias() {
    assert_eq!(biased(&scaled(six_rounds(), "postgres", 1.04)), [""; 0]);
    let mut noisy = six_rounds();
    for (index, trial) in noisy.trials.iter_mut().enumerate() {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.committed = measurement.committed * (1 + index as u64 % 5) / 3;
        }
    }
    assert_eq!(biased(&scaled(noisy, "postgres", 1.3)), [""; 0]);
}

#[test]
fn one_round_is_too_little_to_judge_by() {
    let run = Fixture {
        rounds: 1,
        ..Fixture::small()
    }
    .run();
    let run = scaled(run, "postgres", 5.0);
    assert_eq!(biased(&run), [""; 0]);
    assert!(page(&run).contains("too few rounds to judge"));
}

#[test]
fn who_starves_is_said_in_the_opening_the_table_and_the_decision_record() {
    let mut run = six_rounds();
    let long = run
        .long_trials
        .iter_mut()
        .find(|t| t.point.subject == "sqlite-wal-full");
    let Some(Trial {
        result: TrialResult::Measured(measurement),
        ..
    }) = long
    else {
        panic!("it was measured")
    };
    measurement.committed_per_client[3] = 0;
    measurement.success.record(9_500_000_000);
    store::seal(&mut run);
    let page = page(&run);
    let said = "the longest wait was 9.5";
    assert!(page.contains(said), "{page}");
    assert!(page.contains("1 of 16 clients committed nothing"));
    assert!(page.contains("id=\"long-trials-table\""));
    assert!(contend::report::adr::render(&run).unwrap().contains(said));
}

#[test]
fn a_run_without_a_long_trial_says_what_it_did_not_see() {
    let mut run = six_rounds();
    run.plan.lock_timeout_seconds = 5.0;
    let sentence = "How long a client starves";
    assert!(!page(&run).contains(sentence));
    run.long_trials.clear();
    run.plan.long_points.clear();
    store::seal(&mut run);
    assert!(page(&run).contains(sentence));
    assert!(!page(&run).contains("long-trials"));
}

#[test]
fn a_long_trial_that_failed_its_audit_is_told_and_compared_with_nothing() {
    let mut run = scaled(six_rounds(), "postgres", 2.0);
    let long = run
        .long_trials
        .iter_mut()
        .find(|t| t.point.subject == "postgres");
    if let Some(Trial {
        result: TrialResult::Measured(measurement),
        ..
    }) = long
    {
        measurement.audit.checks[0].passed = false;
    }
    store::seal(&mut run);
    assert_eq!(biased(&run), [""; 0]);
    assert!(warnings::of(&run).contains(&Warning::Void(1)));
    assert!(page(&run).contains("long trial</td>"));
}
