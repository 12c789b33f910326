//! A PostgreSQL server that dies or freezes in mid-run.

mod support;

use std::time::Duration;

use contend::measure::{Engine, TrialResult};
use contend::subject;
use rustix::process::Signal;
use support::bench::{Bench, assert_sentence};
use support::server::{need_postgres_binaries, processes_in};
use support::system::signal_all;

const GIVEN: [&str; 8] = [
    "--subjects",
    "sqlite-wal-full,postgres",
    "--postgres",
    "local",
    "--disciplines",
    "careful",
    "--rounds",
    "25",
];

#[test]
fn a_server_that_is_killed_fails_its_trials_and_the_others_go_on() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let bench = Bench::new();
    let mut run = bench.start(bench.command(&GIVEN));
    run.until("a round is saved", || bench.out().join("run.json").exists());
    signal_all(&processes_in(&bench.databases()), Signal::KILL);
    let ended = run.end();
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    let run = bench.kept();
    assert!(run.complete);
    assert_eq!(run.trials.len(), run.plan.points.len() * 25);
    let mut lost = 0;
    for trial in &run.trials {
        match &trial.result {
            TrialResult::Failed { reason } => {
                let subject = subject::find(&trial.point.subject).unwrap();
                assert_eq!(subject.engine(), Engine::Postgres, "{reason}");
                assert_sentence(reason);
                lost += 1;
            }
            TrialResult::Measured(measurement) => assert!(measurement.audit.passed()),
        }
    }
    assert!(lost > 0 && lost < 25 * 2, "{lost}");
    let said = "PostgreSQL stopped answering in round";
    assert!(run.warnings.iter().any(|warning| warning.contains(said)));
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert!(bench.page().contains(said));
    // What its commits cost could not be counted either, and that is said once.
    let counted = run.commit_work.iter().map(|work| &work.point.subject);
    assert!(counted.clone().all(|subject| subject == "sqlite-wal-full") && counted.count() > 0);
    let uncounted = |line: &&String| line.starts_with("What a commit costs could not be counted");
    assert_eq!(run.warnings.iter().filter(uncounted).count(), 1);
    let missed = |line: &String| line.contains(" points where that was to be counted");
    assert!(run.not_measured.iter().any(missed));
    bench.assert_clean();
}

#[test]
fn ctrl_c_ends_a_run_although_its_server_is_frozen() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    // At whatever a trial does just then: creating, connecting, measuring, auditing or dropping.
    for milliseconds in [100, 1_000, 4_000] {
        let bench = Bench::new();
        let mut run = bench.start(bench.command(&GIVEN));
        run.until("a round is saved", || bench.out().join("run.json").exists());
        signal_all(&processes_in(&bench.databases()), Signal::STOP);
        std::thread::sleep(Duration::from_millis(milliseconds));
        run.signal(Signal::INT);
        let ended = run.end();
        assert_eq!(ended.code, Some(130), "{}", ended.stderr);
        assert!(ended.took < Duration::from_secs(5), "{:?}", ended.took);
        assert!(!bench.kept().complete);
        bench.assert_clean();
    }
}
