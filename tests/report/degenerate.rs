//! Runs that hardly are one have a report as well.

use crate::support::html::{page, text};
use crate::support::run::Fixture;
use contend::measure::run::Plan;
use contend::measure::{Run, TrialResult};

/// Every trial of `run`, changed.
fn each(run: &mut Run, change: impl Fn(&mut contend::measure::Measurement)) {
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            change(measurement);
        }
    }
}

/// A name, a run that hardly is one, and what its page has to say.
fn degenerate() -> Vec<(&'static str, Run, &'static str)> {
    let small = || Fixture::small().run();
    let changed = |change: &dyn Fn(&mut Run)| {
        let mut run = small();
        change(&mut run);
        run
    };
    let with = |fixture: Fixture| fixture.run();
    let zero = |run: &mut Run| {
        each(run, |m| {
            m.committed = 0;
            m.late = 0;
            m.success = Default::default();
            m.committed_per_client.fill(0);
            m.criterion = None;
        });
    };
    vec![
        (
            "no commit anywhere",
            changed(&zero),
            "No operation committed in a trial that may be compared",
        ),
        (
            "no trial yet",
            changed(&|run| run.trials.clear()),
            "No trial of this run may be compared",
        ),
        (
            "nothing planned",
            changed(&|run| {
                run.trials.clear();
                run.plan = Plan {
                    points: Vec::new(),
                    rounds: 0,
                    ..run.plan.clone()
                };
                run.subjects.clear();
                run.workloads.clear();
                run.server = None;
                run.sqlite = None;
            }),
            "This run has no workload",
        ),
        (
            "every trial void",
            changed(&|run| each(run, |m| m.audit.checks.clear())),
            "No trial of this run may be compared",
        ),
        (
            "every trial failed",
            changed(&|run| {
                run.trials.iter_mut().for_each(|t| {
                    t.result = TrialResult::Failed {
                        reason: "fire".to_owned(),
                    }
                });
            }),
            "fire",
        ),
        (
            "one round",
            with(Fixture {
                rounds: 1,
                ..Fixture::small()
            }),
            "one round, no interval claimed",
        ),
        (
            "one load",
            with(Fixture {
                loads: vec![1],
                ..Fixture::small()
            }),
            "Fairness is between clients",
        ),
        (
            "one subject, no server",
            with(Fixture {
                subjects: vec!["sqlite-wal-full"],
                ..Fixture::small()
            }),
            "No two subjects of this run share a durability tier",
        ),
        (
            "only the harness",
            with(Fixture {
                subjects: vec!["noop"],
                ..Fixture::small()
            }),
            "No trial of this workload may be compared",
        ),
        (
            "no criterion",
            changed(&|run| each(run, |m| m.criterion = None)),
            "Statistic.",
        ),
        (
            "a debug build",
            changed(&|run| run.build.profile = "debug".to_owned()),
            "without optimisation",
        ),
        (
            "huge figures",
            with(Fixture {
                scale: 1e9,
                ..Fixture::small()
            }),
            "operations/s",
        ),
        (
            "small figures",
            with(Fixture {
                scale: 1e-3,
                ..Fixture::small()
            }),
            "operations/s",
        ),
        (
            "nothing told of the machine",
            changed(&|run| {
                run.machine.cpus = 0;
                run.machine.memory_bytes = 0;
                run.probe.steal = None;
                run.build.commit = None;
                run.build.dirty = None;
                each(run, |m| m.machine_cpu = None);
                run.trials
                    .iter_mut()
                    .for_each(|trial| trial.fdatasync_us = None);
            }),
            "not built from a git checkout",
        ),
        (
            "a subject and a workload that nobody described",
            changed(&|run| {
                run.subjects.clear();
                run.workloads.clear();
            }),
            "The run file does not describe this workload",
        ),
        (
            "no time at all",
            changed(&|run| {
                run.plan.seconds = 0.0;
                each(run, |m| {
                    m.seconds = 0.0;
                    m.committed = 0;
                });
            }),
            "operations/s",
        ),
    ]
}

#[test]
fn every_run_has_a_report_however_little_it_holds() {
    for (name, run, expected) in degenerate() {
        let page = page(&run);
        let words = text(&page);
        assert!(
            words.contains(expected),
            "{name}: the page does not say {expected:?}"
        );
        for wrong in ["NaN", "inf ", "inf×", "undefined"] {
            assert!(!words.contains(wrong), "{name}: {wrong}");
        }
        assert!(page.trim_end().ends_with("</html>"), "{name}");
    }
}

#[test]
fn every_run_has_a_decision_record_that_claims_nothing_it_does_not_know() {
    for (name, run, _) in degenerate() {
        let record = contend::report::adr::render(&run).unwrap();
        for wrong in [
            "NaN",
            "inf ",
            "inf×",
            "undefined",
            ": .",
            ": ;",
            "()",
            " , ",
            "**: \n",
        ] {
            assert!(!record.contains(wrong), "{name}: {wrong} in {record}");
        }
        let below = record.split("\n## Considered Options\n\n").nth(1).unwrap();
        assert!(below.starts_with("* "), "{name}: {below}");
        // Every one of these has fewer than six rounds.
        assert!(!record.contains("the data favours postgres"), "{name}");
    }
}
