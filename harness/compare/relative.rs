//! A figure beside what the other subjects did in the same round: what slowed the machine down, for a
//! round or for a whole run, cancels.
//!
//! Each of the others is measured by its own mean of both runs, and the median of where they stand in
//! a round is how fast the machine was. So one subject that changed among several does not move those
//! that did not, as it would if their plain figures were the yardstick: the median of those is one
//! subject's own.
//!
//! What slows a disk down does not slow those down whose commits wait for none: they are set beside each
//! other, where there are several. Those that wait for a disk need a processor, too, and are set beside all.
//!
//! Beside a single other one, either of two may have changed, and of several the most may have become
//! faster at once, as with a new version of their engine: a ratio counts for who moved by itself (see
//! [`Moved::is_own`]).

use super::figure::{Moved, Rounds};
use super::pair::{ByRound, OfRound, Pair, by_round, side_by_side};
use super::statistics::{self, Scale};
use crate::measure::Point;
use crate::measure::statistics::quantile;

/// A figure of a point as it would have been on a machine that was as fast in every round of both runs, as
/// far as the others tell.
pub struct Relative {
    /// Its rounds, in the base and in the new run.
    pub sides: [ByRound; 2],
    /// How it changed by itself, and how the others did.
    pub moved: Moved,
}

impl Relative {
    /// As evidence.
    pub fn rounds(&self, pair: &Pair) -> Rounds {
        let [base, new] = &self.sides;
        Rounds {
            moved: Some(self.moved),
            ..side_by_side(base, new, Scale::Ratio, pair.in_turns)
        }
    }
}

/// A figure of a point beside the others; `None` if no other subject stores something at the same workload,
/// topology, load and discipline.
pub fn to_the_others(
    pair: &Pair,
    point: &Point,
    of: &OfRound,
    of_others: &OfRound,
) -> Option<Relative> {
    let deviations: Vec<[ByRound; 2]> = others(pair, point)
        .into_iter()
        .filter_map(|other| {
            deviations([pair.base, pair.new].map(|run| by_round(run, other, of_others)))
        })
        .collect();
    let own = [pair.base, pair.new].map(|run| by_round(run, point, of));
    let sides = [0, 1].map(|side| {
        let machine = |round: u32| {
            let found = deviations
                .iter()
                .filter_map(|other| value(&other[side], round));
            quantile(&found.collect::<Vec<_>>(), 0.5)
        };
        own[side]
            .iter()
            .filter_map(|(round, value)| Some((*round, (value.ln() - machine(*round)?).exp())))
            .collect::<ByRound>()
    });
    if sides.iter().any(Vec::is_empty) {
        return None;
    }
    let change = |sides: &[ByRound; 2]| mean_log(&sides[1]) - mean_log(&sides[0]);
    let moved = change(&own);
    Some(Relative {
        moved: Moved {
            own: moved,
            others: moved - change(&sides),
        },
        sides,
    })
}

/// The points to which one is compared.
fn others<'a>(pair: &Pair<'a>, point: &Point) -> Vec<&'a Point> {
    let beside = |other: &&Point| other.subject != point.subject && at(other) == at(point);
    let all = pair.points.iter().copied().filter(beside);
    let all: Vec<&Point> = all.filter(|other| pair.stores(other)).collect();
    if pair.waits_for_disk(point) {
        return all;
    }
    let alike = all.iter().copied();
    let alike: Vec<&Point> = alike.filter(|other| !pair.waits_for_disk(other)).collect();
    if alike.is_empty() { all } else { alike }
}

/// Everything of a point but its subject.
fn at(point: &Point) -> Point {
    Point {
        subject: String::new(),
        ..point.clone()
    }
}

/// How far the logarithms of a subject's rounds lie from their mean of both runs; `None` if either run
/// has none. Rounds without any commit are none.
fn deviations(sides: [ByRound; 2]) -> Option<[ByRound; 2]> {
    let sides = sides.map(|rounds| {
        let positive = rounds.into_iter().filter(|(_, value)| *value > 0.0);
        positive.collect::<ByRound>()
    });
    if sides.iter().any(Vec::is_empty) {
        return None;
    }
    let centre = (mean_log(&sides[0]) + mean_log(&sides[1])) / 2.0;
    Some(sides.map(|rounds| {
        let from_centre = |(round, value): (u32, f64)| (round, value.ln() - centre);
        rounds.into_iter().map(from_centre).collect()
    }))
}

fn value(rounds: &ByRound, wanted: u32) -> Option<f64> {
    let found = rounds.iter().find(|(round, _)| *round == wanted);
    found.map(|(_, value)| *value)
}

fn mean_log(rounds: &ByRound) -> f64 {
    let logs: Vec<f64> = rounds.iter().map(|(_, value)| value.ln()).collect();
    statistics::mean(&logs, Scale::Ratio)
}
