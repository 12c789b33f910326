//! What bursts of increments say of a claim, setting by setting: in processes, and through the app.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::evidence::of;
use super::{Judgement, Verdict, anchor, app};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// The experiment that makes them in processes.
pub const NAME: &str = "busy-errors";

/// What the document's app sets and does: a write-ahead log, five seconds, and its code as it is
/// written.
pub const OWN: Setting<'static> = Setting {
    discipline: "document-as-written",
    timeout_ms: "5000",
    pool: "",
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
    /// How many connections an instance of the app keeps; `none` if each request opens its own, and
    /// nothing where clients have one each and ask no app.
    pub pool: &'e str,
    /// On what.
    pub subject: &'e str,
}

impl<'e> Setting<'e> {
    /// The same through the app, which opens a connection for each request.
    pub const fn over_http(self) -> Setting<'e> {
        Setting {
            pool: "none",
            ..self
        }
    }

    /// The conditions that make it, with so many clients that increment once.
    pub fn with(self, clients: &'e str) -> [(&'e str, &'e str); 6] {
        // In processes nothing else is made, and no condition says so.
        let each = if self.pool.is_empty() { "" } else { "1" };
        [
            ("discipline", self.discipline),
            ("timeout_ms", self.timeout_ms),
            ("pool", self.pool),
            ("subject", self.subject),
            ("each", each),
            ("clients", clients),
        ]
    }

    /// What connections an instance of the app has, to be told after the timeout. The document's code
    /// as it is written has one, whatever it is told.
    fn connections(self) -> String {
        match (self.discipline, self.pool) {
            (_, "") | ("document-as-written", _) => String::new(),
            (_, "none") => ", a connection for each request".to_owned(),
            (_, size) => format!(", {size} connections for each instance"),
        }
    }

    fn of(observation: &'e Observation) -> Setting<'e> {
        Setting {
            discipline: observation.condition("discipline"),
            timeout_ms: observation.condition("timeout_ms"),
            pool: observation.condition("pool"),
            subject: observation.condition("subject"),
        }
    }
}

impl fmt::Display for Setting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (timeout, pool) = (timeout(self.timeout_ms), self.connections());
        write!(f, "{}, {timeout}{pool}, {}", self.discipline, self.subject)
    }
}

fn timeout(milliseconds: &str) -> String {
    match milliseconds {
        "default" => "busy_timeout left alone".to_owned(),
        milliseconds => format!("busy_timeout {milliseconds} ms"),
    }
}

/// What a claim asks of bursts.
pub struct Question {
    /// What one setting says of it.
    pub verdict: fn(&Experiment, Setting<'_>) -> Option<Verdict>,
    /// The figures of one setting, in words.
    pub figures: fn(&Experiment, Setting<'_>) -> Option<String>,
    /// How the bursts that it looks at are made, in words.
    pub bursts: &'static str,
    /// What is known of bursts in processes, to be told with them.
    pub remark: &'static str,
    /// The charts that show it in processes.
    pub views: &'static [&'static str],
    /// The charts that show it through the app.
    pub views_over_http: &'static [&'static str],
}

impl Question {
    /// What bursts say of it: those in processes decide, unless only those through the app were made.
    pub fn judge(&self, found: &[Experiment]) -> Option<Judgement> {
        let in_processes = of(found, NAME).and_then(|found| {
            let place = format!("in four processes{}", self.remark);
            self.judge_one(found, OWN, INTENDED, &place, self.views)
        });
        let through_app = of(found, app::NAME).and_then(|found| {
            let (own, intended) = (OWN.over_http(), INTENDED.over_http());
            self.judge_one(
                found,
                own,
                intended,
                &app::instances(found),
                self.views_over_http,
            )
        });
        app::beside(in_processes, through_app)
    }

    fn judge_one(
        &self,
        found: &Experiment,
        own: Setting<'_>,
        intended: Setting<'_>,
        place: &str,
        views: &[&str],
    ) -> Option<Judgement> {
        let in_setting = |setting| Some((setting, (self.verdict)(found, setting)?));
        let verdicts: BTreeMap<Setting<'_>, Verdict> =
            settings(found).into_iter().filter_map(in_setting).collect();
        let verdict = *verdicts.get(&own)?;
        let figures: Vec<String> = [own, intended]
            .into_iter()
            .filter_map(|setting| (self.figures)(found, setting))
            .collect();
        let conditions = format!(
            "with the document's code as it is written and its own settings ({own}), {}, {place}.{}",
            self.bursts,
            elsewhere(&verdicts, own)
        );
        let seen_at = views.iter().map(|view| anchor(&found.name, Some(view)));
        Some(Judgement::new(verdict, conditions, figures.join(" ")).seen_at(seen_at))
    }
}

/// Every setting of SQLite in which bursts were made.
fn settings(experiment: &Experiment) -> BTreeSet<Setting<'_>> {
    let of = experiment.observations.iter().map(Setting::of);
    of.filter(|setting| setting.subject.starts_with("sqlite"))
        .collect()
}

/// In which settings but the document's own a claim holds and in which it does not, in words.
fn elsewhere(verdicts: &BTreeMap<Setting<'_>, Verdict>, own: Setting<'_>) -> String {
    let those = |verdict: Verdict| {
        let chosen = verdicts.iter().filter(|(setting, _)| **setting != own);
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

/// Settings by all but the subjects, with those in brackets.
fn listed<'e>(settings: impl Iterator<Item = Setting<'e>>) -> Option<String> {
    let mut subjects: BTreeMap<Setting<'_>, Vec<&str>> = BTreeMap::new();
    for setting in settings {
        let key = Setting {
            subject: "",
            ..setting
        };
        subjects.entry(key).or_default().push(setting.subject);
    }
    let words: Vec<String> = subjects
        .into_iter()
        .map(|(setting, subjects)| {
            let (timeout, pool) = (timeout(setting.timeout_ms), setting.connections());
            let subjects = subjects.join(", ");
            format!("{} with {timeout}{pool} ({subjects})", setting.discipline)
        })
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}
