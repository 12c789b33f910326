//! `benchmark-bigger-is-better.json` and `benchmark-smaller-is-better.json`: the figures of a run for
//! github-action-benchmark, which knows one direction for each file (`customBiggerIsBetter`,
//! `customSmallerIsBetter`).

use anyhow::Result;
use serde::Serialize;

use crate::measure::Run;

use super::numbers::{plural, span};
use super::standings::{self, Standing};

/// A point of a chart.
#[derive(Serialize)]
struct Entry {
    name: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

/// Figures of which more is better: goodput.
///
/// # Errors
/// If a figure cannot be written as JSON, which would be a mistake in this file.
pub fn bigger(run: &Run) -> Result<String> {
    render(run, true)
}

/// Figures of which less is better: latencies.
///
/// # Errors
/// If a figure cannot be written as JSON, which would be a mistake in this file.
pub fn smaller(run: &Run) -> Result<String> {
    render(run, false)
}

fn render(run: &Run, bigger_is_better: bool) -> Result<String> {
    let standings = standings::of(run);
    let wanted = standings
        .iter()
        .filter(|s| s.bigger_is_better == bigger_is_better);
    let entries: Vec<Entry> = wanted.map(|standing| entry(run, standing)).collect();
    Ok(serde_json::to_string_pretty(&entries)? + "\n")
}

fn entry(run: &Run, standing: &Standing) -> Entry {
    let estimate = &standing.estimate;
    let ends = span(estimate, super::numbers::number);
    let what = match standing.has_interval() {
        true => "interval",
        false => "range",
    };
    Entry {
        name: standing.name(),
        unit: standing.unit,
        value: estimate.median,
        range: (estimate.rounds > 1).then_some(ends),
        extra: format!(
            "median and {what} of {}, run {}",
            plural(estimate.rounds, "round", "rounds"),
            run.id
        ),
    }
}
