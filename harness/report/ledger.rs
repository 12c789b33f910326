//! The ledger of claims, judged on the experiments of one run.

use crate::claim::{self, Claim, Judgement, Verdict};
use crate::measure::{Experiment, Run};

use super::numbers::{list, plural};

/// Every verdict, in the order in which reports list them.
pub const VERDICTS: [Verdict; 4] = [
    Verdict::Supported,
    Verdict::Contradicted,
    Verdict::Inconclusive,
    Verdict::NotRun,
];

/// A claim with what this run says of it.
pub struct Entry<'a> {
    /// The claim.
    pub claim: &'static Claim,
    /// What the run says of it.
    pub judgement: Judgement,
    /// The experiments of this run that bear on it.
    pub made: Vec<&'a Experiment>,
}

impl Entry<'_> {
    /// Why there is no verdict, or a weaker one: parts of its experiments that could not be made,
    /// and, where nothing decides it, what they left out.
    pub fn failures(&self) -> Vec<String> {
        let undecided = self.judgement.verdict == Verdict::NotRun;
        let failures = self.made.iter().flat_map(|made| {
            let of = |failure| format!("{}: {failure}", made.name);
            let left_out = made.left_out.iter().filter(move |_| undecided);
            made.failures.iter().chain(left_out).map(of)
        });
        failures.collect()
    }
}

/// Every claim.
pub fn of(run: &Run) -> Vec<Entry<'_>> {
    let entry = |claim: &&'static Claim| Entry {
        claim,
        judgement: claim.of(&run.experiments),
        made: run
            .experiments
            .iter()
            .filter(|made| claim.experiments.contains(&made.name.as_str()))
            .collect(),
    };
    claim::ALL.iter().map(entry).collect()
}

/// How many have this verdict.
pub fn count(entries: &[Entry], verdict: Verdict) -> usize {
    let have = |entry: &&Entry| entry.judgement.verdict == verdict;
    entries.iter().filter(have).count()
}

/// How many claims have which verdict: `7 supported, 3 contradicted and 24 not run`.
pub fn tally(entries: &[Entry]) -> String {
    let counts: Vec<String> = VERDICTS
        .into_iter()
        .map(|verdict| (verdict, count(entries, verdict)))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.name()))
        .collect();
    list(&counts)
}

/// The same as a sentence; `None` if no experiment was made.
pub fn sentence(run: &Run) -> Option<String> {
    let entries = of(run);
    let claims = plural(entries.len(), "claim", "claims");
    let made = plural(run.experiments.len(), "experiment", "experiments");
    (!run.experiments.is_empty()).then(|| {
        format!(
            "Of {claims} that three documents make of SQLite and PostgreSQL, judged on {made} of this run: {}.",
            tally(&entries)
        )
    })
}

/// The experiments that claims wait for and that this run did not make.
pub fn not_made(run: &Run) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for name in claim::ALL.iter().flat_map(|claim| claim.experiments) {
        let made = run.experiments.iter().any(|made| made.name == *name);
        if !made && !names.contains(name) {
            names.push(name);
        }
    }
    names
}
