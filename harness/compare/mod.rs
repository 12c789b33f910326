//! What changed from one run to another, figure by figure, and whether it is worse.
//!
//! The round is the replicate. What is called changed was told from chance over all figures
//! together, is at least as large as the floor, and has an interval without zero; what is called
//! unchanged would have been seen. The rest is inconclusive, and says so.
//!
//! Times of two runs differ by what the machine did that day, on a noisy one by a fifth. So counts,
//! which no clock measured, and ratios to what the other subjects did in the same rounds decide, and
//! times are shown beside them. Runs of the same thing differ most in 99th percentiles and in fairness,
//! whatever those stand on: these are shown as well. Past runs, if there are any, say how much all that is:
//! what differs no more than they do has not changed, and with enough of them tails and fairness decide.

mod between;
pub mod changes;
mod comparability;
mod family;
pub mod figure;
mod figures;
mod history;
mod judge;
pub mod junit;
pub mod markdown;
mod pair;
mod relative;
mod section;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod simulated_history;
pub mod statistics;
mod steps;
mod summary;
pub mod terminal;
mod verdict;
mod words;

pub use between::RUNS_NEEDED;
pub use changes::{Change, Changes};
pub use comparability::{NotComparable, other_tier};
pub use figure::Basis;
pub use section::section;
pub use summary::NOTHING_DECIDES;
pub use verdict::Verdict;

use changes::{FORMAT, Rules, SCHEMA_VERSION, Side};
use history::History;
use pair::{Pair, measured};

use crate::measure::Run;

/// What is asked of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What decides whether there is a regression.
    pub gate: Vec<Basis>,
    /// The smallest change that counts, as a share of the base.
    pub floor: f64,
}

impl Default for Asked {
    fn default() -> Self {
        Asked {
            gate: vec![Basis::Count, Basis::Ratio],
            floor: 0.05,
        }
    }
}

/// Runs that were made before, of whatever.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PastRuns {
    /// Those that could be read.
    pub runs: Vec<Run>,
    /// How many files could not, since they are no runs or of another schema.
    pub skipped: usize,
}

/// Compares two runs.
///
/// # Errors
/// If they did not measure the same thing.
pub fn compare(base: &Run, new: &Run, asked: &Asked) -> Result<Changes, NotComparable> {
    compare_among(base, new, None, asked)
}

/// Compares two runs, in the light of past ones.
///
/// # Errors
/// If the two did not measure the same thing.
pub fn compare_among(
    base: &Run,
    new: &Run,
    past: Option<&PastRuns>,
    asked: &Asked,
) -> Result<Changes, NotComparable> {
    let renamed = under_one_name(base, new);
    let (base, new) = renamed
        .as_ref()
        .map_or((base, new), |[base, new]| (base, new));
    comparability::check(base, new)?;
    let history = past.and_then(|past| History::of(base, new, past));
    let mut changes = changes_of(&Pair::of(base, new), history.as_ref(), asked);
    if past.is_some() && history.is_none() {
        changes.warnings.push(
            "What differs between runs cancels where both were measured in turns: past runs were not asked.".to_owned(),
        );
    }
    Ok(changes)
}

/// What changed between two runs that may be compared.
fn changes_of(pair: &Pair, history: Option<&History>, asked: &Asked) -> Changes {
    let rules = Rules {
        gate: asked.gate.clone(),
        floor: asked.floor,
        alpha: statistics::ALPHA,
        confidence: statistics::CONFIDENCE,
        rounds_needed: statistics::ROUNDS_NEEDED,
    };
    let changes = judge::judge(&figures::of(pair), history, &rules);
    let only_in = |one: &Run, other: &Run| {
        let others = measured(other);
        let only = measured(one)
            .into_iter()
            .filter(|point| !others.contains(point));
        let only = only.map(ToString::to_string);
        only.chain(figures::experiments::only_in(one, other))
            .collect()
    };
    let deciding = changes
        .iter()
        .filter(|change| change.gates)
        .map(|change| change.verdict);
    let only_in_base: Vec<String> = only_in(pair.base, pair.new);
    let mut warnings = comparability::warnings(pair.base, pair.new);
    if !only_in_base.is_empty() {
        warnings.push(format!(
            "Only in the base, so that nothing is known of it any more: {}.",
            only_in_base.join("; ")
        ));
    }
    Changes {
        format: FORMAT.to_owned(),
        schema_version: SCHEMA_VERSION,
        base: side(pair.base),
        new: side(pair.new),
        verdict: deciding.min().unwrap_or(Verdict::Inconclusive),
        rules,
        history: history.map(|history| history.asked.clone()),
        warnings,
        only_in_base,
        only_in_new: only_in(pair.new, pair.base),
        changes,
    }
}

/// Both runs with their one subject under a name that tells both, if two subjects were measured in turns.
fn under_one_name(base: &Run, new: &Run) -> Option<[Run; 2]> {
    let turns = new.turns.as_ref().filter(|_| pair::in_turns(base, new))?;
    let (Some(before), [after]) = (&turns.in_place_of, &new.subjects[..]) else {
        return None;
    };
    if *before == after.name {
        return None;
    }
    let both = format!("{before} → {}", after.name);
    Some([(base, before), (new, &after.name)].map(|(run, own)| renamed(run, own, &both)))
}

/// A run with another name for a subject.
fn renamed(run: &Run, from: &str, to: &str) -> Run {
    let mut run = run.clone();
    let rename = |subject: &mut String| {
        if subject == from {
            to.clone_into(subject);
        }
    };
    let subjects = run.subjects.iter_mut().map(|one| &mut one.name);
    let points = run.plan.points.iter_mut();
    let points = points.chain(run.trials.iter_mut().map(|trial| &mut trial.point));
    let points = points.chain(run.commit_work.iter_mut().map(|work| &mut work.point));
    subjects
        .chain(points.map(|point| &mut point.subject))
        .for_each(rename);
    run
}

fn side(run: &Run) -> Side {
    Side {
        run: run.id.clone(),
        started: run.started.clone(),
        version: run.build.version.clone(),
        commit: run.build.commit.clone(),
        rounds: run.plan.rounds,
    }
}
