//! A crosscheck: the harness itself under test, beside programs that do the same work with less.
//!
//! A benchmark whose clients are slow measures its clients. So the clients of trials are held against
//! pgbench and against a bare loop on SQLite's C interface, in one run, in rounds, each pair one right
//! after the other.

use std::fmt;
use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::statistics::Estimate;
use super::{Build, Machine, ServerInfo};

/// What the first field of the file holds.
pub const FORMAT: &str = "contend-crosscheck";

/// The version of the file's schema. It counts up whenever a reader of the last version could
/// misread the new one.
pub const SCHEMA_VERSION: u32 = 1;

/// The name of the file in the directory of results.
pub const FILE: &str = "crosscheck.json";

/// Everything one `contend crosscheck` found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crosscheck {
    /// Always `contend-crosscheck`.
    pub format: String,
    /// The version of this schema.
    pub schema_version: u32,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// When it ended, RFC 3339 in UTC.
    pub finished: String,
    /// The build that was checked.
    pub build: Build,
    /// The machine it was checked on.
    pub machine: Machine,
    /// The PostgreSQL server; `None` without one.
    pub server: Option<ServerInfo>,
    /// The version of pgbench; `None` without one.
    pub pgbench: Option<String>,
    /// The version of wrk; `None` without one.
    #[serde(default)]
    pub wrk: Option<String>,
    /// The version of the SQLite library.
    pub sqlite: String,
    /// The seed of every random choice.
    pub seed: u64,
    /// How many rounds.
    pub rounds: u32,
    /// Length of a measured stretch, in seconds. pgbench counts whole ones: beside it both sides
    /// warm up for a whole second and are measured for the next whole number of them.
    pub seconds: f64,
    /// Every comparison, in the order in which they are shown.
    pub comparisons: Vec<Comparison>,
    /// What was not compared, and why, one sentence each.
    pub not_compared: Vec<String>,
    /// What went wrong in single rounds, which then have no figures, one sentence each.
    pub failures: Vec<String>,
}

/// The clients of a trial beside something that does the same work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Name of the subject, or `app`: an instance of the app, asked over HTTP.
    pub subject: String,
    /// Name of the workload.
    pub workload: String,
    /// How many clients.
    pub clients: u32,
    /// How many processes hold contend's clients; of pgbench, how many threads.
    pub instances: u32,
    /// What stands beside them.
    pub reference: Reference,
    /// What is aimed at.
    pub target: Target,
    /// What was counted, round by round.
    pub rounds: Vec<Round>,
    /// The figure that the target is about: a ratio of goodputs, contend's over the reference's,
    /// or seconds per operation; `None` if no round has one.
    pub figure: Option<Estimate>,
}

/// What stands beside contend's clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// pgbench, with the same SQL text, prepared.
    Pgbench,
    /// A loop on SQLite's C interface that does nothing else, one process for each client.
    BareLoop,
    /// wrk, with one thread and as many connections as there are clients.
    Wrk,
    /// Nothing: what the harness costs by itself.
    Nothing,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reference::Pgbench => "pgbench",
            Reference::BareLoop => "a bare loop on SQLite’s C interface",
            Reference::Wrk => "wrk",
            Reference::Nothing => "nothing",
        })
    }
}

/// What a comparison aims at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The ratio is not told to be below this one: its interval reaches it.
    NotBelow(f64),
    /// The ratio is at least this one: its whole interval is.
    AtLeast(f64),
    /// An operation takes at most so many seconds: the whole interval does.
    AtMostSeconds(f64),
}

/// Whether a target is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Met,
    /// The whole interval lies on the wrong side.
    Missed,
    /// It cannot be told: the interval has the target within it, or none is claimed.
    NotTold,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Standing::Met => "met",
            Standing::Missed => "missed",
            Standing::NotTold => "not told",
        })
    }
}

impl Target {
    /// Whether an estimate meets it.
    pub fn standing(&self, estimate: &Estimate) -> Standing {
        if estimate.confidence.is_none() {
            return Standing::NotTold;
        }
        let (met, missed) = match *self {
            Target::NotBelow(least) => (estimate.upper >= least, estimate.upper < least),
            Target::AtLeast(least) => (estimate.lower >= least, estimate.upper < least),
            Target::AtMostSeconds(most) => (estimate.upper <= most, estimate.lower > most),
        };
        match (met, missed) {
            (true, _) => Standing::Met,
            (_, true) => Standing::Missed,
            _ => Standing::NotTold,
        }
    }
}

/// What was counted in one round: the two were measured one right after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Its number, from 1.
    pub round: u32,
    /// Whether contend's clients were measured before the reference.
    pub contend_first: bool,
    /// Contend's clients, in a trial as `contend bench` makes them.
    pub contend: Figures,
    /// The reference; `None` beside nothing.
    pub reference: Option<Figures>,
}

/// What was counted in one measured stretch. Its audit passed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Operations that were acknowledged.
    pub committed: u64,
    /// Attempts that returned an error.
    pub errors: u64,
    /// Length of the stretch.
    pub seconds: f64,
    /// CPU time of the clients within it, user and system, in seconds; `None` where the system
    /// does not tell.
    pub cpu_seconds: Option<f64>,
}

impl Figures {
    /// Operations acknowledged per second.
    pub fn goodput(&self) -> f64 {
        self.committed as f64 / self.seconds
    }
}

