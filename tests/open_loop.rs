//! Trials in an open loop with real workers: every operation that arrived is accounted for, however
//! fast or slow the machine is.

mod support;

use contend::load::conduct::Conduct;
use contend::load::pace::{Pace, Phase};
use contend::measure::{Discipline, Measurement};
use contend::workload;
use support::bench::Bench;
use support::stage::Stage;

/// Without a warm-up every operation that was begun arrived within the stretch.
fn assert_accounted_for(measured: &Measurement) {
    assert!(measured.audit.passed(), "{:?}", measured.audit);
    let offered = measured.offered.expect("what arrived is counted");
    assert_eq!(measured.operations() + offered.skipped, offered.due);
    assert!(offered.behind + offered.skipped <= offered.due);
}

fn trial(subject: &str, clients: u32, pace: Pace) -> Measurement {
    let conduct = Conduct {
        pace: Some(pace),
        ..Conduct::of(Discipline::Careful)
    };
    let workload = workload::find("increment-hot").unwrap();
    Stage::files()
        .trial_in(subject, workload, clients, conduct, (0.5, 0.02))
        .unwrap()
}

#[test]
fn everything_that_arrived_was_done_or_skipped() {
    for clients in [1, 6] {
        let measured = trial("noop", clients, Pace::steady(600.0));
        assert_eq!(measured.offered.unwrap().due, 300, "{clients}");
        assert_accounted_for(&measured);
    }
    let measured = trial("sqlite-wal-full", 3, Pace::steady(90.0));
    assert_eq!(measured.offered.unwrap().due, 45);
    assert_accounted_for(&measured);
}

#[test]
fn more_than_anybody_could_do_is_skipped_and_said() {
    // A commit that waits for the disk does not take 2 µs.
    let pace = Pace::steady(500_000.0);
    let measured = trial("sqlite-delete-full", 1, pace);
    let offered = measured.offered.unwrap();
    assert_eq!(offered.due, 250_000);
    assert!(offered.skipped > 0 && offered.behind > 0, "{offered:?}");
    assert_accounted_for(&measured);
}

#[test]
fn a_burst_arrives_when_its_phase_says() {
    let phase = |seconds, rate_per_s| Phase {
        seconds,
        rate_per_s,
    };
    let pace = Pace::phases(vec![
        phase(0.2, 50.0),
        phase(0.1, 1_000.0),
        phase(0.2, 50.0),
    ]);
    let measured = trial("noop", 4, pace);
    let offered = measured.offered.unwrap();
    // At each of four workers the rate changes in the middle of an interval.
    assert!(offered.due.abs_diff(120) <= 4, "{offered:?}");
    assert!((offered.rate_per_s - 240.0).abs() < 1e-6, "{offered:?}");
    assert_accounted_for(&measured);
}

#[test]
fn a_run_at_a_rate_says_so_everywhere() {
    let bench = Bench::new();
    let ended = bench.run(&["--subjects=sqlite-wal-normal,noop", "--rate=200"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    assert_eq!(run.plan.rate, Some(200));
    for trial in &run.trials {
        assert_eq!(trial.point.rate, Some(200));
        assert!(trial.point.to_string().ends_with(", 200/s"));
        let measured = trial.measurement().unwrap();
        assert!(measured.offered.is_some() && measured.criterion.is_some());
    }
    let page = bench.page();
    assert!(page.contains("open loop at 200/s"));
    assert!(page.contains("What arrived, and what nobody was free for"));
    assert!(!page.contains("A closed loop"));
}
