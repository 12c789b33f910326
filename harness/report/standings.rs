//! What exports for other programs hold of a run: each figure of each point as a number with its
//! interval, under a name that stays the same from run to run.

use crate::measure::statistics::Estimate;
use crate::measure::{Engine, Figure, Measurement, Run};

use super::basis;
use super::cell::Cell;
use super::point_id;

/// A figure of a point.
pub struct Standing {
    /// The point.
    pub point: String,
    /// What is measured, in a word, e.g. `goodput`.
    pub measure: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Whether more of it is better.
    pub bigger_is_better: bool,
    /// The median of the rounds, and how far it is known.
    pub estimate: Estimate,
}

/// What is measured at a point.
struct Measure {
    name: &'static str,
    unit: &'static str,
    bigger_is_better: bool,
    /// Whether points of this workload have it.
    of_workload: fn(Figure) -> bool,
    of: fn(&Measurement) -> Option<f64>,
}

/// Every measure, of careful clients: naive ones count as acknowledged what is lost.
const MEASURES: &[Measure] = &[
    Measure {
        name: "goodput",
        unit: "operations/s",
        bigger_is_better: true,
        of_workload: |figure| figure == Figure::Goodput,
        of: |measurement| Some(measurement.goodput()),
    },
    Measure {
        name: "latency-p50",
        unit: "ms",
        bigger_is_better: false,
        of_workload: |figure| figure == Figure::Goodput,
        of: |measurement| Some(measurement.success.percentile(50.0)? * 1e3),
    },
    Measure {
        name: "latency-p99",
        unit: "ms",
        bigger_is_better: false,
        of_workload: |figure| figure != Figure::Settled,
        of: |measurement| Some(measurement.success.p99()? * 1e3),
    },
    Measure {
        name: "settled",
        unit: "ms",
        bigger_is_better: false,
        of_workload: |figure| figure == Figure::Settled,
        of: |measurement| Some(measurement.longest()? * 1e3),
    },
];

/// Every figure of a run that has a value, point by point.
pub fn of(run: &Run) -> Vec<Standing> {
    let sections = basis::sections(run);
    let groups = sections
        .iter()
        .filter_map(|section| section.careful.as_ref());
    let cells =
        groups.flat_map(|group| group.cells.iter().map(move |cell| (&group.workload, cell)));
    // What measures the harness is no subject to follow.
    let cells = cells.filter(|(_, cell)| cell.subject.engine != Engine::Noop);
    let of_cell = |(workload, cell): (&crate::measure::WorkloadInfo, &Cell)| {
        let point = point_id(cell.point, workload.version);
        let figure = workload.figure;
        let measures = MEASURES
            .iter()
            .filter(move |measure| (measure.of_workload)(figure));
        let found = measures.filter_map(|measure| {
            // A round without it would be the slowest one: it is not left out, and there is no figure.
            let values: Option<Vec<f64>> = cell.measurements().map(measure.of).collect();
            let values: Vec<f64> = values?
                .into_iter()
                .filter(|value| value.is_finite())
                .collect();
            Some(Standing {
                point: point.clone(),
                measure: measure.name,
                unit: measure.unit,
                bigger_is_better: measure.bigger_is_better,
                estimate: Estimate::of(&values)?,
            })
        });
        found.collect::<Vec<_>>()
    };
    cells.flat_map(of_cell).collect()
}

impl Standing {
    /// The point and the measure: a name that no other figure of a run has.
    pub fn name(&self) -> String {
        format!("{}/{}", self.point, self.measure)
    }

    /// Whether its ends are an interval, and not only the range of too few rounds.
    pub fn has_interval(&self) -> bool {
        self.estimate.confidence.is_some()
    }
}
