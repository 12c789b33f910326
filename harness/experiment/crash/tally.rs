//! Adding up what was found after each crash.

use super::check::Found;
use crate::measure::experiment::Observation;
use crate::measure::{Audit, Check};

/// What crashes of one kind came to.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How often the database was checked: after each crash, or after each try without one.
    pub checked: u32,
    /// Crashes.
    pub kills: u32,
    /// Crashes that left a transaction unfinished.
    pub unfinished: u32,
    /// Crashes that hit a write: they left a transaction unfinished, or one that was finished and not
    /// yet acknowledged.
    pub hit: u32,
    /// Checks that found the database corrupt, whoever noticed.
    pub corrupt: u32,
    /// Checks in which the engine's own complained.
    pub noticed: u32,
    /// Acknowledged commits that were looked for.
    pub acknowledged: i64,
    /// Of those, the ones that were not there.
    pub gone: i64,
    /// Commits that were there although nobody had heard of them.
    pub in_flight: i64,
    /// More figures, by name.
    pub more: Vec<(&'static str, f64)>,
    /// What the crashes themselves must have been like, or they prove nothing.
    pub audit: Audit,
    complaint: Option<String>,
}

impl Tally {
    /// Counts one check: how many commits were acknowledged since the last one, whether a crash left a
    /// transaction unfinished, if there was a crash, and what was found.
    pub fn add(&mut self, acknowledged: i64, unfinished: Option<bool>, found: &Found) {
        self.checked += 1;
        if let Some(unfinished) = unfinished {
            self.kills += 1;
            self.unfinished += u32::from(unfinished);
            self.hit += u32::from(unfinished || found.in_flight > 0);
        }
        self.corrupt += u32::from(found.corrupt());
        self.noticed += u32::from(!found.complaints.is_empty());
        self.acknowledged += acknowledged;
        self.gone += found.gone;
        self.in_flight += found.in_flight;
        if self.complaint.is_none() {
            let all = found.complaints.iter().chain(&found.broken);
            // SQLite begins with a heading.
            let mut lines = all.flat_map(|words| words.lines());
            let first = lines.find(|line| !line.starts_with("***"));
            self.complaint = first.map(str::to_owned);
        }
    }

    /// Demands that this many crashes were of a kind.
    pub fn demand(&mut self, what: &str, expected: u32, found: u32) {
        let check = Check::number(what, expected.into(), found.into());
        self.audit.checks.push(check);
    }

    /// Demands that at least one crash was of a kind.
    pub fn demand_some(&mut self, what: &str, found: u32) {
        self.audit.checks.push(Check {
            what: what.to_owned(),
            expected: "at least 1".to_owned(),
            found: found.to_string(),
            passed: found > 0,
        });
    }

    /// What is told of it.
    pub fn observation(mut self, subject: &str, way: &str, repeat: u32) -> Observation {
        if let Some(complaint) = self.complaint {
            // Not a demand: what is wrong is the figure, and this is how it read.
            self.audit.checks.push(Check {
                what: "the first thing wrong in the database".to_owned(),
                expected: "anything".to_owned(),
                found: complaint,
                passed: true,
            });
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let checked = f64::from(self.checked);
        let (acknowledged, gone) = (self.acknowledged as f64, self.gone as f64);
        let mut observation = Observation {
            repeat,
            audit: self.audit,
            ..Observation::under([("subject", subject), ("way", way)])
        }
        .with("checked", checked)
        .with("corrupt", f64::from(self.corrupt))
        .with("noticed_by_integrity_check", f64::from(self.noticed))
        .with("acknowledged", acknowledged)
        .with("acknowledged_gone", gone)
        .with("in_flight_stored", self.in_flight as f64)
        .with("share_corrupt", share(f64::from(self.corrupt), checked))
        .with("share_gone", share(gone, acknowledged));
        if self.kills > 0 {
            let (kills, hit) = (f64::from(self.kills), f64::from(self.hit));
            observation = observation
                .with("kills", kills)
                .with("unfinished", f64::from(self.unfinished))
                .with("hit_a_write", hit)
                .with("share_hit", share(hit, kills));
        }
        for (name, value) in self.more {
            observation = observation.with(name, value);
        }
        observation
    }
}
