//! Experiments: each answers one question of the source documents. A new one is a new file and a
//! line in [`ALL`].

mod actor;
mod cached_plan;
mod default_timeout;
mod inventory;
mod lab;
mod lock_table;
mod lost_update;
mod payment;
mod play;
mod schema_change;

use std::time::Instant;

use anyhow::Result;
use jiff::Timestamp;

use crate::lab::sentence;
use crate::measure;
use crate::measure::experiment::{Observation, Timeline};
pub use lab::Lab;

/// Every experiment, in the order of reports.
pub static ALL: &[&dyn Experiment] = &[
    &lock_table::LockTable,
    &lost_update::LostUpdate,
    &default_timeout::DefaultTimeout,
    &inventory::Inventory,
    &payment::Payment,
    &schema_change::SchemaChange,
    &cached_plan::CachedPlan,
];

/// A question, and the steps that answer it.
pub trait Experiment: Sync {
    /// The name on the command line and in the report.
    fn name(&self) -> &'static str;

    /// The question, in one sentence.
    fn question(&self) -> &'static str;

    /// The claims of the source documents that it bears on.
    fn claims(&self) -> &'static [&'static str];

    /// About how long it takes, in seconds.
    fn seconds(&self) -> f64;

    /// Whether PostgreSQL has a part in it.
    fn on_postgres(&self) -> bool {
        true
    }

    /// Counts up whenever its steps change.
    fn version(&self) -> u32 {
        1
    }

    /// Does it. What could not be done on one subject is a failure among the findings, and the
    /// others go on.
    ///
    /// # Errors
    /// [`Interrupted`](crate::lab::Interrupted) when the user wants it to end.
    fn run(&self, lab: &Lab<'_>) -> Result<Findings>;
}

/// What an experiment found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Interleavings that were stepped by hand.
    pub timelines: Vec<Timeline>,
    /// What was measured or read.
    pub observations: Vec<Observation>,
    /// What could not be made, each with its reason.
    pub failures: Vec<String>,
}

impl Findings {
    /// Adds a timeline, or says why there is none.
    pub fn add(&mut self, what: &str, timeline: Result<Timeline>) {
        match timeline {
            Ok(timeline) => self.timelines.push(timeline),
            Err(error) => self.failures.push(format!("{what}: {}", sentence(&error))),
        }
    }
}

/// Does an experiment and keeps what it found.
///
/// # Errors
/// [`Interrupted`](crate::lab::Interrupted) when the user wants it to end.
pub fn run(experiment: &dyn Experiment, lab: &Lab<'_>) -> Result<measure::Experiment> {
    let started = format!("{:.0}", Timestamp::now());
    let began = Instant::now();
    let findings = experiment.run(lab)?;
    Ok(measure::Experiment {
        name: experiment.name().to_owned(),
        version: experiment.version(),
        question: experiment.question().to_owned(),
        started,
        seconds: began.elapsed().as_secs_f64(),
        timelines: findings.timelines,
        observations: findings.observations,
        failures: findings.failures,
    })
}

/// The experiment of this name.
pub fn find(name: &str) -> Option<&'static dyn Experiment> {
    ALL.iter()
        .copied()
        .find(|experiment| experiment.name() == name)
}
