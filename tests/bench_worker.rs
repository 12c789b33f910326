//! Workers that die or hang: the trial says so, the others go on, and the run never hangs.

mod support;

use std::path::Path;

use contend::measure::TrialResult;
use rustix::process::Signal;
use support::bench::{Bench, Ended, assert_sentence};
use support::system::{entries, signal_all};

/// Sends a signal to a worker of the first trial.
fn run_with(bench: &Bench, signal: Signal) -> Ended {
    let mut run = bench.start(bench.command(&[
        "--subjects",
        "sqlite-wal-full,noop",
        "--clients",
        "2,4",
        "--instances",
        "2",
        "--seconds",
        "1",
    ]));
    let mut workers = Vec::new();
    run.until("there are two workers", || {
        workers = bench.workers();
        workers.len() == 2
    });
    signal_all(&workers[..1], signal);
    run.end()
}

/// Why the one trial failed that did.
fn reason(bench: &Bench) -> String {
    let run = bench.kept();
    assert!(run.complete);
    assert_eq!(run.trials.len(), run.plan.points.len());
    let reasons: Vec<String> = run
        .trials
        .into_iter()
        .filter_map(|trial| match trial.result {
            TrialResult::Failed { reason } => Some(reason),
            TrialResult::Measured(_) => None,
        })
        .collect();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    reasons[0].clone()
}

#[test]
fn a_worker_that_is_killed_fails_its_trial_and_no_other() {
    let bench = Bench::new();
    let ended = run_with(&bench, Signal::KILL);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    let reason = reason(&bench);
    assert!(reason.contains("died when asked to"), "{reason}");
    assert!(reason.contains("SIGKILL"), "{reason}");
    assert!(reason.contains("wrote nothing to stderr"), "{reason}");
    assert_sentence(&reason);
    assert!(ended.words().contains(&reason), "{}", ended.stdout);
    assert!(bench.page().contains(&reason));
    bench.assert_clean();
}

#[test]
fn a_worker_that_hangs_fails_its_trial_and_no_other() {
    let bench = Bench::new();
    let ended = run_with(&bench, Signal::STOP);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    let reason = reason(&bench);
    assert!(reason.contains("did not answer within"), "{reason}");
    assert!(bench.page().contains(&reason));
    bench.assert_clean();
}

#[test]
fn what_a_dying_worker_wrote_to_stderr_is_told() {
    let bench = Bench::new();
    let mut command = bench.command(&["--subjects", "noop", "--seconds", "2"]);
    // The dynamic linker complains of it on the stderr of every process that starts.
    command.env("LD_PRELOAD", "/nowhere/complained-of.so");
    let mut run = bench.start(command);
    let mut workers = Vec::new();
    run.until("there is a worker with its clients", || {
        workers = bench.workers();
        let threads = |worker| entries(&Path::new("/proc").join(worker).join("task"));
        workers.iter().any(|worker| threads(worker).len() > 2)
    });
    signal_all(&workers, Signal::KILL);
    let ended = run.end();
    if !ended.stderr.contains("complained-of.so") {
        return support::skip("the dynamic linker here does not complain").unwrap_or(());
    }
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    let reason = reason(&bench);
    assert!(reason.contains("; its stderr: "), "{reason}");
    assert!(reason.contains("complained-of.so"), "{reason}");
    assert_sentence(&reason);
}
