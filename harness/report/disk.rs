//! How steady the disk was, from the times of a write and fdatasync beside each trial.

use crate::measure::statistics::quantile;
use serde::Serialize;

use crate::measure::{Probe, Trial};

use super::numbers::{percent, plural, time};

/// How many times the fast tenth the slow tenth may take on a disk that counts as steady.
const STEADY: f64 = 3.0;

/// How many times as slow as before it the disk may be after a trial, or the other way round.
const SAME: f64 = 2.0;

/// The share of trials in which it may be more than that.
const EXCEPTIONS: f64 = 0.1;

/// The 10th percentile, the median and the 90th percentile of times in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Nine of ten are slower.
    pub p10: f64,
    /// Half are slower.
    pub median: f64,
    /// One of ten is slower.
    pub p90: f64,
}

impl Spread {
    /// The spread of these times; `None` if there are none.
    pub fn of(times: &[f64]) -> Option<Spread> {
        Some(Spread {
            p10: quantile(times, 0.1)?,
            median: quantile(times, 0.5)?,
            p90: quantile(times, 0.9)?,
        })
    }

    /// That of the probe's writes over older ones; `None` if it was not kept.
    fn while_probing(probe: &Probe) -> Option<Spread> {
        let times = probe.overwrite;
        Some(Spread {
            p10: times.p10_us?,
            median: times.median_us,
            p90: times.p90_us?,
        })
    }
}

/// A disk whose speed moved so much that trials were measured on different disks, as it were.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drift {
    spread: Spread,
    /// Trials within which the speed changed.
    changed: usize,
    /// Trials with a time before and after.
    timed: usize,
}

/// The times beside a trial, in microseconds.
pub fn times(trial: &Trial) -> impl Iterator<Item = f64> + use<> {
    let both = [trial.fdatasync_us, trial.fdatasync_after_us];
    both.into_iter().flatten()
}

impl Drift {
    /// How the disk drifted beside these trials, or while it was probed if it was timed beside
    /// none; `None` if it was steady.
    pub fn of(trials: &[Trial], probe: Option<&Probe>) -> Option<Drift> {
        let all: Vec<f64> = trials.iter().flat_map(times).collect();
        let pairs = trials
            .iter()
            .filter_map(|trial| trial.fdatasync_us.zip(trial.fdatasync_after_us));
        let changed = pairs
            .clone()
            .filter(|(before, after)| before.max(*after) > SAME * before.min(*after));
        let drift = Drift {
            spread: Spread::of(&all).or_else(|| Spread::while_probing(probe?))?,
            changed: changed.count(),
            timed: pairs.count(),
        };
        let unsteady = drift.spread.p90 > STEADY * drift.spread.p10;
        let restless = drift.changed as f64 > EXCEPTIONS * drift.timed as f64;
        (unsteady || restless).then_some(drift)
    }
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let us = |microseconds: f64| time(microseconds * 1e-6);
        write!(
            f,
            "The disk was not steady: writing a page and waiting for fdatasync took {} (median), but less than {} in a \
             tenth of all tries and more than {} in another",
            us(self.spread.median),
            us(self.spread.p10),
            us(self.spread.p90),
        )?;
        if self.changed > 0 {
            write!(
                f,
                ", and it changed more than twofold within {} of {} ({})",
                self.changed,
                plural(self.timed, "trial", "trials"),
                percent(self.changed as f64 / self.timed as f64),
            )?;
        }
        f.write_str(". Measure on a quieter disk, or in more rounds.")
    }
}
