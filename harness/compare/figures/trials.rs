//! Whether trials may be compared at all: those that failed their audit, those that could not be made,
//! and those in which nothing was committed.
//!
//! Under careful clients a failed audit is a lost update, or worse: one is a regression, whatever the
//! noise, and so is far more of them than before. A trial that could not be made, and one that was too
//! slow for a single commit, may be chance: how many of them are more than before has to be told from it.

use crate::compare::figure::{Basis, Better, Event, Evidence, Figure, Unit};
use crate::compare::pair::Pair;
use crate::compare::verdict::Verdict;
use crate::measure::{Figure as Reads, Point, Run, Trial};
use crate::report::numbers::plural;

/// Something bad that may happen to a trial.
struct Mishap {
    name: &'static str,
    /// What else to know if it happened in some rounds only.
    otherwise: &'static str,
    /// Whether it is one where clients do a single operation, which may take as long as it takes: how
    /// long is the figure there.
    while_settling: bool,
    /// Whether one is enough.
    once: bool,
    /// What a regression is, as a sentence.
    regressed: &'static str,
    /// Whether it could have happened to a trial.
    possible: fn(&Trial) -> bool,
    happened: fn(&Trial) -> bool,
}

/// Every figure of this family.
const MISHAPS: &[Mishap] = &[
    Mishap {
        name: "failed audits",
        while_settling: true,
        otherwise: "",
        once: true,
        regressed: "The database no longer holds what was acknowledged.",
        possible: |trial| trial.measurement().is_some(),
        happened: |trial| trial.measurement().is_some() && trial.comparable().is_none(),
    },
    Mishap {
        name: "trials that could not be made",
        while_settling: true,
        otherwise: "",
        once: false,
        regressed: "It cannot be measured any more.",
        possible: |_| true,
        happened: |trial| trial.measurement().is_none(),
    },
    Mishap {
        name: "rounds without a commit",
        while_settling: false,
        otherwise: " In goodput such a round counts as half a commit.",
        once: false,
        regressed: "Nothing is committed any more.",
        possible: |trial| trial.comparable().is_some(),
        happened: |trial| trial.comparable().is_some_and(|m| m.committed == 0),
    },
];

/// The figures of two runs: where anything happened in either.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let mut figures = Vec::new();
    for point in &pair.points {
        let settles = pair.reads(point) == Reads::Settled;
        for mishap in MISHAPS
            .iter()
            .filter(|mishap| mishap.while_settling || !settles)
        {
            let [base, new] = [pair.base, pair.new].map(|run| count(run, point, mishap));
            if base.0 == 0 && new.0 == 0 {
                continue;
            }
            let verdict = match mishap.once {
                true => Verdict::of_bad(base, new),
                false => Verdict::of_mishaps(base, new),
            };
            figures.push(Figure {
                place: pair.place(point),
                name: mishap.name.to_owned(),
                basis: Basis::Count,
                better: Better::Lower,
                unit: Unit::Number,
                evidence: Evidence::Event(event(mishap, base, new, verdict)),
            });
        }
    }
    figures
}

/// How many trials of a point it happened to, and to how many it could have.
fn count(run: &Run, point: &Point, mishap: &Mishap) -> (usize, usize) {
    let possible: Vec<&Trial> = run
        .trials_of(point)
        .filter(|t| (mishap.possible)(t))
        .collect();
    let happened = possible
        .iter()
        .filter(|trial| (mishap.happened)(trial))
        .count();
    (happened, possible.len())
}

fn event(mishap: &Mishap, base: (usize, usize), new: (usize, usize), verdict: Verdict) -> Event {
    let words = |(happened, rounds): (usize, usize)| {
        format!("{happened} of {}", plural(rounds, "round", "rounds"))
    };
    let sentence = match verdict {
        Verdict::Regressed if base.0 > 0 => "It happens far more often.".to_owned(),
        Verdict::Regressed => mishap.regressed.to_owned(),
        Verdict::Improved if new.0 > 0 => "It happens far less often.".to_owned(),
        Verdict::Improved => "It does not happen any more.".to_owned(),
        Verdict::NoDifference => "It happened in both runs.".to_owned(),
        Verdict::Inconclusive => format!(
            "That may be chance: so few rounds more or less do not decide.{}",
            mishap.otherwise
        ),
    };
    Event {
        base: words(base),
        new: words(new),
        verdict,
        sentence,
    }
}
