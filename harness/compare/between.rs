//! How much runs of the same thing differ from each other, as past runs show it.
//!
//! Rounds of a run share its day: what differs between whole runs does not show in them. It does from
//! one past run to the next. Half the squared difference of neighbours is the variance of one of them
//! (von Neumann, *Annals of Mathematical Statistics* 12, 1941; Rice, *Annals of Statistics* 12, 1984),
//! and the median of the differences, times 1.4826, stands for their standard deviation, so that a
//! step or a spike in the past is one large difference among many and no noise (Hampel, *Journal of
//! the American Statistical Association* 69, 1974). What of it the rounds show already is taken off:
//! the rest is the variance between runs (variance components; Searle, Casella and McCulloch, 1992).

use super::statistics::Effect;

/// The fewest past runs from which the noise between runs is told.
pub const RUNS_NEEDED: usize = 5;

/// The standard deviation of normal numbers over the median of their distances from nothing.
const OF_NORMAL: f64 = 1.4826;

/// Degrees of freedom for each past run. So many give Student's *t* the tails that a difference has
/// over this estimate where runs differ at random: in simulations of 5 to 60 runs between 0.37 and
/// 0.6 for each, the same at 1 % as at 0.01 %.
const FREEDOM: f64 = 0.375;

/// A figure of a past run, on the scale on which it is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfRun {
    /// The mean of its rounds.
    pub mean: f64,
    /// The variance of that mean, as the rounds show it.
    pub variance: f64,
}

/// How much runs differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// The variance between runs beyond what their rounds show.
    pub between: f64,
    /// The variance of a run's figure with both, as successive runs show it.
    pub total: f64,
    /// The degrees of freedom of that.
    pub freedom: f64,
}

impl Noise {
    /// The noise between past runs, in the order in which they were made; `None` of fewer than
    /// [`RUNS_NEEDED`].
    pub fn of(past: &[OfRun]) -> Option<Noise> {
        if past.len() < RUNS_NEEDED {
            return None;
        }
        let apart: Vec<f64> = past
            .windows(2)
            .map(|pair| (pair[1].mean - pair[0].mean).abs())
            .collect();
        let middle = crate::measure::statistics::quantile(&apart, 0.5)?;
        let total = (OF_NORMAL * middle).powi(2) / 2.0;
        let within = past.iter().map(|run| run.variance).sum::<f64>() / past.len() as f64;
        Some(Noise {
            between: (total - within).max(0.0),
            total,
            freedom: FREEDOM * past.len() as f64,
        })
    }
}

impl Effect {
    /// The effect between two runs that differ by this noise as well: once for either.
    ///
    /// Degrees of freedom are Satterthwaite's (*Biometrics Bulletin* 2, 1946). Those of what is between
    /// runs count neither what was taken off as known for sure, which would call too much changed, nor
    /// as not known at all, which would make runs blind that hardly differ: but half way, as a
    /// geometric mean. `simulated_history.rs` shows what comes of it.
    pub fn between_runs(self, noise: &Noise) -> Effect {
        if noise.between == 0.0 {
            return self;
        }
        let within = self.error.powi(2);
        let variance = within + 2.0 * noise.between;
        let between = 4.0 * noise.between * noise.total / noise.freedom;
        let parts = within.powi(2) / self.freedom + between;
        Effect {
            error: variance.sqrt(),
            freedom: variance.powi(2) / parts,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(means: &[f64], variance: f64) -> Vec<OfRun> {
        let of = |mean: &f64| OfRun {
            mean: *mean,
            variance,
        };
        means.iter().map(of).collect()
    }

    #[test]
    fn a_step_and_a_spike_in_the_past_are_no_noise() {
        let quiet = [0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0, 0.1];
        let mut strange = quiet;
        strange[5..].iter_mut().for_each(|value| *value += 3.0);
        strange[2] += 5.0;
        let of = |means| Noise::of(&past(means, 0.0)).unwrap();
        assert!((of(&strange).total - of(&quiet).total).abs() < 1e-9);
        assert!((of(&quiet).total.sqrt() - 0.1 * 1.4826 / 2f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn what_rounds_show_already_is_not_added_again() {
        let means = [0.0, 0.1, 0.0, 0.1, 0.0, 0.1];
        let all = Noise::of(&past(&means, 0.0)).unwrap();
        let half = Noise::of(&past(&means, all.total / 2.0)).unwrap();
        assert!((half.between - all.total / 2.0).abs() < 1e-12);
        let effect = Effect {
            estimate: 0.2,
            error: 0.1,
            freedom: 10.0,
        };
        let none = Noise::of(&past(&means, 1.0)).unwrap();
        assert_eq!(effect.between_runs(&none), effect);
        let wider = effect.between_runs(&all);
        assert!((wider.error.powi(2) - 0.01 - 2.0 * all.between).abs() < 1e-12);
        assert!(wider.freedom < effect.freedom && wider.p() > effect.p());
    }

    #[test]
    fn four_past_runs_say_nothing_of_noise() {
        assert_eq!(Noise::of(&past(&[0.0, 1.0, 0.0, 1.0], 0.0)), None);
    }
}
