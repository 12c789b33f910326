//! How much gets done, and how long it takes: goodput and latency of careful clients, by themselves
//! and beside the other subjects.
//!
//! Naive clients have neither here: they count as acknowledged what is lost, and the loss is the figure.

use crate::compare::figure::{Basis, Better, Event, Evidence, Figure, Unit};
use crate::compare::pair::Pair;
use crate::compare::relative;
use crate::compare::statistics::Scale;
use crate::compare::verdict::Verdict;
use crate::measure::{Discipline, Figure as Reads, Measurement};
use crate::report::numbers::plural;

/// Fewer commits than this have no 99th percentile: it would be their longest.
const COMMITS_FOR_P99: u64 = 100;

/// A figure of a trial.
struct Metric {
    name: &'static str,
    better: Better,
    unit: Unit,
    /// Whether it is also compared beside what the other subjects did.
    relative: bool,
    of: fn(&Measurement) -> Option<f64>,
}

/// Every figure of this family.
const METRICS: &[Metric] = &[
    Metric {
        name: "goodput",
        better: Better::Higher,
        unit: Unit::PerSecond,
        relative: true,
        of: |measurement| Some(measurement.goodput()),
    },
    Metric {
        name: "p50",
        better: Better::Faster,
        unit: Unit::Seconds,
        relative: false,
        of: |measurement| measurement.success.percentile(50.0),
    },
    Metric {
        name: "p99",
        better: Better::Faster,
        unit: Unit::Seconds,
        relative: true,
        of: |measurement| {
            let enough = measurement.success.count() >= COMMITS_FOR_P99;
            measurement.success.percentile(99.0).filter(|_| enough)
        },
    },
];

/// The figures of two runs.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let mut figures = Vec::new();
    for point in &pair.points {
        if point.discipline == Discipline::Naive || pair.reads(point) != Reads::Goodput {
            continue;
        }
        for metric in METRICS {
            let rounds = pair.rounds(point, Scale::Ratio, &metric.of);
            if rounds.base.is_empty() && rounds.new.is_empty() {
                continue;
            }
            let figure = |basis, evidence| Figure {
                place: pair.place(point),
                name: metric.name.to_owned(),
                basis,
                better: metric.better,
                unit: metric.unit,
                evidence,
            };
            let zeros = |values: &[f64]| values.iter().filter(|value| **value <= 0.0).count();
            let counts = [&rounds.base, &rounds.new].map(|values| (zeros(values), values.len()));
            if counts.iter().any(|(zeros, _)| *zeros > 0) {
                figures
                    .extend(idle(counts).map(|event| figure(Basis::Time, Evidence::Event(event))));
                continue;
            }
            if metric.relative && pair.stores(point) {
                let relative = relative::to_the_others(pair, point, &metric.of);
                figures.extend(relative.map(|rounds| figure(Basis::Ratio, rounds.into())));
            }
            figures.push(figure(Basis::Time, rounds.into()));
        }
    }
    figures
}

/// What is said of goodput if there are rounds without any; `None` if neither run has any other. No
/// ratio to nothing is known, and to leave such a round out would forgive the worst one. Whether they
/// became more is judged by their number, beside the audits.
fn idle([base, new]: [(usize, usize); 2]) -> Option<Event> {
    let words = |(zeros, rounds): (usize, usize)| {
        format!(
            "nothing in {zeros} of {}",
            plural(rounds, "round", "rounds")
        )
    };
    (base.0 < base.1 || new.0 < new.1).then(|| Event {
        base: words(base),
        new: words(new),
        verdict: Verdict::Inconclusive,
        sentence: "There are rounds in which nothing was committed.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goodput_of_nothing_in_any_round_is_not_judged_and_never_in_all_is_no_figure() {
        assert_eq!(
            idle([(0, 6), (2, 6)]).unwrap().verdict,
            Verdict::Inconclusive
        );
        assert_eq!(
            idle([(0, 6), (6, 6)]).unwrap().new,
            "nothing in 6 of 6 rounds"
        );
        assert_eq!(idle([(6, 6), (6, 6)]), None);
    }
}
