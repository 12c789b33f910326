//! What an experiment did and found.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Audit, Latencies, Outcome};

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
    /// How much of it was made.
    pub extent: Extent,
    /// What was left out of its full form, one sentence each.
    pub left_out: Vec<String>,
    /// How it was made, in a few sentences: what is counted, what differs between the engines.
    pub method: String,
    /// What clients send, statement by statement, by the way in which they go about it; empty if the
    /// timelines show it.
    pub scripts: BTreeMap<String, Vec<String>>,
    /// The charts that show its observations, the first the one to look at first.
    pub views: Vec<View>,
    /// Interleavings that were stepped by hand.
    pub timelines: Vec<Timeline>,
    /// What was measured or read, condition by condition and repeat by repeat.
    pub observations: Vec<Observation>,
    /// Parts that could not be made, each with its reason.
    pub failures: Vec<String>,
}

/// How much of an experiment is made.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// What a quick run has time for.
    Quick,
    /// What a default run has time for.
    Short,
    /// All of it, at the documents' own sizes.
    Full,
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The condition, by name: the subject, the clients, the timeout. A number stands without its
    /// unit, which is in the name.
    pub conditions: BTreeMap<String, String>,
    /// Which repeat of the condition this is, from 1.
    pub repeat: u32,
    /// What was found, by name with its unit.
    pub figures: BTreeMap<String, f64>,
    /// Latencies, by what they are of; success and failure never share a histogram.
    pub latencies: BTreeMap<String, Latencies>,
    /// The check of what was found; a condition whose audit failed is void.
    pub audit: Audit,
}

/// How observations are drawn: one figure under several conditions. Colour tells the subject, if
/// `subject` is a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its name within the experiment: part of its anchor.
    pub name: String,
    /// What is drawn, in a few words.
    pub title: String,
    /// What has to be known to read it, in a sentence or two.
    pub caption: String,
    /// The figure, as observations name it.
    pub figure: String,
    /// In what it is counted.
    pub unit: Unit,
    /// Whether the axis of the figure is logarithmic; zeros are then drawn at its lower end.
    pub logarithmic: bool,
    /// Only observations that hold these conditions are drawn.
    pub only: BTreeMap<String, String>,
    /// The conditions that part the panels: one panel for each combination that was observed.
    pub panels: Vec<String>,
    /// The conditions that part the rows, or the lines, of a panel.
    pub series: Vec<String>,
    /// The condition, a number, along which lines are drawn; `None` draws one row for each series.
    pub along: Option<String>,
    /// What a document states, to be drawn beside what was found.
    pub stated: Vec<Stated>,
}

/// In what a figure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Whole things.
    Count,
    /// A part of one, shown as a percentage.
    Share,
    /// Milliseconds.
    Milliseconds,
    /// Per second.
    PerSecond,
    /// Times something else.
    Ratio,
}

/// A number that a document states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// Where along the chart; `None` holds everywhere.
    pub at: Option<f64>,
    /// The number, or the lower end of what is stated.
    pub from: f64,
    /// The upper end; the same as `from` if it is one number.
    pub to: f64,
    /// The words of the document for it, in English, e.g. `more than 30 busy`.
    pub words: String,
}

impl Extent {
    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Extent::Quick => "quick",
            Extent::Short => "short",
            Extent::Full => "full",
        }
    }
}

impl Experiment {
    /// The timeline of this name on this subject.
    pub fn timeline(&self, name: &str, subject: &str) -> Option<&Timeline> {
        let found = |timeline: &&Timeline| timeline.name == name && timeline.subject == subject;
        self.timelines.iter().find(found)
    }
}

impl Observation {
    /// An observation of the first repeat under these conditions, without figures yet.
    pub fn under<'a, V: ToString>(
        conditions: impl IntoIterator<Item = (&'a str, V)>,
    ) -> Observation {
        Observation {
            conditions: conditions
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_string()))
                .collect(),
            repeat: 1,
            ..Observation::default()
        }
    }

    /// The same, with one more figure.
    pub fn with(mut self, name: &str, value: f64) -> Observation {
        self.figures.insert(name.to_owned(), value);
        self
    }

    /// Whether a check of it failed, so that it may not be compared. What was only read has no check.
    pub fn void(&self) -> bool {
        self.audit.failed().next().is_some()
    }

    /// The condition of this name; empty if there is none.
    pub fn condition(&self, name: &str) -> &str {
        self.conditions.get(name).map_or("", String::as_str)
    }

    /// The figure of this name.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures.get(name).copied()
    }
}

impl View {
    /// A chart of one figure, with a row for each subject.
    pub fn of(name: &str, title: &str, figure: &str, unit: Unit) -> View {
        View {
            name: name.to_owned(),
            title: title.to_owned(),
            caption: String::new(),
            figure: figure.to_owned(),
            unit,
            logarithmic: false,
            only: BTreeMap::new(),
            panels: Vec::new(),
            series: vec!["subject".to_owned()],
            along: None,
            stated: Vec::new(),
        }
    }

    /// The same, with these words below it.
    pub fn saying(self, caption: &str) -> View {
        let caption = caption.to_owned();
        View { caption, ..self }
    }

    /// The same, parted into panels by these conditions.
    pub fn panels(self, conditions: &[&str]) -> View {
        let panels = conditions.iter().map(|name| (*name).to_owned()).collect();
        View { panels, ..self }
    }

    /// The same, with a row or a line for each combination of these conditions.
    pub fn series(self, conditions: &[&str]) -> View {
        let series = conditions.iter().map(|name| (*name).to_owned()).collect();
        View { series, ..self }
    }

    /// The same, drawn as lines along a condition that is a number.
    pub fn along(self, condition: &str) -> View {
        let along = Some(condition.to_owned());
        View { along, ..self }
    }

    /// The same, of these observations only.
    pub fn only(mut self, condition: &str, value: &str) -> View {
        self.only.insert(condition.to_owned(), value.to_owned());
        self
    }

    /// The same, on a logarithmic axis.
    pub fn logarithmic(self) -> View {
        let logarithmic = true;
        View {
            logarithmic,
            ..self
        }
    }

    /// The same, with what a document states beside it.
    pub fn stated(mut self, at: Option<f64>, from: f64, to: f64, words: &str) -> View {
        let words = words.to_owned();
        self.stated.push(Stated {
            at,
            from,
            to,
            words,
        });
        self
    }
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
