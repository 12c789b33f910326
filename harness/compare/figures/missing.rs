//! Figures that rounds are without: a 99th percentile of too few operations, a wait of which nobody saw
//! the end. Such rounds are the slowest ones, and to leave them out would forgive the worst.

use crate::compare::figure::{Event, Evidence};
use crate::compare::pair::{OfRound, Pair};
use crate::compare::verdict::Verdict;
use crate::measure::{Point, Trial};
use crate::report::numbers::plural;

/// Whether a figure of a point is compared.
pub enum Presence {
    /// Every round of both runs has it.
    Everywhere,
    /// Rounds of both runs are without it: it is no figure of this point.
    Nowhere,
    /// Rounds of one of the runs are without it, which says so.
    OneSided(Evidence),
}

/// Whether both runs have a figure.
pub fn presence(pair: &Pair, point: &Point, of: &OfRound) -> Presence {
    let [base, new] = [pair.base, pair.new].map(|run| {
        let rounds: Vec<_> = run.trials_of(point).filter_map(Trial::comparable).collect();
        let without = rounds.iter().filter(|round| of(round).is_none()).count();
        (without, rounds.len())
    });
    let words = |(without, rounds): (usize, usize)| {
        format!(
            "{} of {}",
            rounds - without,
            plural(rounds, "round", "rounds")
        )
    };
    let (which, missing) = match (base.0, new.0) {
        (0, 0) => return Presence::Everywhere,
        (0, _) => ("new run", new),
        (_, 0) => ("base", base),
        _ => return Presence::Nowhere,
    };
    Presence::OneSided(Evidence::Event(Event {
        base: words(base),
        new: words(new),
        verdict: Verdict::Inconclusive,
        sentence: format!(
            "In {} of {} of the {which} too few operations ended to tell it.",
            missing.0,
            plural(missing.1, "round", "rounds")
        ),
    }))
}
