//! Workers that die or hang: the trial says so, the others go on, and the run never hangs.

mod support;

use std::path::Path;

use contend::measure::TrialResult;
use rustix::process::Signal;
use support::bench::{Bench, Ended, assert_sentence, entries, signal_all};

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
    assert!(ended.stdout.contains(&reason), "{}", ended.stdout);
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
    let options = ["--subjects", "noop", "--clients", "64", "--instances", "1"];
    let mut run = bench.start(bench.command(&[&options[..], &["--seconds", "2"]].concat()));
    let mut workers = Vec::new();
    run.until("there is a worker with all its clients", || {
        workers = bench.workers();
        let threads = |worker| entries(&Path::new("/proc").join(worker).join("task"));
        workers.iter().any(|worker| threads(worker).len() > 64)
    });
    // From now on the kernel refuses it memory, of which it complains on stderr before it aborts.
    let limited = std::process::Command::new("prlimit")
        .args(["--as=4096", "--pid", &workers[0]])
        .status();
    if !limited.is_ok_and(|status| status.success()) {
        return support::skip("there is no prlimit").unwrap_or(());
    }
    let ended = run.end();
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    let reason = reason(&bench);
    assert!(
        reason.contains("its stderr: memory allocation of"),
        "{reason}"
    );
    assert_sentence(&reason);
}
