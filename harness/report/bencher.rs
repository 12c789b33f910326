//! `bencher.json`: the figures of a run in Bencher Metric Format, for `bencher run --file`.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use crate::measure::Run;

use super::standings;

/// A measure of a benchmark.
#[derive(Serialize)]
struct Metric {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// Benchmarks by name, each with its measures by name: points, with goodput and latencies. Bounds
/// stand only where the rounds give an interval.
///
/// # Errors
/// If a figure cannot be written as JSON, which would be a mistake in this file.
pub fn render(run: &Run) -> Result<String> {
    let mut benchmarks: BTreeMap<String, BTreeMap<String, Metric>> = BTreeMap::new();
    for standing in standings::of(run) {
        let bound = |end: f64| standing.has_interval().then_some(end);
        let metric = Metric {
            value: standing.estimate.median,
            lower_value: bound(standing.estimate.lower),
            upper_value: bound(standing.estimate.upper),
        };
        // A measure has one unit for all of Bencher, so the unit is part of its name.
        let unit = standing.unit.replace("operations/s", "per-s");
        let measure = format!("{}-{unit}", standing.measure);
        benchmarks
            .entry(standing.point)
            .or_default()
            .insert(measure, metric);
    }
    Ok(serde_json::to_string_pretty(&benchmarks)? + "\n")
}
