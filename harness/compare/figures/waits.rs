//! Workloads whose figure is a time: how long operations of each kind waited, and how long it took
//! until all clients were through.

use super::missing::{Presence, presence};
use crate::compare::figure::{Basis, Better, Evidence, Figure, Unit};
use crate::compare::pair::{OfRound, Pair};
use crate::compare::relative;
use crate::compare::statistics::Scale;
use crate::measure::{Discipline, Figure as Reads, Measurement, Point};

/// The figures of two runs.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let careful = pair
        .points
        .iter()
        .filter(|p| p.discipline == Discipline::Careful);
    careful.flat_map(|point| of_point(pair, point)).collect()
}

fn of_point(pair: &Pair, point: &Point) -> Vec<Figure> {
    match pair.reads(point) {
        Reads::Goodput => Vec::new(),
        // That is bounded by timeouts of the engines, and steadier than most.
        Reads::Settled => figures(
            pair,
            point,
            "time until settled",
            false,
            &Measurement::longest,
        ),
        Reads::Waits => {
            let kinds = pair
                .workload(point)
                .map_or(&[][..], |workload| &workload.kinds);
            let of_kind = |(index, kind): (usize, &crate::measure::KindInfo)| {
                let p50 = |m: &Measurement| m.kinds.get(index)?.success.percentile(50.0);
                let p99 = |m: &Measurement| m.kinds.get(index)?.success.p99();
                let name = |percentile: &str| format!("{percentile} of {}", kind.name);
                let mut found = figures(pair, point, &name("p50"), false, &p50);
                found.extend(figures(pair, point, &name("p99"), true, &p99));
                found
            };
            kinds.iter().enumerate().flat_map(of_kind).collect()
        }
    }
}

/// A time by itself, and beside what the other subjects did.
fn figures(pair: &Pair, point: &Point, name: &str, unsteady: bool, of: &OfRound) -> Vec<Figure> {
    let rounds = pair.rounds(point, Scale::Ratio, of).unsteady(unsteady);
    if rounds.base.is_empty() && rounds.new.is_empty() {
        return Vec::new();
    }
    let figure = |basis, evidence: Evidence| Figure {
        place: pair.place(point),
        name: name.to_owned(),
        basis,
        better: Better::Faster,
        unit: Unit::Seconds,
        evidence,
    };
    match presence(pair, point, of) {
        Presence::Everywhere => (),
        Presence::Nowhere => return Vec::new(),
        Presence::InPart(evidence) => {
            let basis = match pair.stores(point) && !unsteady {
                true => Basis::Ratio,
                false => Basis::Time,
            };
            return vec![figure(basis, evidence)];
        }
    }
    let relative = relative::to_the_others(pair, point, of, of).filter(|_| pair.stores(point));
    let relative = relative.map(|found| found.rounds(pair).unsteady(unsteady));
    let relative = relative.map(|rounds| figure(Basis::Ratio, rounds.into()));
    relative
        .into_iter()
        .chain([figure(Basis::Time, rounds.into())])
        .collect()
}
