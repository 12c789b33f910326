//! `experiments.csv`: one line per observation and figure, for those who compute for themselves.

use anyhow::Result;

use super::observed::SUBJECT;
use crate::measure::experiment::Observation;
use crate::measure::{Experiment, Run};

/// The columns, in order; the units are in the names of the figures and conditions.
const COLUMNS: [&str; 11] = [
    "run",
    "experiment",
    "experiment_version",
    "extent",
    "subject",
    "conditions",
    "repeat",
    "figure",
    "value",
    "void",
    "reason",
];

/// Every figure of every observation, void ones included, as CSV (RFC 4180).
///
/// # Errors
/// If what is written is no text, which no line of it is.
pub fn render(run: &Run) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for experiment in &run.experiments {
        for observation in &experiment.observations {
            for (figure, value) in &observation.figures {
                writer.write_record(line(run, experiment, observation, figure, *value))?;
            }
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn line(
    run: &Run,
    experiment: &Experiment,
    observation: &Observation,
    figure: &str,
    value: f64,
) -> [String; COLUMNS.len()] {
    let others = observation
        .conditions
        .iter()
        .filter(|(name, _)| *name != SUBJECT);
    let others: Vec<String> = others
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    [
        run.id.clone(),
        experiment.name.clone(),
        experiment.version.to_string(),
        experiment.extent.name().to_owned(),
        observation.condition(SUBJECT).to_owned(),
        others.join("; "),
        observation.repeat.to_string(),
        figure.to_owned(),
        value.to_string(),
        observation.void().to_string(),
        super::observed::reason(observation),
    ]
}
