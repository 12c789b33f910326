//! The experiments that a run makes after its rounds.

mod support;

use std::time::Duration;

use contend::measure::store;
use rustix::process::Signal;
use support::bench::Bench;

/// One trial on SQLite.
const ONE: [&str; 6] = [
    "--subjects",
    "sqlite-wal-full",
    "--disciplines",
    "careful",
    "--clients",
    "1",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ONE.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn the_experiments_that_are_asked_for_are_in_the_run_and_the_report_judges_the_claims() {
    let bench = Bench::new();
    let ended = bench.run(&with(&["--experiments", "lost-update,default-timeout"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    let names: Vec<&str> = run.experiments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["lost-update", "default-timeout"]);
    let others: Vec<&str> = run.other_subjects.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        others,
        ["sqlite-delete-full"],
        "what the experiments were made on beside the subject that was named"
    );
    assert!(
        ended
            .stdout
            .contains("Claims    Of the documents: 1 supported, 1 contradicted"),
        "{}",
        ended.stdout
    );
    let page = std::fs::read_to_string(bench.out().join("index.html")).unwrap();
    for anchor in ["experiment-lost-update", "claim-A2"] {
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
    }
    bench.assert_clean();
}

#[test]
fn who_names_no_subject_on_postgresql_needs_no_server_and_is_told_what_is_missing() {
    let bench = Bench::new();
    let mut command = bench.command(&with(&["--experiments", "lost-update"]));
    // Nothing that a server could be made from.
    command.env("PATH", "/nonexistent");
    let ended = bench.start(command).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    assert!(run.server.is_none());
    let left_out = &run.experiments[0].left_out;
    assert_eq!(left_out[..], ["PostgreSQL: there was no server."]);
}

#[test]
fn who_names_subjects_gets_the_benchmarks_only() {
    let bench = Bench::new();
    let ended = bench.run(&ONE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(bench.kept().experiments.is_empty());
    assert!(!ended.stdout.contains("Claims"));
}

#[test]
fn an_experiment_that_there_is_none_of_or_that_takes_too_long_is_refused_with_what_to_type() {
    let bench = Bench::new();
    let ended = bench.run(&with(&["--experiments", "lost-updats"]));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("lost-updates"), "{}", ended.stderr);
    let ended = bench.run(&with(&["--quick", "--experiments", "crash"]));
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .last_sentence()
            .contains("contend experiment run crash"),
        "{}",
        ended.stderr
    );
}

#[test]
fn ctrl_c_in_an_experiment_keeps_every_trial_and_the_experiments_before_it() {
    let bench = Bench::new();
    let mut run =
        bench.start(bench.command(&with(&["--experiments", "lost-update,fairness", "--full"])));
    // Its clients are there once the trials and the counting are over.
    let first_is_saved = || {
        let saved = store::read(&bench.out().join("run.json"));
        saved.is_ok_and(|run| run.experiments.len() == 1)
    };
    run.until("the first experiment is saved", first_is_saved);
    run.until("the second one is at work", || !bench.workers().is_empty());
    run.signal(Signal::INT);
    let ended = run.end();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(ended.took < Duration::from_secs(5), "{:?}", ended.took);
    let kept = bench.kept();
    assert!(kept.complete && kept.trials.len() == kept.plan.points.len());
    assert_eq!(kept.experiments.len(), 1);
    bench.assert_clean();
}
