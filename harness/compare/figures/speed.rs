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
}

/// Every figure of this family.
const METRICS: &[Metric] = &[
    Metric {
        name: "goodput",
        better: Better::Higher,
        unit: Unit::PerSecond,
        relative: true,
        unsteady: false,
        of: |measurement| Some(measurement.goodput()),
    },
    Metric {
        name: "p50",
        better: Better::Faster,
        unit: Unit::Seconds,
        relative: false,
        unsteady: false,
        of: |measurement| measurement.success.percentile(50.0),
    },
    Metric {
        name: "p99",
        better: Better::Faster,
        unit: Unit::Seconds,
        relative: true,
        unsteady: true,
        of: |measurement| measurement.success.p99(),
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
            // Only goodput can be nothing: a time is of something that was done.
            let own = |measurement: &Measurement| {
                (metric.of)(measurement).map(|value| of_idle(value, measurement))
            };
            let rounds = pair.rounds(point, Scale::Ratio, &own);
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
                let relative = relative::to_the_others(pair, point, &own, &metric.of);
                let relative = relative.map(|rounds| rounds.unsteady(metric.unsteady));
                figures.extend(relative.map(|rounds| figure(Basis::Ratio, rounds.into())));
            }
            let rounds = rounds.unsteady(metric.unsteady);
            figures.push(figure(Basis::Time, rounds.into()));
        }
    }
    figures
}

/// A figure of a round; nothing at all, which has no logarithm, as if half a commit had been made. To leave
/// such a round out would forgive the worst one.
fn of_idle(value: f64, measurement: &Measurement) -> f64 {
    match value > 0.0 {
        true => value,
        false => 0.5 / measurement.seconds,
    }
}
