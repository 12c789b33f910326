//! A file that nobody locks.

mod support;

use contend::load::conduct::Conduct;
use contend::measure::Discipline;
use contend::subject::engine::Manner;
use contend::workload::increment::SPREAD;
use support::stage::Stage;

#[test]
fn whatever_becomes_of_a_file_without_locks_its_trial_ends_with_an_audit() {
    let stage = Stage::files();
    let usual = Conduct::of(Discipline::Careful);
    let conduct = Conduct {
        manner: Manner {
            locks: false,
            ..usual.manner.clone()
        },
        ..usual
    };
    for _ in 0..3 {
        let measurement = stage
            .trial_in(
                "sqlite-delete-full",
                &SPREAD,
                8,
                conduct.clone(),
                (0.3, 0.0),
            )
            .unwrap();
        let stored = |check: &&contend::measure::Check| check.what.starts_with("sum of all");
        assert!(measurement.audit.checks.iter().any(|check| stored(&check)));
    }
}
