//! The ledger: what the source documents state, and what experiments say of it. A verdict is computed
//! from their findings by a predicate, never written in advance.

mod evidence;
mod ledger;

use serde::Serialize;

use crate::measure::Experiment;
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
    /// The experiment whose findings decide it; `None` if there is none yet.
    pub experiment: Option<&'static str>,
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
            conditions: match self.experiment {
                Some(name) => format!("Run it with `contend experiment run {name}`."),
                None => "This version of contend has no experiment for it.".to_owned(),
            },
            figures: String::new(),
        })
    }
}

impl Judgement {
    fn new(verdict: Verdict, conditions: impl Into<String>, figures: impl Into<String>) -> Self {
        Judgement {
            verdict,
            conditions: conditions.into(),
            figures: figures.into(),
        }
    }
}
