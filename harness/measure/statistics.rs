//! Statistics over rounds.
//!
//! The round is the replicate: samples within a trial share its luck and say nothing of how much
//! the figure would move if it were measured again.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, StudentsT};

/// The fewest rounds from which an interval is claimed. The range of five values covers their
/// median with probability 1 - 2·(1/2)⁵ = 0.938, that of six with 0.969.
pub const ROUNDS_FOR_INTERVAL: usize = 6;

/// The confidence an interval reaches at least.
pub const CONFIDENCE: f64 = 0.95;

/// A median of rounds and how far it is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The median of the rounds.
    pub median: f64,
    /// The lower end of the interval, or the smallest value if none is claimed.
    pub lower: f64,
    /// The upper end of the interval, or the largest value if none is claimed.
    pub upper: f64,
    /// How many rounds it is from.
    pub rounds: usize,
    /// The probability with which an interval made this way covers the true median; `None` if
    /// there are too few rounds to claim one, and `lower` and `upper` are only the range.
    pub confidence: Option<f64>,
}

impl Estimate {
    /// The median of `values` with its order-statistic interval; `None` without any value.
    ///
    /// The interval runs from the k-th smallest to the k-th largest value, with the largest k
    /// whose coverage 1 - 2·P(B(n, 1/2) < k) is at least [`CONFIDENCE`] (Conover, *Practical
    /// Nonparametric Statistics*, 3rd ed., section 3.2). It assumes no distribution.
    pub fn of(values: &[f64]) -> Option<Estimate> {
        let mut sorted: Vec<f64> = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let rounds = sorted.len();
        let (&lowest, &highest) = (sorted.first()?, sorted.last()?);
        let median = (sorted[(rounds - 1) / 2] + sorted[rounds / 2]) / 2.0;
        if rounds < ROUNDS_FOR_INTERVAL {
            return Some(Estimate {
                median,
                lower: lowest,
                upper: highest,
                rounds,
                confidence: None,
            });
        }
        let heads = Binomial::new(0.5, rounds as u64).expect("one half is a probability");
        let coverage = |k: usize| 1.0 - 2.0 * heads.cdf(k as u64 - 1);
        let k = (1..=rounds.div_ceil(2))
            .take_while(|k| coverage(*k) >= CONFIDENCE)
            .last();
        let k = k.expect("six values or more cover their median with 95 %");
        Some(Estimate {
            median,
            lower: sorted[k - 1],
            upper: sorted[rounds - k],
            rounds,
            confidence: Some(coverage(k)),
        })
    }

    /// The ratio of two figures, taken round by round so that what slowed a whole round down
    /// cancels; `None` if no round has one. `pairs` holds the numerator and the denominator.
    ///
    /// Something over nothing is infinite and stays, as order statistics allow: to leave it out
    /// would forgive the denominator the rounds in which it did worst. Nothing over nothing is no
    /// ratio and is left out.
    pub fn of_ratio(pairs: &[(f64, f64)]) -> Option<Estimate> {
        let ratios: Vec<f64> = pairs
            .iter()
            .filter(|(a, b)| *a > 0.0 || *b > 0.0)
            .map(|(a, b)| a / b)
            .collect();
        Estimate::of(&ratios)
    }

    /// The width of the interval as a share of the median: a true effect of this size is told from
    /// none in at least four of five runs such as this one; one of half the width in every second
    /// only. Infinite if no effect could be; `None` without an interval.
    pub fn smallest_effect(&self) -> Option<f64> {
        let width = match self.upper.is_finite() {
            true => (self.upper - self.lower) / self.median,
            false => f64::INFINITY,
        };
        (self.confidence.is_some() && self.median > 0.0).then_some(width)
    }
}

