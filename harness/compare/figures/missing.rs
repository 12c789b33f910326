//! Figures that rounds are without: a 99th percentile of too few operations, a wait of which nobody saw
//! the end. Such rounds are the slowest ones, and to leave them out would forgive the worst.

use crate::compare::figure::{Event, Evidence};
use crate::compare::pair::{OfRound, Pair};
use crate::compare::verdict::Verdict;
use crate::measure::{Point, Trial};
use crate::report::numbers::{list, plural};

/// Whether a figure of a point is compared.
pub enum Presence {
    /// Every round of both runs has it.
    Everywhere,
    /// No round of either has it: it is no figure of this point.
    Nowhere,
    /// Some rounds are without it, which says how many.
    InPart(Evidence),
}

/// Whether both runs have a figure.
pub fn presence(pair: &Pair, point: &Point, of: &OfRound) -> Presence {
    let [base, new] = [pair.base, pair.new].map(|run| {
        let rounds: Vec<_> = run.trials_of(point).filter_map(Trial::comparable).collect();
        let without = rounds.iter().filter(|round| of(round).is_none()).count();
        (without, rounds.len())
    });
    if base.0 + new.0 == 0 {
        return Presence::Everywhere;
    }
    if (base.0, new.0) == (base.1, new.1) {
        return Presence::Nowhere;
    }
    let words = |(without, rounds): (usize, usize)| {
        format!(
            "{} of {}",
            rounds - without,
            plural(rounds, "round", "rounds")
        )
    };
    let missing: Vec<String> = [("base", base), ("new run", new)]
        .into_iter()
        .filter(|(_, (without, _))| *without > 0)
        .map(|(which, (without, rounds))| {
            let rounds = plural(rounds, "round", "rounds");
            format!("in {without} of {rounds} of the {which}")
        })
        .collect();
    Presence::InPart(Evidence::Event(Event {
        base: words(base),
        new: words(new),
        // As often as before is no news. More or less often may be the machine's doing.
        verdict: match base.1.min(new.1) > 0 && base.0 * new.1 == new.0 * base.1 {
            true => Verdict::NoDifference,
            false => Verdict::Inconclusive,
        },
        sentence: format!("Too few operations ended to tell it {}.", list(&missing)),
    }))
}
