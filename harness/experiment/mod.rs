//! Experiments: each answers one question of the source documents. A new one is a new file and a
//! line in [`ALL`].

mod actor;
pub mod begin_modes;
mod busy_errors;
mod cached_plan;
pub mod crash;
mod default_timeout;
mod dialogue;
mod elsewhere;
mod fairness;
mod faults;
mod inventory;
mod journal_modes;
mod lab;
mod lock_table;
mod lock_waits;
mod lost_update;
mod lost_updates;
mod observe;
mod over_http;
mod over_http_retries;
mod over_http_scaling;
mod over_http_waits;
mod overload;
mod paired;
mod payment;
mod play;
mod retry_amplification;
mod scaling;
mod schema_change;
mod series;
mod statement;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;
use jiff::Timestamp;

use crate::lab::sentence;
use crate::measure;
use crate::measure::experiment::{Extent, Observation, Timeline, View};
pub use elsewhere::serve as serve_actor;
pub use lab::Lab;

/// Every experiment, in the order of reports.
pub static ALL: &[&dyn Experiment] = &[
    &lock_table::LockTable,
    &lock_waits::LockWaits,
    &journal_modes::JournalModes,
    &scaling::Scaling,
    &lost_update::LostUpdate,
    &lost_updates::LostUpdates,
    &busy_errors::BusyErrors,
    &retry_amplification::RetryAmplification,
    &fairness::Fairness,
    &default_timeout::DefaultTimeout,
    &inventory::Inventory,
    &payment::Payment,
    &over_http::OverHttp,
    &over_http_waits::OverHttpWaits,
    &over_http_scaling::OverHttpScaling,
    &over_http_retries::OverHttpRetries,
    &overload::Overload,
    &faults::Faults,
    &crash::CRASH,
    &schema_change::SchemaChange,
    &begin_modes::BEGIN_MODES,
    &cached_plan::CachedPlan,
];

/// How many clients a server must hold for experiments. Where more come, what it does with those it
/// cannot hold is a result.
pub const CLIENTS: u32 = 64;

/// A question, and the steps that answer it.
pub trait Experiment: Sync {
    /// The name on the command line and in the report.
    fn name(&self) -> &'static str;

    /// The question, in one sentence.
    fn question(&self) -> &'static str;

    /// The claims of the source documents that it bears on.
    fn claims(&self) -> &'static [&'static str];

    /// About how long it takes on two processors, in seconds; `None` if it is not made to this
    /// extent.
    fn seconds(&self, extent: Extent) -> Option<f64>;

    /// Whether a default run makes it; the others are made on their own, or in a run with `--full`.
    fn by_default(&self) -> bool {
        true
    }

    /// What is left out to this extent of what is done in full, one sentence each.
    fn left_out(&self, _extent: Extent) -> Vec<String> {
        Vec::new()
    }

    /// How it is made, in a few sentences: what is counted, what differs between the engines.
    fn method(&self) -> &'static str;

    /// What clients send, statement by statement, by the way in which they go about it.
    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        BTreeMap::new()
    }

    /// The charts of its observations, the one to look at first before the others.
    fn views(&self) -> Vec<View> {
        Vec::new()
    }

    /// Whether PostgreSQL has a part in it.
    fn on_postgres(&self) -> bool {
        true
    }

    /// Whether it asks the app over HTTP, in containers where there are any.
    fn over_http(&self) -> bool {
        false
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
    /// What this machine has not got what it takes for, one sentence each.
    pub left_out: Vec<String>,
    /// What could not be made, each with its reason.
    pub failures: Vec<String>,
}

impl Findings {
    /// Adds an observation, or says why there is none.
    pub fn observe(&mut self, what: &str, observation: Result<Observation>) {
        match observation {
            Ok(observation) => self.observations.push(observation),
            Err(error) => self.failures.push(format!("{what}: {}", sentence(&error))),
        }
    }

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
    let findings = experiment.run(lab);
    // Whatever it found, or died of, it was not let to its end.
    lab.check()?;
    let findings = match findings {
        Ok(findings) => findings,
        // No other experiment is lost for it.
        Err(error) => Findings {
            failures: vec![sentence(&error)],
            ..Findings::default()
        },
    };
    Ok(measure::Experiment {
        name: experiment.name().to_owned(),
        version: experiment.version(),
        question: experiment.question().to_owned(),
        started,
        seconds: began.elapsed().as_secs_f64(),
        extent: lab.extent,
        left_out: left_out(experiment, lab, findings.left_out),
        method: experiment.method().to_owned(),
        scripts: experiment.scripts(),
        views: experiment.views(),
        timelines: findings.timelines,
        observations: findings.observations,
        failures: findings.failures,
    })
}

/// What an experiment left out: what its extent has no room for, and what the machine lacks.
fn left_out(experiment: &dyn Experiment, lab: &Lab<'_>, lacking: Vec<String>) -> Vec<String> {
    let mut left_out = experiment.left_out(lab.extent);
    if experiment.on_postgres() && lab.server.is_none() {
        left_out.push("PostgreSQL: there was no server.".to_owned());
    }
    if experiment.over_http() && lab.containers.is_none() {
        left_out.push(
            "Containers: the app ran as local processes, and its clients asked one after the other."
                .to_owned(),
        );
    }
    left_out.extend(lacking);
    left_out
}

/// The experiment of this name.
pub fn find(name: &str) -> Option<&'static dyn Experiment> {
    ALL.iter()
        .copied()
        .find(|experiment| experiment.name() == name)
}
