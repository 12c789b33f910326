//! What bursts of increments say of a claim, setting by setting.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Verdict;
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// The experiment that makes them.
pub const NAME: &str = "busy-errors";

/// What the document's app sets and does: a write-ahead log, five seconds, and its code as it is
/// written.
pub const OWN: Setting<'static> = Setting {
    discipline: "document-as-written",
    timeout_ms: "5000",
    subject: "sqlite-wal-full",
};

/// The same with a connection for each request and with retries, as its text says.
pub const INTENDED: Setting<'static> = Setting {
    discipline: "document-as-intended",
    ..OWN
};

/// What distinguishes one series of bursts from another, but for the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting<'e> {
    /// How the clients increment.
    pub discipline: &'e str,
    /// How long they wait for a lock, in milliseconds; `default` leaves it to the engine.
    pub timeout_ms: &'e str,
    /// On what.
    pub subject: &'e str,
}

impl<'e> Setting<'e> {
    /// The conditions that make it, with so many clients.
    pub fn with(self, clients: &'e str) -> [(&'e str, &'e str); 4] {
        [
            ("discipline", self.discipline),
            ("timeout_ms", self.timeout_ms),
            ("subject", self.subject),
            ("clients", clients),
        ]
    }

    fn of(observation: &'e Observation) -> Setting<'e> {
        Setting {
            discipline: observation.condition("discipline"),
            timeout_ms: observation.condition("timeout_ms"),
            subject: observation.condition("subject"),
        }
    }
}

impl fmt::Display for Setting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timeout = timeout(self.timeout_ms);
        write!(f, "{}, {timeout}, {}", self.discipline, self.subject)
    }
}

fn timeout(milliseconds: &str) -> String {
    match milliseconds {
        "default" => "busy_timeout left alone".to_owned(),
        milliseconds => format!("busy_timeout {milliseconds} ms"),
    }
}

/// Every setting of SQLite in which bursts were made.
pub fn settings(experiment: &Experiment) -> BTreeSet<Setting<'_>> {
    let of = experiment.observations.iter().map(Setting::of);
    of.filter(|setting| setting.subject.starts_with("sqlite"))
        .collect()
}

/// In which settings but the document's own a claim holds and in which it does not, in words.
pub fn elsewhere(verdicts: &BTreeMap<Setting<'_>, Verdict>) -> String {
    let those = |verdict: Verdict| {
        let chosen = verdicts.iter().filter(|(setting, _)| **setting != OWN);
        let chosen = chosen.filter(|(_, found)| **found == verdict);
        listed(chosen.map(|(setting, _)| *setting))
    };
    [
        ("It holds for", Verdict::Supported),
        ("It does not hold for", Verdict::Contradicted),
        ("Not decided for", Verdict::Inconclusive),
    ]
    .into_iter()
    .filter_map(|(words, verdict)| Some(format!(" {words} {}.", those(verdict)?)))
    .collect()
}

/// Settings by discipline and timeout, with the subjects in brackets.
fn listed<'e>(settings: impl Iterator<Item = Setting<'e>>) -> Option<String> {
    let mut subjects: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for setting in settings {
        let key = (setting.discipline, setting.timeout_ms);
        subjects.entry(key).or_default().push(setting.subject);
    }
    let words: Vec<String> = subjects
        .into_iter()
        .map(|((discipline, milliseconds), subjects)| {
            let timeout = timeout(milliseconds);
            format!("{discipline} with {timeout} ({})", subjects.join(", "))
        })
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}
