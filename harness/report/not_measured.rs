//! What a run did not measure, in its own words and in those of its plan.

use crate::measure::Run;

use super::cut_off::CutOff;
use super::ledger;
use super::numbers::list;

/// What the run says that it did not measure, and what its plan could not.
pub fn sentences(run: &Run) -> Vec<String> {
    let cut_off = CutOff::of(run).map(|cut_off| cut_off.not_measured());
    let all = run.not_measured.iter().cloned();
    all.chain(cut_off).chain(not_made(run)).collect()
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
