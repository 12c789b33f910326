//! What naive clients lost: acknowledged, and not in the database.
//!
//! How much they lose is a matter of chance, and is judged by rounds. That they lose anything where nothing was
//! lost in any round of the base is a regression, whatever the noise.

use crate::compare::figure::{Basis, Better, Event, Evidence, Figure, Rounds, Unit};
use crate::compare::pair::Pair;
use crate::compare::statistics::Scale;
use crate::compare::verdict::Verdict;
use crate::measure::{Measurement, Point};
use crate::report::numbers::plural;

/// The figures of two runs.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let of_point = |point: &&Point| of_point(pair, point);
    pair.points.iter().flat_map(of_point).collect()
}

/// The share of each unit that was lost.
fn of_point(pair: &Pair, point: &Point) -> Vec<Figure> {
    let trials = [pair.base, pair.new]
        .into_iter()
        .flat_map(|run| run.trials_of(point));
    let mut units: Vec<&str> = Vec::new();
    for loss in trials
        .filter_map(|trial| trial.comparable())
        .flat_map(|m| &m.losses)
    {
        if !units.contains(&loss.unit.as_str()) {
            units.push(&loss.unit);
        }
    }
    let figure = |unit: &str| Figure {
        place: pair.place(point),
        name: format!("lost {unit}"),
        basis: Basis::Count,
        better: Better::Lower,
        unit: Unit::Share,
        evidence: evidence(pair.rounds(point, Scale::Difference, &|m| share(m, unit))),
    };
    units.into_iter().map(figure).collect()
}

fn evidence(shares: Rounds) -> Evidence {
    let losing = |rounds: &[f64]| rounds.iter().filter(|share| **share > 0.0).count();
    let [base, new] = [&shares.base, &shares.new].map(|rounds| (losing(rounds), rounds.len()));
    if base.0 > 0 || base.1 == 0 || new.0 == 0 {
        return shares.into();
    }
    let words = |(losing, rounds): (usize, usize)| {
        format!("in {losing} of {}", plural(rounds, "round", "rounds"))
    };
    Evidence::Event(Event {
        base: words(base),
        new: words(new),
        verdict: Verdict::Regressed,
        sentence: "Nothing was lost in the base.".to_owned(),
    })
}

/// The share of a unit that one trial lost; `None` if nothing was acknowledged.
fn share(measurement: &Measurement, unit: &str) -> Option<f64> {
    let losses = || measurement.losses.iter().filter(|loss| loss.unit == unit);
    let acknowledged: u64 = losses().map(|loss| loss.acknowledged).sum();
    let lost: u64 = losses().map(|loss| loss.lost).sum();
    (acknowledged > 0).then(|| lost as f64 / acknowledged as f64)
}
