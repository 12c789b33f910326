//! What the long trials of a run tell: whether its other trials are long enough, and which clients starve.

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::measure::statistics::{Estimate, prediction};
use crate::measure::{Measurement, Run, SubjectInfo, Trial};
use crate::report::numbers::{
    NOTHING, chosen_time, count, list, number, percent, plural, ratio, time,
};
use crate::report::table::{Kind, Table};
use crate::report::unknown;

/// By how much the goodput of a long trial must differ from that of the rounds for it to matter.
pub const TOLERANCE: f64 = 0.05;

/// Waits that a person notices, and waits that a person leaves for, in seconds.
pub const WAITS: [f64; 2] = [0.1, 1.0];

/// A long trial beside the rounds of the same point.
pub struct LongTrial<'a> {
    /// The trial.
    pub trial: &'a Trial,
    /// Its subject.
    pub subject: SubjectInfo,
    /// What it measured, if that may be compared.
    pub measured: Option<&'a Measurement>,
    /// Goodput over the rounds, in operations per second.
    pub rounds: Option<Estimate>,
    /// Where one more round would lie with a probability of 95 %.
    expected: Option<RangeInclusive<f64>>,
}

/// Every long trial of a run, in the order of its subjects.
pub fn of(run: &Run) -> Vec<LongTrial<'_>> {
    run.long_trials
        .iter()
        .map(|trial| LongTrial::of(run, trial))
        .collect()
}

impl<'a> LongTrial<'a> {
    fn of(run: &'a Run, trial: &'a Trial) -> LongTrial<'a> {
        let rounds = run.trials_of(&trial.point).filter_map(Trial::comparable);
        let goodput: Vec<f64> = rounds.map(Measurement::goodput).collect();
        let name = &trial.point.subject;
        LongTrial {
            trial,
            subject: run
                .subject(name)
                .cloned()
                .unwrap_or_else(|| unknown::subject(name)),
            measured: trial.comparable(),
            rounds: Estimate::of(&goodput),
            expected: prediction(&goodput),
        }
    }

    /// The length bias: the goodput of the rounds as a share of that of the long trial.
    pub fn bias(&self) -> Option<f64> {
        let long = self.measured?.goodput();
        (long > 0.0).then(|| Some(self.rounds?.median / long))?
    }

    /// Whether the rounds would have another goodput if their trials were longer; `None` if that cannot be told.
    pub fn is_biased(&self) -> Option<bool> {
        let long = self.measured?.goodput();
        let differs = (self.bias()? - 1.0).abs() > TOLERANCE;
        Some(differs && !self.expected.as_ref()?.contains(&long))
    }

    fn point(&self) -> String {
        let point = &self.trial.point;
        format!(
            "{}, {}",
            point.workload,
            plural(point.clients as usize, "client", "clients")
        )
    }
}

/// A subject whose trials are too short, or too long, for its goodput.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LengthBias {
    /// The subject.
    pub subject: String,
    /// Its goodput in the rounds as a share of that in the long trial.
    pub bias: f64,
    point: String,
    seconds: f64,
    long_seconds: f64,
}

impl LengthBias {
    /// Every such subject of a run.
    pub fn all(run: &Run) -> Vec<LengthBias> {
        let biased = of(run)
            .into_iter()
            .filter(|long| long.is_biased() == Some(true));
        biased
            .filter_map(|long| {
                let seconds = run
                    .trials_of(&long.trial.point)
                    .find_map(Trial::comparable)?
                    .seconds;
                Some(LengthBias {
                    bias: long.bias()?,
                    point: long.point(),
                    seconds,
                    long_seconds: run.plan.long_seconds,
                    subject: long.subject.name,
                })
            })
            .collect()
    }

    /// The mark beside every figure of the subject.
    pub fn mark(&self) -> String {
        format!("length bias {}", ratio(self.bias))
    }
}

