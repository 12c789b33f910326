//! What it takes to get through, whatever the time: shares of operations and attempts, and how fairly
//! commits fall to clients.

use crate::compare::figure::{Basis, Better, Figure, Unit};
use crate::compare::pair::Pair;
use crate::compare::statistics::Scale;
use crate::measure::{Figure as Reads, Measurement, Point};

/// A figure of a trial that no clock measured.
struct Metric {
    name: &'static str,
    better: Better,
    unit: Unit,
    scale: Scale,
    /// Whether runs of the same thing differ in it by more than rounds show.
    unsteady: bool,
    /// Whether it says something at a point.
    applies: fn(&Pair, &Point) -> bool,
    of: fn(&Measurement) -> Option<f64>,
}

/// Every figure of this family.
const METRICS: &[Metric] = &[
    Metric {
        name: "given up",
        better: Better::Lower,
        unit: Unit::Share,
        scale: Scale::Difference,
        unsteady: false,
        applies: |_, _| true,
        of: |m| part(m.given_up_total(), m.operations()),
    },
    Metric {
        name: "errors per attempt",
        better: Better::Lower,
        unit: Unit::Share,
        scale: Scale::Difference,
        unsteady: false,
        applies: |_, _| true,
        of: |m| part(m.failed_attempts(), m.attempts),
    },
    Metric {
        name: "attempts per commit",
        better: Better::Lower,
        unit: Unit::Number,
        scale: Scale::Multiple,
        unsteady: false,
        applies: |_, _| true,
        of: |m| part(m.attempts, m.committed + m.late).filter(|attempts| *attempts > 0.0),
    },
    Metric {
        name: "fairness",
        better: Better::Higher,
        unit: Unit::Share,
        scale: Scale::Difference,
        unsteady: true,
        // One client shares with nobody, and who is paced by the workload gets its share.
        applies: |pair, point| point.clients > 1 && pair.reads(point) == Reads::Goodput,
        of: |m| part(m.fairness().0, m.fairness().1),
    },
];

/// The figures of two runs.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let mut figures = Vec::new();
    for point in pair.points.iter().filter(|point| pair.stores(point)) {
        for metric in METRICS
            .iter()
            .filter(|metric| (metric.applies)(pair, point))
        {
            let rounds = pair.rounds(point, metric.scale, &metric.of);
            if rounds.base.is_empty() || rounds.new.is_empty() {
                continue;
            }
            figures.push(Figure {
                place: pair.place(point),
                name: metric.name.to_owned(),
                basis: Basis::Count,
                better: metric.better,
                unit: metric.unit,
                evidence: rounds.unsteady(metric.unsteady).into(),
            });
        }
    }
    figures
}

fn part(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
