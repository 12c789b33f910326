//! What predicates ask of experiments.

use crate::measure::Experiment;
use crate::measure::experiment::{Observation, Timeline};

/// The findings of an experiment; `None` if it was not made.
pub fn of<'e>(found: &'e [Experiment], name: &str) -> Option<&'e Experiment> {
    found.iter().find(|experiment| experiment.name == name)
}

/// A condition of an observation; empty if it has none of this name.
pub fn condition<'o>(observation: &'o Observation, name: &str) -> &'o str {
    observation.conditions.get(name).map_or("", String::as_str)
}

/// A figure of an observation.
pub fn figure(observation: &Observation, name: &str) -> Option<f64> {
    observation.figures.get(name).copied()
}

/// Whether a timeline was played on SQLite.
pub fn on_sqlite(timeline: &&Timeline) -> bool {
    timeline.subject.starts_with("sqlite")
}

/// A time as the figures give it.
pub fn milliseconds(microseconds: f64) -> String {
    match microseconds / 1e3 {
        little if little < 10.0 => format!("{little:.1} ms"),
        more => format!("{more:.0} ms"),
    }
}
