//! What the processors did, added up over trials: the kernel counts in hundredths of a second, of
//! which a short trial has too few for a share of its own.

use serde::Serialize;

use crate::measure::{Measurement, Probe, Trial};

/// Seconds of CPU time below which a share would be made of too few ticks.
const ENOUGH: f64 = 1.0;

/// How far the sum may be from processors × time, as a share of it, before it is not believed.
const DEVIATION: f64 = 0.2;

/// The share of stolen CPU time above which the machine was not its own.
pub const STEAL: f64 = 0.05;

/// CPU time of the whole machine over some trials, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Processors {
    busy: f64,
    steal: f64,
    whole: f64,
    /// The length of the trials it is of.
    seconds: f64,
}

impl Processors {
    /// Adds up all of these trials of which the kernel told it.
    pub fn of<'a>(measurements: impl IntoIterator<Item = &'a Measurement>) -> Processors {
        let mut sum = Processors::default();
        for measurement in measurements {
            if let Some(cpu) = measurement.machine_cpu {
                sum.busy += cpu.busy_seconds;
                sum.steal += cpu.steal_seconds;
                sum.whole += cpu.busy_seconds + cpu.idle_seconds + cpu.steal_seconds;
                sum.seconds += measurement.seconds;
            }
        }
        sum
    }

    /// The same if it is about as much as `cpus` processors have; `None` if the kernel must have
    /// counted something else.
    pub fn believable(self, cpus: u32) -> Option<Processors> {
        let expected = f64::from(cpus) * self.seconds;
        let off = (self.whole - expected).abs();
        (self.whole > 0.0 && off <= DEVIATION * expected).then_some(self)
    }

    /// The share that was neither idle nor stolen.
    pub fn busy(&self) -> f64 {
        self.busy / self.whole
    }

    /// The share that the hypervisor gave to other guests; `None` if it is of too few ticks.
    pub fn steal(&self) -> Option<f64> {
        (self.whole >= ENOUGH).then(|| self.steal / self.whole)
    }
}

/// A hypervisor that took so much CPU time that the figures are partly those of other guests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Steal {
    /// The share over all trials.
    pub whole: f64,
    /// Trials long enough for a share of their own in which it was too much.
    pub trials: usize,
    /// The most in such a trial.
    pub most: f64,
}

impl Steal {
    /// What was taken in these trials, or while the machine was probed if they do not tell; `None`
    /// if it was little.
    pub fn of(trials: &[Trial], probe: Option<&Probe>) -> Option<Steal> {
        let measured = || trials.iter().filter_map(|trial| trial.measurement());
        let in_trials = Processors::of(measured()).steal();
        let whole = in_trials
            .or(probe.and_then(|probe| probe.steal))
            .unwrap_or(0.0);
        let shares: Vec<f64> = measured()
            .filter_map(|measurement| Processors::of([measurement]).steal())
            .filter(|share| *share > STEAL)
            .collect();
        (whole > STEAL || !shares.is_empty()).then(|| Steal {
            whole,
            trials: shares.len(),
            most: shares.iter().copied().fold(0.0, f64::max),
        })
    }
}

impl std::fmt::Display for Steal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use super::numbers::{plural, rough_percent};
        write!(
            f,
            "The hypervisor gave {} of the CPU time to other guests",
            rough_percent(self.whole)
        )?;
        if self.trials > 0 {
            write!(
                f,
                ", and more than {} in {} (at most {})",
                rough_percent(STEAL),
                plural(self.trials, "trial", "trials"),
                rough_percent(self.most)
            )?;
        }
        f.write_str(": measure on a quieter machine if you can.")
    }
}