/// Where one more round of the same thing would lie with a probability of [`CONFIDENCE`], if the logarithms of
/// `values` are normally distributed: their mean ± t(n - 1) · s · √(1 + 1/n) (Hahn and Meeker, *Statistical
/// Intervals*, 2nd ed., section 4.8). `None` of fewer than three values, or if one is not above 0.
pub fn prediction(values: &[f64]) -> Option<RangeInclusive<f64>> {
    let n = values.len() as f64;
    if n < 3.0 || values.iter().any(|value| *value <= 0.0) {
        return None;
    }
    let logarithms: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let mean = logarithms.iter().sum::<f64>() / n;
    let squares: f64 = logarithms.iter().map(|ln| (ln - mean).powi(2)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    let t = StudentsT::new(0.0, 1.0, n - 1.0).expect("two degrees of freedom or more");
    let margin = t.inverse_cdf(0.5 + CONFIDENCE / 2.0) * deviation * (1.0 + 1.0 / n).sqrt();
    Some((mean - margin).exp()..=(mean + margin).exp())
}

/// The value below which a share of `values`, from 0 to 1, lies, between two values in proportion
/// to their distance; `None` without any value.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (
        sorted[place.floor() as usize],
        sorted[place.ceil() as usize],
    );
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn one_more_round_of_the_same_lies_where_it_was_predicted_in_19_of_20_cases() {
        let mut random = StdRng::seed_from_u64(1);
        for rounds in [3, 6, 21] {
            let mut normal = || {
                let sum: f64 = (0..12).map(|_| random.random::<f64>()).sum();
                (8.0 + 0.2 * (sum - 6.0)).exp()
            };
            let mut met = 0;
            for _ in 0..4_000 {
                let values: Vec<f64> = (0..rounds).map(|_| normal()).collect();
                met += u32::from(prediction(&values).unwrap().contains(&normal()));
            }
            let share = f64::from(met) / 4_000.0;
            assert!((0.935..0.965).contains(&share), "{rounds} rounds: {share}");
        }
        assert_eq!(prediction(&[1.0, 2.0]), None);
        assert_eq!(prediction(&[1.0, 2.0, 0.0]), None);
    }

    #[test]
    fn six_rounds_give_their_range_as_a_97_percent_interval() {
        let estimate = Estimate::of(&[6.0, 1.0, 5.0, 2.0, 4.0, 3.0]).unwrap();
        assert_eq!(
            (estimate.lower, estimate.median, estimate.upper),
            (1.0, 3.5, 6.0)
        );
        assert!((estimate.confidence.unwrap() - 0.96875).abs() < 1e-9);
    }

    #[test]
    fn five_rounds_claim_no_interval() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!(estimate.confidence, None);
        assert_eq!(estimate.smallest_effect(), None);
        assert_eq!(
            (estimate.lower, estimate.median, estimate.upper),
            (1.0, 3.0, 5.0)
        );
    }

    #[test]
    fn more_rounds_leave_out_outliers() {
        // Table of the sign test: for n = 9 the interval is from the 2nd to the 8th (96.1 %).
        let values: Vec<f64> = (1..=9).map(f64::from).collect();
        let estimate = Estimate::of(&values).unwrap();
        assert_eq!((estimate.lower, estimate.upper), (2.0, 8.0));
        assert!((estimate.confidence.unwrap() - 0.9609375).abs() < 1e-9);
    }

    #[test]
    fn no_value_has_no_median() {
        assert_eq!(Estimate::of(&[]), None);
        assert_eq!(Estimate::of_ratio(&[(0.0, 0.0)]), None);
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_round_in_which_the_denominator_did_nothing_counts_against_it() {
        let estimate = Estimate::of_ratio(&[(2.0, 1.0), (5.0, 0.0), (0.0, 0.0), (3.0, 1.0)]);
        let estimate = estimate.unwrap();
        assert_eq!(
            (estimate.lower, estimate.median, estimate.upper),
            (2.0, 3.0, f64::INFINITY)
        );
        assert_eq!(estimate.rounds, 3, "nothing over nothing is no ratio");
    }

    #[test]
    fn the_smallest_effect_is_the_whole_width_of_the_interval() {
        let effect = |values: &[f64]| Estimate::of(values).unwrap().smallest_effect();
        let found = effect(&[0.9, 0.95, 1.0, 1.0, 1.05, 1.1]).unwrap();
        assert!((found - 0.2).abs() < 1e-9, "{found}");
        let endless = [1.0, 1.0, 1.0, 1.0, 1.0, f64::INFINITY];
        assert_eq!(effect(&endless), Some(f64::INFINITY));
        assert_eq!(effect(&[f64::INFINITY; 6]), Some(f64::INFINITY));
    }

    #[test]
    fn an_effect_of_that_size_is_found_in_at_least_four_of_five_runs() {
        let mut random = StdRng::seed_from_u64(1);
        // The sum of twelve uniform numbers is nearly normal.
        let mut noise = || (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        let mut run = |effect: f64| {
            let ratios: Vec<f64> = (0..6).map(|_| effect * (1.0 + 0.02 * noise())).collect();
            Estimate::of(&ratios).unwrap()
        };
        let mut power = |share: f64| {
            let found = (0..4_000).filter(|_| {
                let effect = run(1.0).smallest_effect().unwrap();
                run(1.0 + share * effect).lower > 1.0
            });
            found.count() as f64 / 4_000.0
        };
        let (whole, half) = (power(1.0), power(0.5));
        assert!((0.8..0.95).contains(&whole), "{whole}");
        assert!(half < 0.6, "{half}");
    }

    #[test]
    fn a_quantile_lies_between_two_values() {
        let values = [4.0, 1.0, 3.0, 2.0, 5.0];
        assert_eq!(quantile(&values, 0.5), Some(3.0));
        assert_eq!(quantile(&values, 0.1), Some(1.4));
        assert_eq!(quantile(&values, 1.0), Some(5.0));
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        // A machine that is twice as slow in the second round does not move the ratio.
        let estimate = Estimate::of_ratio(&[(20.0, 10.0), (10.0, 5.0), (40.0, 20.0)]).unwrap();
        assert_eq!(
            (estimate.lower, estimate.median, estimate.upper),
            (2.0, 2.0, 2.0)
        );
    }

    proptest! {
        #[test]
        fn the_median_lies_in_its_interval(values in prop::collection::vec(0.0f64..1e9, 1..60)) {
            let estimate = Estimate::of(&values).unwrap();
            prop_assert!(estimate.lower <= estimate.median && estimate.median <= estimate.upper);
            prop_assert!(estimate.confidence.is_none_or(|confidence| confidence >= CONFIDENCE));
        }
    }
}
