//! Claims whose verdict turned.
//!
//! What a decision rests on is what was supported. So a claim that turns from supported to
//! contradicted is a regression, and one that turns back an improvement, whatever the claim says of
//! any database. A claim that is no longer decided, or is for the first time, is shown and decides
//! nothing.

use crate::claim::{ALL, Claim, Verdict as Ledger};
use crate::compare::figure::{Basis, Better, Event, Evidence, Figure, Place, Unit};
use crate::compare::pair::Pair;
use crate::compare::verdict::Verdict;
use crate::measure::{Experiment, Run};

/// The figures of two runs: of the claims on which both made the same experiments to the same extent.
pub fn of(pair: &Pair) -> Vec<Figure> {
    ALL.iter()
        .filter_map(|claim| of_claim(pair, claim))
        .collect()
}

fn of_claim(pair: &Pair, claim: &Claim) -> Option<Figure> {
    let [made, made_new] = [pair.base, pair.new].map(|run| made(run, claim));
    if made.is_empty() || made != made_new {
        return None;
    }
    let [base, new] = [pair.base, pair.new].map(|run| claim.of(&run.experiments).verdict);
    if base == Ledger::NotRun {
        return None;
    }
    let verdict = match (base, new) {
        _ if base == new => Verdict::NoDifference,
        (Ledger::Supported, Ledger::Contradicted) => Verdict::Regressed,
        (Ledger::Contradicted, Ledger::Supported) => Verdict::Improved,
        _ => Verdict::Inconclusive,
    };
    Some(Figure {
        place: Place {
            group: "claims".to_owned(),
            words: claim.id.to_owned(),
            id: format!("claims/{}", claim.id),
        },
        name: "verdict".to_owned(),
        basis: Basis::Count,
        better: Better::Higher,
        unit: Unit::Number,
        evidence: Evidence::Event(Event {
            base: base.name().to_owned(),
            new: new.name().to_owned(),
            verdict,
            sentence: claim.statement.to_owned(),
        }),
    })
}

/// The experiments that bear on a claim, as far as they were made: name, version and extent.
fn made<'r>(run: &'r Run, claim: &Claim) -> Vec<(&'r str, u32, &'static str)> {
    let bears = |made: &&Experiment| claim.experiments.contains(&made.name.as_str());
    let experiments = run.experiments.iter().filter(bears);
    let mut made: Vec<_> = experiments
        .map(|made| (made.name.as_str(), made.version, made.extent.name()))
        .collect();
    made.sort_unstable();
    made
}
