//! The ledger: what the source documents state, and what experiments say of it. A verdict is computed
//! from their findings by a predicate, never written in advance.

mod app;
mod bursts;
mod evidence;
mod ledger;
#[cfg(test)]
mod made_up;
mod troubles;

use serde::Serialize;

use crate::measure::Experiment;
pub use evidence::Spread;
pub use ledger::ALL;

/// Where a statement comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// "07_container_shared_filedb": app containers that share an SQLite file.
    SharedFile,
    /// "database schema has changed": a weblog on prepared statements.
    SchemaChanged,
    /// SQLite on AWS Lambda and EFS.
    NetworkDisk,
}

impl Document {
    /// Its title, in English.
    pub fn title(self) -> &'static str {
        match self {
            Document::SharedFile => "A SQLite file shared by containers",
            Document::SchemaChanged => "“database schema has changed”",
            Document::NetworkDisk => "SQLite on AWS Lambda and EFS",
        }
    }
}

/// A statement of a source document.
#[derive(Debug)]
pub struct Claim {
    /// Its id in the ledger, e.g. `A1`: a letter for the document and a number.
    pub id: &'static str,
    /// Where it comes from.
    pub document: Document,
    /// What it says.
    pub statement: &'static str,
    /// The numbers that the document gives for it, in its own words; `None` if it gives none.
    pub stated: Option<&'static str>,
    /// The experiments whose findings decide it; empty if there is none yet.
    pub experiments: &'static [&'static str],
    /// What experiments say of it; `None` if they have nothing to say.
    pub judge: fn(&[Experiment]) -> Option<Judgement>,
}

/// What experiments say of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Under which conditions, in words.
    pub conditions: String,
    /// The figures behind it, in words.
    pub figures: String,
    /// Where it was seen: the anchors of views and timelines, as [`anchor`] makes them.
    pub evidence: Vec<String>,
}

/// The anchor of an experiment in the report, or of a view or a timeline in it.
pub fn anchor(experiment: &str, part: Option<&str>) -> String {
    match part {
        Some(part) => format!("experiment-{experiment}-{part}"),
        None => format!("experiment-{experiment}"),
    }
}

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// What the claim says was observed, under the conditions given.
    Supported,
    /// Something else was observed.
    Contradicted,
    /// What was observed does not decide it.
    Inconclusive,
    /// Nothing was observed.
    NotRun,
}

impl Verdict {
    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Supported => "supported",
            Verdict::Contradicted => "contradicted",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotRun => "not run",
        }
    }
}

impl Claim {
    /// What experiments say of it.
    pub fn of(&self, found: &[Experiment]) -> Judgement {
        (self.judge)(found).unwrap_or_else(|| Judgement {
            verdict: Verdict::NotRun,
            conditions: match self.experiments {
                [] => "This version of contend has no experiment for it.".to_owned(),
                names => format!("Run it with `contend experiment run {}`.", names.join(" ")),
            },
            figures: String::new(),
            evidence: Vec::new(),
        })
    }
}

impl Judgement {
    fn new(verdict: Verdict, conditions: impl Into<String>, figures: impl Into<String>) -> Self {
        Judgement {
            verdict,
            conditions: conditions.into(),
            figures: figures.into(),
            evidence: Vec::new(),
        }
    }

    /// The same, with where it was seen: anchors.
    fn seen_at(mut self, anchors: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(anchors);
        self
    }
}
