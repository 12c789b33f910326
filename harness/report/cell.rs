//! The trials of one point, with the void and the failed ones kept apart.

use crate::measure::statistics::Estimate;
use crate::measure::{
    Discipline, KindCounts, Latencies, Measurement, Point, Run, SubjectInfo, Trial,
};

use super::long_trials::LengthBias;
use super::numbers::plural;
use super::{disk, unknown};

/// The trials of one point.
pub struct Cell<'a> {
    /// The point.
    pub point: &'a Point,
    /// Its subject.
    pub subject: SubjectInfo,
    /// How many rounds the plan has.
    pub planned: u32,
    /// Trials that may be compared, with their rounds.
    pub comparable: Vec<(u32, &'a Measurement)>,
    /// Medians of a write and fdatasync before and after each comparable trial, in microseconds.
    pub fdatasync_us: Vec<f64>,
    /// Trials whose audit failed.
    pub void: usize,
    /// Trials that could not run to their end.
    pub failed: usize,
    /// The length bias of its subject, if there is one.
    pub bias: Option<LengthBias>,
}

impl<'a> Cell<'a> {
    /// Sorts the trials of a point.
    pub fn of(run: &'a Run, point: &'a Point) -> Cell<'a> {
        let trials: Vec<&Trial> = run.trials_of(point).collect();
        let known = |trial: &&&Trial| trial.comparable().is_some();
        Cell {
            point,
            subject: run
                .subject(&point.subject)
                .cloned()
                .unwrap_or_else(|| unknown::subject(&point.subject)),
            planned: run.plan.rounds,
            comparable: trials
                .iter()
                .filter_map(|trial| Some((trial.round, trial.comparable()?)))
                .collect(),
            fdatasync_us: trials
                .iter()
                .filter(known)
                .flat_map(|trial| disk::times(trial))
                .collect(),
            void: trials
                .iter()
                .filter(|t| t.measurement().is_some() && t.comparable().is_none())
                .count(),
            failed: trials.iter().filter(|t| t.measurement().is_none()).count(),
            bias: LengthBias::all(run)
                .into_iter()
                .find(|bias| bias.subject == point.subject),
        }
    }

    /// A figure over the rounds that may be compared; `None` without any.
    pub fn estimate(&self, figure: impl Fn(&Measurement) -> f64) -> Option<Estimate> {
        let values: Vec<f64> = self
            .measurements()
            .map(figure)
            .filter(|v| v.is_finite())
            .collect();
        Estimate::of(&values)
    }

    /// Goodput over the rounds, in operations per second.
    pub fn goodput(&self) -> Option<Estimate> {
        self.estimate(Measurement::goodput)
    }

    /// The measurements that may be compared.
    pub fn measurements(&self) -> impl Iterator<Item = &'a Measurement> {
        self.comparable.iter().map(|(_, measurement)| *measurement)
    }

    /// A count added up over the rounds that may be compared.
    pub fn total(&self, count: impl Fn(&Measurement) -> u64) -> u64 {
        self.measurements().map(count).sum()
    }

    /// Latencies of all rounds that may be compared in one histogram.
    pub fn latencies(&self, which: impl Fn(&Measurement) -> &Latencies) -> Latencies {
        let mut merged = Latencies::default();
        for measurement in self.measurements() {
            merged.merge(which(measurement));
        }
        merged
    }

    /// On how many rounds the figures of this point stand: `5 of 6 rounds; 1 void; length bias 0.62`.
    pub fn basis(&self) -> String {
        let mut words = if self.comparable.len() == self.planned as usize {
            plural(self.comparable.len(), "round", "rounds")
        } else {
            let planned = plural(self.planned as usize, "round", "rounds");
            format!("{} of {planned}", self.comparable.len())
        };
        for (count, what) in [(self.void, "void"), (self.failed, "failed")] {
            if count > 0 {
                words.push_str(&format!("; {count} {what}"));
            }
        }
        if let Some(bias) = &self.bias {
            words.push_str(&format!("; {}", bias.mark()));
        }
        words
    }

    /// Whether a round is missing from the figures of this point.
    pub fn lacks_rounds(&self) -> bool {
        self.comparable.len() < self.planned as usize
    }

    /// Whether its clients are naive.
    pub fn is_naive(&self) -> bool {
        self.point.discipline == Discipline::Naive
    }

    /// Its subject as a row of a chart names it: with the discipline if that is not the careful one.
    pub fn row_name(&self) -> String {
        match self.is_naive() {
            true => format!("{}, naive", self.subject.name),
            false => self.subject.name.clone(),
        }
    }

    /// How many clients it has, in words.
    pub fn clients(&self) -> String {
        plural(self.point.clients as usize, "client", "clients")
    }

    /// What operations of one kind came to, added up over the rounds that may be compared.
    pub fn kind(&self, index: usize) -> KindCounts {
        let mut sum = KindCounts::default();
        for counts in self.measurements().filter_map(|m| m.kinds.get(index)) {
            sum.merge(counts);
        }
        sum
    }
}
