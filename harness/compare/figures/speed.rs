//! How much gets done, and how long it takes: goodput and latency of careful clients, by themselves
//! and beside the other subjects.
//!
//! Naive clients have neither here: they count as acknowledged what is lost, and the loss is the figure.

use super::missing::{Presence, presence};
use crate::compare::figure::{Basis, Better, Evidence, Figure, Unit};
use crate::compare::pair::Pair;
use crate::compare::relative;
use crate::compare::statistics::Scale;
use crate::measure::{Discipline, Figure as Reads, Measurement};

/// A figure of a trial.
struct Metric {
    name: &'static str,
    better: Better,
    unit: Unit,
    /// Whether it is also compared beside what the other subjects did.
    relative: bool,
    /// Whether runs of the same thing differ in it by more than rounds show.
    unsteady: bool,
    of: fn(&Measurement) -> Option<f64>,
    /// The same of another subject, as it tells how fast the machine was.
    of_others: fn(&Measurement) -> Option<f64>,
}

/// Every figure of this family.
const METRICS: &[Metric] = &[
    Metric {
        name: "goodput",
        better: Better::Higher,
        unit: Unit::PerSecond,
        relative: true,
        unsteady: false,
        of: goodput,
        // Who did nothing in a round does not tell how fast the machine was.
        of_others: |measurement| Some(measurement.goodput()),
    },
    Metric {
        name: "p50",
        better: Better::Faster,
        unit: Unit::Seconds,
        relative: false,
        unsteady: false,
        of: |measurement| measurement.success.percentile(50.0),
        of_others: |measurement| measurement.success.percentile(50.0),
    },
    Metric {
        name: "p99",
        better: Better::Faster,
        unit: Unit::Seconds,
        relative: true,
        unsteady: true,
        of: |measurement| measurement.success.p99(),
        of_others: |measurement| measurement.success.p99(),
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
            let figure = |basis, evidence: Evidence| Figure {
                place: pair.place(point),
                name: metric.name.to_owned(),
                basis,
                better: metric.better,
                unit: metric.unit,
                evidence,
            };
            let decides = metric.relative && pair.stores(point);
            match presence(pair, point, &metric.of) {
                Presence::Everywhere => (),
                Presence::Nowhere => continue,
                Presence::InPart(evidence) => {
                    let basis = match decides && !metric.unsteady {
                        true => Basis::Ratio,
                        false => Basis::Time,
                    };
                    figures.push(figure(basis, evidence));
                    continue;
                }
            }
            if decides {
                let relative = relative::to_the_others(pair, point, &metric.of, &metric.of_others);
                let relative = relative.map(|found| found.rounds(pair).unsteady(metric.unsteady));
                figures.extend(relative.map(|rounds| figure(Basis::Ratio, rounds.into())));
            }
            let rounds = rounds.unsteady(metric.unsteady);
            figures.push(figure(Basis::Time, rounds.into()));
        }
    }
    figures
}

/// Goodput, in operations per second. Nothing at all, which has no logarithm, is as if half a commit had been
/// made: to leave such a round out would forgive the worst one.
pub fn goodput(measurement: &Measurement) -> Option<f64> {
    let goodput = measurement.goodput();
    Some(match goodput > 0.0 {
        true => goodput,
        false => 0.5 / measurement.seconds,
    })
}
