//! What a comparison found, as a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::figure::{Basis, Unit};
use super::verdict::Verdict;
use crate::measure::Run;

/// What the first field holds, so that another program's JSON is not mistaken for changes.
pub const FORMAT: &str = "contend-changes";

/// The version of the schema. It counts up whenever a reader of the last version could misread the
/// new one.
pub const SCHEMA_VERSION: u32 = 1;

/// What changed from one run to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Always `contend-changes`.
    pub format: String,
    /// The version of this schema.
    pub schema_version: u32,
    /// The run compared with.
    pub base: Side,
    /// The run that is judged.
    pub new: Side,
    /// How it was judged.
    pub rules: Rules,
    /// The past runs that were asked, too; `None` if none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<PastAsked>,
    /// The worst verdict among the figures that decide; `inconclusive` counts only if nothing
    /// regressed or improved, or if there are none.
    pub verdict: Verdict,
    /// What weakens the comparison, one sentence each.
    pub warnings: Vec<String>,
    /// Points that only the base measured, and parts of experiments that only it made.
    pub only_in_base: Vec<String>,
    /// Points that only the new run measured, and parts of experiments that only it made.
    pub only_in_new: Vec<String>,
    /// Every figure compared, the most important first.
    pub changes: Vec<Change>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Its id.
    pub run: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// The version of contend that made it.
    pub version: String,
    /// The commit that contend was built from, if it is known.
    pub commit: Option<String>,
    /// How many rounds it was to have.
    pub rounds: u32,
}

/// How figures are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// What decides whether there is a regression; the rest is shown only.
    pub gate: Vec<Basis>,
    /// The smallest change that counts, as a share, e.g. 0.05; of shares, a tenth of it, as a
    /// difference.
    pub floor: f64,
    /// How often a family of figures, which is all of one basis that decide, or all that are shown
    /// only, may call any of them changed if none is.
    pub alpha: f64,
    /// The confidence of the intervals.
    pub confidence: f64,
    /// How many rounds both sides need before anything is told of them.
    pub rounds_needed: usize,
}

/// A figure in both runs, and what is said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// A name that stays the same from run to run, and that no other figure has.
    pub id: String,
    /// The workload; or `all workloads`, `claims` or `experiments`.
    pub group: String,
    /// Where in it: subject and load.
    pub place: String,
    /// The figure.
    pub figure: String,
    /// What it stands on.
    pub basis: Basis,
    /// Whether it decides.
    pub gates: bool,
    /// In what it is counted.
    pub unit: Unit,
    /// The median of the base's rounds, or what was counted; `None` if it is no number.
    pub base: Option<f64>,
    /// The same of the new run.
    pub new: Option<f64>,
    /// What the base has, in words.
    pub base_words: String,
    /// What the new run has, in words.
    pub new_words: String,
    /// By how much they differ; `None` if that was not estimated.
    pub effect: Option<Size>,
    /// What is said of it.
    pub verdict: Verdict,
    /// Whether it is worth a look: it changed, or may have.
    pub notable: bool,
    /// The effect, or what is known instead, in words.
    pub words: String,
    /// Why it is not decided, or what else is to be known, in a sentence; empty if nothing is.
    pub reason: String,
    /// What past runs say of it; `None` if none have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Past>,
}

/// The past runs that were asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PastAsked {
    /// How many runs there are that may be compared with the new one; of more than 58, the last.
    pub runs: usize,
    /// How many of them were made on another machine than the new run.
    pub elsewhere: usize,
    /// How many files and runs were passed over: no run, of another schema, or of another thing.
    pub skipped: usize,
}

/// What past runs say of a figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// How many of them have it.
    pub runs: usize,
    /// The standard deviation between runs of the same thing, beyond what their rounds show: 0.2 is a
    /// fifth, or 0.2 if the effect is a difference; `None` of fewer than 5 past runs.
    pub noise: Option<f64>,
    /// Whether it would be called changed, if it were not for this noise.
    pub within_noise: bool,
    /// Where the new run stands among all of them, if that is told.
    pub standing: Option<Standing>,
}

/// Where the new run stands in the series of all runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum Standing {
    /// On a level that began with an earlier run.
    Level {
        /// The first run of it.
        since: Moment,
        /// How many runs are on it, the new one among them.
        runs: usize,
    },
    /// Off the level of those before it; only the next run can confirm that.
    NewStep,
    /// One run was off, and the next one is back.
    Spike {
        /// The one that was off.
        run: Moment,
    },
}

/// A run in the series of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Its id.
    pub run: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
}

impl Moment {
    /// A run as a moment.
    pub fn of(run: &Run) -> Moment {
        Moment {
            run: run.id.clone(),
            started: run.started.clone(),
        }
    }
}

/// By how much two runs differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Whether the numbers are new over base, or new less base.
    pub kind: Kind,
    /// The estimate.
    pub estimate: f64,
    /// The lower end of its interval.
    pub lower: f64,
    /// The upper end of its interval.
    pub upper: f64,
    /// The probability of a difference this large if there is none.
    pub p: f64,
    /// The same, corrected for the number of figures that were looked at.
    pub p_corrected: f64,
    /// The smallest effect that two such runs would find in nine of ten cases: 0.2 is a change by a
    /// fifth of the base, or by 0.2 if the numbers are differences.
    pub smallest: f64,
}

/// How two numbers are set against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// New over base.
    Ratio,
    /// New less base.
    Difference,
}

impl Changes {
    /// Whether anything that decides is worse.
    pub fn regressed(&self) -> bool {
        self.gating(Verdict::Regressed).next().is_some()
    }

    /// Whether there is anything that decides.
    pub fn decides(&self) -> bool {
        self.changes.iter().any(|change| change.gates)
    }

    /// Whether anything that decides is not known: what is inconclusive, and what only the base has.
    pub fn undecided(&self) -> bool {
        self.gating(Verdict::Inconclusive).next().is_some() || !self.only_in_base.is_empty()
    }

    /// The figures of this verdict that decide.
    pub fn gating(&self, verdict: Verdict) -> impl Iterator<Item = &Change> {
        self.of(verdict).filter(|change| change.gates)
    }

    /// The figures of this verdict.
    pub fn of(&self, verdict: Verdict) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(move |change| change.verdict == verdict)
    }

    /// The file.
    pub fn json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("changes are representable as JSON");
        text.push('\n');
        text
    }
}

/// The JSON Schema (draft 2020-12) of the file, as it is checked in beside this file.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Changes);
    let mut text =
        serde_json::to_string_pretty(&schema).expect("a schema is representable as JSON");
    text.push('\n');
    text
}
