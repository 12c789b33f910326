//! How much a subject gets done over all it does: the geometric mean of its goodput at every point, round by
//! round (Fleming and Wallace, *Communications of the ACM* 29, 1986). What slows a subject down everywhere,
//! such as another version of its engine, may show here though the noise of each point hides it.

use super::speed::goodput;
use crate::compare::figure::{Basis, Better, Evidence, Figure, Moved, Place, Rounds, Unit};
use crate::compare::pair::{ByRound, Pair, by_round, side_by_side};
use crate::compare::relative::{Relative, to_the_others};
use crate::compare::statistics::Scale;
use crate::measure::{Discipline, Figure as Reads, Measurement, Point};

/// Of how many points a mean is made at least.
const FEWEST: usize = 2;

/// The figures of two runs: of each subject that both measured at several points.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let mut subjects: Vec<&str> = Vec::new();
    for point in &pair.points {
        if !subjects.contains(&point.subject.as_str()) {
            subjects.push(&point.subject);
        }
    }
    let of_subject = |subject: &str| of_subject(pair, subject);
    subjects.into_iter().flat_map(of_subject).collect()
}

fn of_subject(pair: &Pair, subject: &str) -> Vec<Figure> {
    let rounds = |point: &Point| [pair.base, pair.new].map(|run| by_round(run, point, &goodput));
    let counts = |point: &&Point| {
        point.subject == subject
            && point.discipline == Discipline::Careful
            && pair.reads(point) == Reads::Goodput
            && pair.stores(point)
            && !rounds(point).iter().any(Vec::is_empty)
    };
    let points: Vec<&Point> = pair.points.iter().copied().filter(counts).collect();
    let figure = |basis, of: usize, rounds: Rounds| Figure {
        place: Place {
            group: "all workloads".to_owned(),
            words: format!("{subject}, geometric mean of {of} points"),
            id: format!("all/{subject}"),
        },
        name: "goodput".to_owned(),
        basis,
        better: Better::Higher,
        unit: Unit::PerSecond,
        // A disk that is slower one day is so at every point, and nothing of it cancels.
        evidence: Evidence::Rounds(rounds.unsteady(pair.waits_for_disk(points[0]))),
    };
    let mut figures = Vec::new();
    let others = |measurement: &Measurement| Some(measurement.goodput());
    let beside = |point: &&Point| to_the_others(pair, point, &goodput, &others);
    let beside: Vec<Relative> = points.iter().filter_map(beside).collect();
    if beside.len() >= FEWEST {
        let relative = mean_of(&beside).rounds(pair);
        figures.push(figure(Basis::Ratio, beside.len(), relative));
    }
    if points.len() >= FEWEST {
        let all: Vec<[ByRound; 2]> = points.iter().map(|point| rounds(point)).collect();
        let side = |side: usize| {
            let each = all.iter().map(|sides| sides[side].clone());
            geometric_mean(&each.collect::<Vec<_>>())
        };
        let time = side_by_side(&side(0), &side(1), Scale::Ratio, pair.in_turns);
        figures.push(figure(Basis::Time, points.len(), time));
    }
    figures
}

/// Several points as one.
fn mean_of(all: &[Relative]) -> Relative {
    let of = |part: fn(&Moved) -> f64| {
        all.iter().map(|one| part(&one.moved)).sum::<f64>() / all.len() as f64
    };
    let side = |side: usize| {
        let each = all.iter().map(|one| one.sides[side].clone());
        geometric_mean(&each.collect::<Vec<_>>())
    };
    Relative {
        sides: [side(0), side(1)],
        moved: Moved {
            own: of(|moved| moved.own),
            others: of(|moved| moved.others),
        },
    }
}

/// The geometric mean of every round that all of them have.
fn geometric_mean(all: &[ByRound]) -> ByRound {
    let Some((first, rest)) = all.split_first() else {
        return ByRound::new();
    };
    let in_round = |(round, value): &(u32, f64)| {
        let theirs = rest.iter().map(|rounds| {
            let found = rounds.iter().find(|(other, _)| other == round);
            found.map(|(_, value)| value.ln())
        });
        let sum = value.ln() + theirs.sum::<Option<f64>>()?;
        Some((*round, (sum / all.len() as f64).exp()))
    };
    first.iter().filter_map(in_round).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_rounds_is_that_of_what_all_points_have() {
        let mean = geometric_mean(&[
            vec![(1, 2.0), (2, 3.0), (3, 10.0)],
            vec![(1, 8.0), (3, 1_000.0), (4, 1.0)],
        ]);
        let rounds: Vec<u32> = mean.iter().map(|(round, _)| *round).collect();
        assert_eq!(rounds, [1, 3]);
        assert!((mean[0].1 - 4.0).abs() < 1e-9 && (mean[1].1 - 100.0).abs() < 1e-9);
        assert!(geometric_mean(&[]).is_empty());
    }
}
