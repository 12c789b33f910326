//! What an experiment did and found.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Audit, Outcome};

/// A set of steps or trials that answers one question of the source documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The name on the command line.
    pub name: String,
    /// Counts up whenever its steps change, so that two versions are never compared.
    pub version: u32,
    /// The question, in one sentence.
    pub question: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Interleavings that were stepped by hand.
    pub timelines: Vec<Timeline>,
    /// What was measured or read, condition by condition and repeat by repeat.
    pub observations: Vec<Observation>,
    /// Parts that could not be made, each with its reason.
    pub failures: Vec<String>,
}

/// Several sessions advanced step by step: the order is the script's, not chance's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// Its name within the experiment: part of its anchor.
    pub name: String,
    /// What is played, in a few words.
    pub title: String,
    /// The subject it was played on.
    pub subject: String,
    /// Under what conditions, by name, e.g. `busy_timeout` → `300 ms`.
    pub conditions: BTreeMap<String, String>,
    /// Every step, in the order in which they began.
    pub steps: Vec<Step>,
    /// What the database held in the end, against what was acknowledged: a loss is a check that did
    /// not pass, and the figure.
    pub ending: Audit,
}

/// One step of one actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its label within the timeline, by which claims find it; empty if no claim does.
    pub label: String,
    /// Who acts.
    pub actor: String,
    /// What is done: SQL, or a call.
    pub does: String,
    /// When it began, in microseconds after the first step.
    pub began_us: f64,
    /// How long it took until the answer, in microseconds.
    pub took_us: f64,
    /// What came back.
    pub answer: Answer,
}

/// What came back from a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// It was done, and gave this value, if any.
    Done {
        /// The first column of the first row; `None` without a row.
        value: Option<String>,
    },
    /// The engine refused.
    Refused {
        /// The class of the error.
        class: Outcome,
        /// The engine's own code: an SQLite extended result code or a PostgreSQL SQLSTATE.
        code: String,
        /// What the engine said.
        message: String,
    },
}

/// What was measured or read under one condition, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The condition, by name: the subject, the clients, the timeout.
    pub conditions: BTreeMap<String, String>,
    /// Which repeat of the condition this is, from 1.
    pub repeat: u32,
    /// What was found, by name with its unit.
    pub figures: BTreeMap<String, f64>,
    /// The check of what was found; a condition whose audit failed is void.
    pub audit: Audit,
}

impl Answer {
    /// Whether it was done.
    pub fn done(&self) -> bool {
        matches!(self, Answer::Done { .. })
    }

    /// The class of the error; `None` if there was none.
    pub fn class(&self) -> Option<Outcome> {
        match self {
            Answer::Done { .. } => None,
            Answer::Refused { class, .. } => Some(*class),
        }
    }

    /// The engine's code; `None` if it did what it was asked.
    pub fn code(&self) -> Option<&str> {
        match self {
            Answer::Done { .. } => None,
            Answer::Refused { code, .. } => Some(code),
        }
    }
}

impl Timeline {
    /// The step with this label.
    pub fn step(&self, label: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.label == label)
    }
}
