//! What a run did not measure, in its own words and in those of its plan.

use crate::measure::{Run, Trial};

use super::ledger;
use super::numbers::list;

/// What the run says that it did not measure, and what its plan could not.
pub fn sentences(run: &Run) -> Vec<String> {
    let all = run.not_measured.iter().cloned();
    all.chain(starvation(run)).chain(not_made(run)).collect()
}

/// That nobody can be seen to starve, unless a trial is longer than two lock timeouts.
fn starvation(run: &Run) -> Option<String> {
    let enough = 2.0 * run.plan.lock_timeout_seconds;
    let trials = run.trials.iter().chain(&run.long_trials);
    let measured = trials
        .filter(|trial| trial.point.clients > 1)
        .filter_map(Trial::comparable);
    let long = measured.map(|m| m.seconds).any(|seconds| seconds > enough);
    (!long).then(|| {
        "How long a client starves, and whether it gives up: no trial is longer than two lock timeouts.".to_owned()
    })
}

/// Which experiments that claims wait for were not made, but for those that the run names itself.
fn not_made(run: &Run) -> Option<String> {
    let named = |name: &str| {
        let command = format!("`contend experiment run {name}`");
        run.not_measured.iter().any(|line| line.contains(&command))
    };
    let names: Vec<String> = ledger::not_made(run)
        .into_iter()
        .filter(|name| !named(name))
        .map(str::to_owned)
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "Experiments that would decide claims of the documents and were not made: {}.",
            list(&names)
        )
    })
}
