//! Statistics over rounds.
//!
//! The round is the replicate: samples within a trial share its luck and say nothing of how much
//! the figure would move if it were measured again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, DiscreteCDF};

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
    /// cancels; `None` if no round has both. `pairs` holds the numerator and the denominator.
    pub fn of_ratio(pairs: &[(f64, f64)]) -> Option<Estimate> {
        let ratios: Vec<f64> = pairs
            .iter()
            .filter(|(_, b)| *b > 0.0)
            .map(|(a, b)| a / b)
            .collect();
        Estimate::of(&ratios)
    }

    /// Half the width of the interval as a share of the median: about the smallest relative
    /// effect that these rounds could have told from none. `None` without an interval.
    pub fn smallest_effect(&self) -> Option<f64> {
        (self.confidence.is_some() && self.median > 0.0)
            .then(|| (self.upper - self.lower) / 2.0 / self.median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        assert_eq!(Estimate::of_ratio(&[(1.0, 0.0)]), None);
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
