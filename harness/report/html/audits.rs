//! What the audits found.

use serde::Serialize;

use crate::measure::{Run, TrialResult};
use crate::report::csv::status;
use crate::report::numbers::count;
use crate::report::table::{Kind, Table};

/// What the audits of a run found.
#[derive(Serialize)]
pub struct Audits {
    trials: String,
    passed: String,
    void: String,
    failed: String,
    /// Every kind of check that was made.
    checks: Vec<String>,
    /// Void and failed trials.
    excluded: Table,
}

/// Sums up every audit.
pub fn of(run: &Run) -> Audits {
    let mut excluded = Table::new(&[
        ("trial", Kind::Head),
        ("round", Kind::Number),
        ("status", Kind::Text),
        ("why", Kind::Text),
    ]);
    let (mut passed, mut void, mut failed) = (0, 0, 0);
    let mut checks: Vec<String> = Vec::new();
    for trial in run.trials.iter().chain(&run.long_trials) {
        if let Some(measurement) = trial.measurement() {
            for check in &measurement.audit.checks {
                if !checks.contains(&check.what) {
                    checks.push(check.what.clone());
                }
            }
        }
        match &trial.result {
            TrialResult::Measured(measurement) if measurement.audit.passed() => {
                passed += 1;
                continue;
            }
            TrialResult::Measured(_) => void += 1,
            TrialResult::Failed { .. } => failed += 1,
        }
        let (status, why) = status(trial);
        excluded.row([
            trial.point.to_string(),
            match trial.round {
                0 => "long trial".to_owned(),
                round => round.to_string(),
            },
            status.to_owned(),
            why,
        ]);
    }
    Audits {
        trials: count((run.trials.len() + run.long_trials.len()) as u64),
        passed: count(passed),
        void: count(void),
        failed: count(failed),
        checks,
        excluded,
    }
}