impl std::fmt::Display for LengthBias {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: trials of {} have {} of the goodput of a trial of {} ({}). Its figures are marked. Measure longer \
             trials: --seconds {}.",
            self.subject,
            chosen_time(self.seconds),
            ratio(self.bias),
            chosen_time(self.long_seconds),
            self.point,
            (2.0 * self.seconds).min(self.long_seconds)
        )
    }
}

/// One sentence on who starved; `None` without a long trial of several clients.
pub fn sentence(run: &Run) -> Option<String> {
    let trials = of(run);
    let first = trials.iter().find(|long| long.trial.point.clients > 1)?;
    let each: Vec<String> = trials
        .iter()
        .filter(|long| long.trial.point.clients > 1)
        .filter_map(|long| {
            let measured = long.measured?;
            let starved = some(measured.starved_clients()).map(|n| {
                format!(
                    "{n} of {} clients committed nothing",
                    long.trial.point.clients
                )
            });
            let given_up = some(measured.given_up_total() as usize)
                .map(|n| format!("{} given up", plural(n, "operation", "operations")));
            let also: Vec<String> = starved.into_iter().chain(given_up).collect();
            let also = match also.is_empty() {
                true => String::new(),
                false => format!(" ({})", also.join(", ")),
            };
            Some(format!(
                "{} on {}{also}",
                time(measured.longest()?),
                long.subject.name
            ))
        })
        .collect();
    (!each.is_empty()).then(|| {
        format!(
            "In one trial of {} ({}) the longest wait was {}.",
            chosen_time(run.plan.long_seconds),
            first.point(),
            list(&each)
        )
    })
}

fn some(count: usize) -> Option<usize> {
    (count > 0).then_some(count)
}

/// The long trials as a table.
pub fn table(run: &Run) -> Table {
    let [noticed, left] = WAITS.map(|bound| format!("time in waits > {}", chosen_time(bound)));
    let mut table = Table::new(&[
        ("workload", Kind::Head),
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("durability tier", Kind::Text),
        ("goodput, long trial", Kind::Number),
        ("goodput, rounds", Kind::Number),
        ("rounds / long", Kind::Number),
        ("longest wait", Kind::Number),
        ("clients without a commit", Kind::Number),
        ("worst client / mean", Kind::Number),
        (&noticed, Kind::Number),
        (&left, Kind::Number),
        ("given up", Kind::Number),
    ]);
    for long in of(run) {
        let of = |text: &dyn Fn(&Measurement) -> Option<String>| {
            long.measured
                .and_then(text)
                .unwrap_or_else(|| NOTHING.to_owned())
        };
        let bias = match (long.bias(), long.is_biased()) {
            (Some(bias), Some(true)) => format!("{} (biased)", ratio(bias)),
            (Some(bias), Some(false)) => ratio(bias),
            (Some(bias), None) => format!("{} (too few rounds to judge)", ratio(bias)),
            (None, _) => NOTHING.to_owned(),
        };
        table.row([
            long.trial.point.workload.clone(),
            long.trial.point.clients.to_string(),
            long.subject.name.clone(),
            long.subject.tier.to_string(),
            of(&|m| Some(format!("{}/s", number(m.goodput())))),
            long.rounds
                .map_or(NOTHING.to_owned(), |e| format!("{}/s", number(e.median))),
            bias,
            of(&|m| m.longest().map(time)),
            of(&|m| Some(m.starved_clients().to_string())),
            of(&|m| m.worst_client().map(ratio)),
            of(&|m| m.time_above(WAITS[0]).map(percent)),
            of(&|m| m.time_above(WAITS[1]).map(percent)),
            of(&|m| Some(count(m.given_up_total()))),
        ]);
    }
    table.note = format!(
        "One trial for each subject, so no interval. Biased: the long trial differs from the median of the rounds by more than {} and \
         lies outside of the range in which one more round falls with a probability of 95 %. Waits: the share of the clients' time.",
        percent(TOLERANCE)
    );
    table
}
