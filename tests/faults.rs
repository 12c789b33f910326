//! What faults under load show, with the app as local processes: nothing that was acknowledged is lost,
//! and somebody notices.

mod support;

use contend::measure::experiment::{Experiment, Extent, Observation};
use support::experiment::done_to;
use support::server::need_postgres_binaries;

const SUBJECTS: [&str; 2] = ["sqlite-wal-full", "postgres"];
const OF_INSTANCES: [&str; 2] = ["instance-killed", "instance-paused-with-lock"];

fn trials<'f>(found: &'f Experiment, fault: &'f str) -> impl Iterator<Item = &'f Observation> {
    let observations = found.observations.iter();
    observations
        .filter(move |seen| seen.condition("phase") == "all" && seen.condition("fault") == fault)
}

fn figure(seen: &Observation, name: &str) -> f64 {
    let figure = seen.figure(name);
    figure.unwrap_or_else(|| panic!("no {name} under {:?}", seen.conditions))
}

#[test]
fn what_was_acknowledged_survives_every_fault_and_somebody_notices_it() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done_to(Extent::Short, "faults", true);
    let mut expected: Vec<(&str, &[&str])> = OF_INSTANCES
        .iter()
        .map(|fault| (*fault, &SUBJECTS[..]))
        .collect();
    expected.push(("server-killed", &["postgres"]));
    if cfg!(target_os = "linux") {
        expected.push(("disk-full", &SUBJECTS));
    }
    for (fault, subjects) in expected {
        let struck: Vec<_> = trials(&found, fault)
            .map(|seen| seen.condition("subject"))
            .collect();
        assert_eq!(
            struck, subjects,
            "{fault}: {:?} {:?}",
            found.failures, found.left_out
        );
        for seen in trials(&found, fault) {
            assert!(!seen.void(), "{seen:?}");
            assert_eq!(figure(seen, "lost"), 0.0, "{fault}");
            assert!(figure(seen, "acknowledged") > 0.0, "{fault}");
            // The fault lasts 750 ms: a request failed for it, or waited for most of it.
            let noticed = figure(seen, "given_up") > 0.0
                || figure(seen, "acknowledged_max_ms") > 250.0
                || figure(seen, "skipped") > 0.0;
            assert!(noticed, "{seen:?}");
        }
    }
}
