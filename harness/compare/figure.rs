//! A figure of two runs: what it is, where it was found, and what it rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::statistics::{Samples, Scale};
use crate::report::basis::slug;

/// What a figure stands on, which says where a change of it holds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// No clock measured it: syncs, attempts, errors, losses, audits, verdicts. What a commit costs
    /// and what is lost holds on every machine; how often clients are in each other's way may differ
    /// with its speed.
    Count,
    /// A time beside what the other subjects did in the same round: what slowed the machine down
    /// cancels.
    Ratio,
    /// A time by itself, with whatever the machine did that day.
    Time,
}

impl Basis {
    /// Every basis, the firmest first.
    pub const ALL: [Basis; 3] = [Basis::Count, Basis::Ratio, Basis::Time];

    /// Its name on the command line: that of all its figures.
    pub fn plural(self) -> &'static str {
        match self {
            Basis::Count => "counts",
            Basis::Ratio => "ratios",
            Basis::Time => "times",
        }
    }

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        self.plural().trim_end_matches('s')
    }
}

/// Which way is better, and how people say that it went there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Less is better, and less is faster.
    Faster,
}

/// In what a figure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Operations per second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// A part of one, shown as a percentage.
    Share,
    /// Whole things, or so many of them per commit.
    Number,
    /// Bytes per commit.
    Bytes,
}

/// Where a figure was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it belongs to: a workload, `all workloads`, `claims` or `experiments`.
    pub group: String,
    /// Where in it, in words; the group is not repeated.
    pub words: String,
    /// The same as a name that stays the same from run to run.
    pub id: String,
}

/// A figure of two runs.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Where it was found.
    pub place: Place,
    /// Its name, in a few words: unique at its place.
    pub name: String,
    /// What it stands on.
    pub basis: Basis,
    /// Which way is better.
    pub better: Better,
    /// In what it is counted.
    pub unit: Unit,
    /// What both runs say of it.
    pub evidence: Evidence,
}

impl Figure {
    /// A name that stays the same from run to run, and that no other figure has.
    pub fn id(&self) -> String {
        let (place, basis) = (&self.place.id, self.basis.name());
        format!("{place}/{basis}/{}", slug(&self.name))
    }
}

/// What both runs say of a figure.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// A value in each round.
    Rounds(Rounds),
    /// Counted once in each run.
    Counted {
        /// What was counted in the base.
        base: f64,
        /// What was counted in the new run.
        new: f64,
        /// The smallest difference worth telling.
        least: f64,
        /// Why it may differ between two runs of the same thing; `None` if it does not.
        varies: Option<&'static str>,
    },
    /// Something that holds or does not.
    Event(Event),
}

/// A value in each round of both runs.
#[derive(Debug, Clone)]
pub struct Rounds {
    /// The base's.
    pub base: Vec<f64>,
    /// The new run's.
    pub new: Vec<f64>,
    /// Both of each round that both have, if they were made in turns.
    pub pairs: Option<Vec<(f64, f64)>>,
    /// How it is judged.
    pub scale: Scale,
    /// What the others did, for a figure that is relative to them.
    pub moved: Option<Moved>,
    /// Whether whole runs of the same thing differ in it by more than their rounds show: what stands on
    /// the few slowest operations, or on which client happens to be served first.
    pub unsteady: bool,
}

/// How a subject and the others changed, as logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moved {
    /// How the subject itself changed.
    pub own: f64,
    /// How the median of the others changed.
    pub others: f64,
}

/// Something that holds in a run or does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// How often, or how, in the base.
    pub base: String,
    /// The same in the new run.
    pub new: String,
    /// What that is.
    pub verdict: super::Verdict,
    /// What to know of it, as a sentence.
    pub sentence: String,
}

impl Rounds {
    /// The same, of which it is known whether it is [`unsteady`](Rounds::unsteady).
    pub fn unsteady(self, unsteady: bool) -> Rounds {
        Rounds { unsteady, ..self }
    }

    /// The samples to judge.
    pub fn samples(&self) -> Samples<'_> {
        match &self.pairs {
            Some(pairs) => Samples::Paired(pairs),
            None => Samples::Independent(&self.base, &self.new),
        }
    }

    /// How many rounds the side with fewer of them has.
    pub fn fewest(&self) -> usize {
        match &self.pairs {
            Some(pairs) => pairs.len(),
            None => self.base.len().min(self.new.len()),
        }
    }

    /// Whether every value of both runs is the same, so that there is nothing to judge.
    pub fn all_equal(&self) -> bool {
        let mut all = self.base.iter().chain(&self.new);
        let first = all.next();
        self.fewest() > 0 && all.all(|value| Some(value) == first)
    }
}

impl Moved {
    /// Whether what a ratio shows is the subject's own doing: it went that way itself, and the others
    /// did not go further the other way.
    ///
    /// A ratio falls if its numerator falls or if its denominator rises. Without this, subjects that
    /// became faster would make regressions of those that did not. The price: on a machine that was
    /// itself faster in the new run, a subject must have become slower by twice as much to be told so.
    pub fn is_own(&self) -> bool {
        let ratio = self.own - self.others;
        let opposite = self.others * ratio < 0.0;
        self.own * ratio > 0.0 && (!opposite || self.own.abs() >= self.others.abs())
    }
}