impl Comparison {
    /// The figure of the target, from the rounds. A round in which the reference did nothing has
    /// no ratio.
    pub fn estimate(&self) -> Option<Estimate> {
        let figures: Vec<f64> = self
            .rounds
            .iter()
            .map(|round| match (&self.target, &round.reference) {
                (Target::AtMostSeconds(_), _) | (_, None) => 1.0 / round.contend.goodput(),
                (_, Some(reference)) => round.contend.goodput() / reference.goodput(),
            })
            .filter(|figure| figure.is_finite())
            .collect();
        Estimate::of(&figures)
    }

    /// Whether the target is met.
    pub fn standing(&self) -> Standing {
        self.figure
            .map_or(Standing::NotTold, |figure| self.target.standing(&figure))
    }

    /// CPU time of contend's clients per operation, over all rounds, in seconds.
    pub fn contend_cpu(&self) -> Option<f64> {
        cpu(self.rounds.iter().map(|round| &round.contend))
    }

    /// CPU time of the reference per operation, over all rounds, in seconds.
    pub fn reference_cpu(&self) -> Option<f64> {
        cpu(self
            .rounds
            .iter()
            .filter_map(|round| round.reference.as_ref()))
    }
}

fn cpu<'f>(figures: impl Iterator<Item = &'f Figures>) -> Option<f64> {
    let (mut seconds, mut committed) = (0.0, 0);
    for figures in figures {
        seconds += figures.cpu_seconds?;
        committed += figures.committed;
    }
    (committed > 0).then(|| seconds / committed as f64)
}

impl Crosscheck {
    /// The comparisons whose target is missed.
    pub fn missed(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons
            .iter()
            .filter(|comparison| comparison.standing() == Standing::Missed)
    }
}

/// A file of this name that is no crosscheck.
#[derive(Debug, Error)]
#[error(
    "The crosscheck in {path} cannot be used ({why}): make it again with `contend crosscheck`."
)]
pub struct Unusable {
    path: String,
    why: String,
}

/// Reads the crosscheck in a directory of results; `None` if none was made.
///
/// # Errors
/// If the file is not exactly what `contend crosscheck` writes.
pub fn read(directory: &Path) -> Result<Option<Crosscheck>, Unusable> {
    let path = directory.join(FILE);
    let unusable = |why: String| Unusable {
        path: path.display().to_string(),
        why,
    };
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let value: Value =
        serde_json::from_slice(&text).map_err(|error| unusable(format!("no JSON: {error}")))?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(unusable("JSON of something else".to_owned()));
    }
    let version = value.get("schema_version").and_then(Value::as_u64);
    if version != Some(u64::from(SCHEMA_VERSION)) {
        return Err(unusable(format!(
            "of another schema than {SCHEMA_VERSION}, which this contend reads"
        )));
    }
    serde_json::from_value(value)
        .map(Some)
        .map_err(|error| unusable(error.to_string()))
}

/// Writes the crosscheck into a directory of results, in place of an older one.
///
/// # Errors
/// Whatever the file system says; the old file is then as it was.
pub fn write(crosscheck: &Crosscheck, directory: &Path) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(crosscheck)?;
    text.push('\n');
    super::store::write_atomically(&directory.join(FILE), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(lower: f64, upper: f64, confidence: Option<f64>) -> Estimate {
        Estimate {
            median: (lower + upper) / 2.0,
            lower,
            upper,
            rounds: 6,
            confidence,
        }
    }

    #[test]
    fn a_target_is_missed_only_if_the_whole_interval_misses_it() {
        let standing =
            |target: Target, lower, upper| target.standing(&estimate(lower, upper, Some(0.96)));
        for (target, lower, upper, expected) in [
            (Target::NotBelow(1.0), 0.9, 1.0, Standing::Met),
            (Target::NotBelow(1.0), 1.1, 1.2, Standing::Met),
            (Target::NotBelow(1.0), 0.9, 0.99, Standing::Missed),
            (Target::AtLeast(0.95), 0.95, 1.0, Standing::Met),
            (Target::AtLeast(0.95), 0.94, 1.0, Standing::NotTold),
            (Target::AtLeast(0.95), 0.9, 0.94, Standing::Missed),
            (Target::AtMostSeconds(1e-6), 1e-7, 1e-6, Standing::Met),
            (Target::AtMostSeconds(1e-6), 9e-7, 2e-6, Standing::NotTold),
            (Target::AtMostSeconds(1e-6), 2e-6, 3e-6, Standing::Missed),
        ] {
            assert_eq!(standing(target, lower, upper), expected, "{target:?}");
        }
    }

    #[test]
    fn without_an_interval_nothing_is_told() {
        for target in [Target::NotBelow(1.0), Target::AtLeast(0.5)] {
            let found = target.standing(&estimate(2.0, 3.0, None));
            assert_eq!(found, Standing::NotTold);
        }
    }

    #[test]
    fn a_ratio_is_taken_round_by_round_and_never_over_nothing() {
        let figures = |committed| Figures {
            committed,
            errors: 0,
            seconds: 2.0,
            cpu_seconds: Some(committed as f64 * 1e-6),
        };
        let round = |contend, reference| Round {
            round: 1,
            contend_first: true,
            contend: figures(contend),
            reference: Some(figures(reference)),
        };
        let comparison = Comparison {
            subject: "postgres".into(),
            workload: "increment-spread".into(),
            clients: 1,
            instances: 1,
            reference: Reference::Pgbench,
            target: Target::NotBelow(1.0),
            rounds: vec![round(10, 20), round(30, 30), round(5, 0)],
            figure: None,
        };
        let found = comparison.estimate().unwrap();
        assert_eq!((found.lower, found.upper, found.rounds), (0.5, 1.0, 2));
        assert!((comparison.contend_cpu().unwrap() - 1e-6).abs() < 1e-12);
    }
}
