//! Whether two sets of rounds differ, by how much, and how small a difference they could have shown.
//!
//! Two runs made one after the other are two independent samples, and Welch's *t* judges their means
//! (Welch, *Biometrika* 34, 1947). Rounds of two variants that were made in turns are pairs, and
//! Student's *t* judges their differences. Figures that are positive and scale, such as times, are
//! judged by their logarithms, so that an effect is a ratio; shares by their differences.
//!
//! Of times, a tenth of the rounds at either end are left out of the mean and drawn in for the variance
//! (trimmed means; Yuen, *Biometrika* 61, 1974): what a stranger
//! on the same machine does to a few rounds is far from normal, and would cost all others their say. Fewer
//! than twenty rounds all count as they are, and so does what no clock measured, of which a few rounds may hold all
//! there is.
//!
//! Neighbouring rounds share the machine's mood. What that does to a mean of *n* rounds is a factor
//! on its variance, `f = 1 + 2·Σ(1 − k/n)·ρᵏ` for rounds that resemble their neighbours with
//! correlation ρ ([`variance_factor`]), which the squares within a run show as if there were `n − f`
//! degrees of freedom (Bayley and Hammersley, *Supplement to the Journal of the Royal Statistical
//! Society* 8, 1946). ρ cannot be had from six rounds of one figure, but all
//! figures of a run share its machine, so it is taken from all of them together ([`resemblance`]).
//!
//! What simulations with a known truth show is in `simulated.rs`, beside this file.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The fewest rounds on either side from which anything is told: with five or fewer, *t* at the
/// level of a whole family asks for effects that nobody would need a test to see.
pub const ROUNDS_NEEDED: usize = 6;

/// The confidence of every interval.
pub const CONFIDENCE: f64 = 0.99;

/// How often a whole family of figures may call any of them changed if none is.
pub const ALPHA: f64 = 0.01;

/// How often an effect of the smallest size that could be seen is seen.
pub const POWER: f64 = 0.9;

/// One of so many rounds is trimmed at either end.
const TRIMMED: usize = 10;

/// Fewer rounds are not, since they cannot spare any.
const MANY_ROUNDS: usize = 20;

/// No correlation between neighbouring rounds is believed beyond this: the variance of a mean has no
/// bound there.
const MOST_RESEMBLANCE: f64 = 0.8;

/// What is compared: a value for each round.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    /// Rounds of two runs, each made by itself: base and new.
    Independent(&'a [f64], &'a [f64]),
    /// Rounds made in turns, base and new of each: what slowed both down cancels.
    Paired(&'a [(f64, f64)]),
}

/// On which scale a figure is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The logarithm: an effect is a ratio. Every value is above 0.
    Ratio,
    /// The same of what no clock measured: every round counts as it is.
    Multiple,
    /// The value itself: an effect is a difference.
    Difference,
}

/// How new differs from base, on the scale on which it was judged, and how far that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// New less base.
    pub estimate: f64,
    /// The standard error of the estimate.
    pub error: f64,
    /// The degrees of freedom of that error.
    pub freedom: f64,
}

impl Effect {
    /// The effect, if rounds resemble their neighbours so much; `None` if either side has fewer than
    /// two values, or one that cannot be judged on this scale.
    pub fn of(samples: Samples, scale: Scale, resemblance: f64) -> Option<Effect> {
        let [base, new] = match samples {
            Samples::Independent(base, new) => [base, new].map(|values| scaled(values, scale)),
            Samples::Paired(pairs) => {
                let base: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
                let new: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
                let (base, new) = (scaled(&base, scale)?, scaled(&new, scale)?);
                let differences: Vec<f64> = new.iter().zip(&base).map(|(n, b)| n - b).collect();
                let mean = Mean::of(&differences, scale, resemblance)?;
                return Some(Effect {
                    estimate: mean.value,
                    error: mean.variance.sqrt(),
                    freedom: mean.freedom,
                });
            }
        };
        let (base, new) = (
            Mean::of(&base?, scale, resemblance)?,
            Mean::of(&new?, scale, resemblance)?,
        );
        let variance = base.variance + new.variance;
        let parts = [base, new].map(|mean| mean.variance.powi(2) / mean.freedom);
        Some(Effect {
            estimate: new.value - base.value,
            error: variance.sqrt(),
            // Welch and Satterthwaite; without any variance every number of them says the same.
            freedom: match variance > 0.0 {
                true => variance.powi(2) / (parts[0] + parts[1]),
                false => base.freedom + new.freedom,
            },
        })
    }

    /// The probability of an effect this far from nothing if there is none.
    pub fn p(&self) -> f64 {
        match (self.estimate == 0.0, self.error > 0.0) {
            (true, _) => 1.0,
            (false, false) => 0.0,
            (false, true) => {
                let t = (self.estimate / self.error).abs();
                (2.0 * self.student().sf(t)).clamp(0.0, 1.0)
            }
        }
    }

    /// The interval that covers the true effect with this probability.
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let half = self.t((1.0 - confidence) / 2.0) * self.error;
        (self.estimate - half, self.estimate + half)
    }

    /// The smallest true effect that is found with probability [`POWER`] by a test of two sides at
    /// this level: `(t(α/2) + t(1 − power)) · error` (Bloom, “Minimum detectable effects”,
    /// *Evaluation Review* 19, 1995).
    pub fn smallest(&self, level: f64) -> f64 {
        (self.t(level / 2.0) + self.t(1.0 - POWER)) * self.error
    }

    /// The value that Student's *t* exceeds with this probability.
    fn t(&self, probability: f64) -> f64 {
        -self.student().inverse_cdf(probability)
    }

    fn student(&self) -> StudentsT {
        StudentsT::new(0.0, 1.0, self.freedom).expect("there is a degree of freedom")
    }
}

/// A mean with its variance.
#[derive(Clone, Copy)]
struct Mean {
    value: f64,
    variance: f64,
    freedom: f64,
}

impl Mean {
    fn of(values: &[f64], scale: Scale, resemblance: f64) -> Option<Mean> {
        values.len().checked_sub(1).filter(|others| *others > 0)?;
        let (kept, drawn_in) = trimmed(values, scale);
        let (value, _) = mean_and_squares(&kept);
        let (_, squares) = mean_and_squares(&drawn_in);
        let (rounds, kept) = (values.len() as f64, kept.len() as f64);
        let factor = variance_factor(resemblance, values.len());
        // Rounds that resemble each other also lie closer together than they should.
        let closer = (rounds - 1.0) / (rounds - factor);
        Some(Mean {
            value,
            variance: squares / (kept * (kept - 1.0)) * closer * factor,
            freedom: kept - 1.0,
        })
    }
}

/// The values without those at either end that do not count for themselves, and all of them with those drawn
/// in to the next that do.
fn trimmed(values: &[f64], scale: Scale) -> (Vec<f64>, Vec<f64>) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ends = match scale {
        Scale::Ratio if values.len() >= MANY_ROUNDS => values.len() / TRIMMED,
        Scale::Ratio | Scale::Multiple | Scale::Difference => 0,
    };
    let kept = sorted[ends..sorted.len() - ends].to_vec();
    let (least, most) = (sorted[ends], sorted[sorted.len() - 1 - ends]);
    let drawn_in = sorted.iter().map(|value| value.clamp(least, most));
    (kept, drawn_in.collect())
}

/// The mean of values on a scale, as it is judged; NaN of none.
pub fn mean(values: &[f64], scale: Scale) -> f64 {
    match values {
        [] => f64::NAN,
        values => mean_and_squares(&trimmed(values, scale).0).0,
    }
}

/// The variance of the mean of rounds that resemble their neighbours so much; `None` of fewer than two.
pub fn variance_of_mean(values: &[f64], scale: Scale, resemblance: f64) -> Option<f64> {
    Mean::of(values, scale, resemblance).map(|mean| mean.variance)
}

/// The values on the scale on which they are judged; `None` if there is one that is not on it.
pub fn scaled(values: &[f64], scale: Scale) -> Option<Vec<f64>> {
    let scaled = values.iter().map(|value| match scale {
        Scale::Ratio | Scale::Multiple => value.ln(),
        Scale::Difference => *value,
    });
    scaled
        .map(|value| value.is_finite().then_some(value))
        .collect()
}

/// The mean, and the sum of the squared distances from it.
fn mean_and_squares(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    // Sums of equal numbers are not exactly their multiple, and that is no spread.
    if values.iter().all(|value| *value == values[0]) {
        return (values.first().copied().unwrap_or(0.0), 0.0);
    }
    (
        mean,
        values.iter().map(|value| (value - mean).powi(2)).sum(),
    )
}

/// By how much the variance of a mean of so many rounds is larger than if each were made by itself.
pub fn variance_factor(resemblance: f64, rounds: usize) -> f64 {
    let share = |apart: usize| 1.0 - apart as f64 / rounds as f64;
    let sum: f64 = (1..rounds)
        .map(|apart| share(apart) * resemblance.powi(apart as i32))
        .sum();
    1.0 + 2.0 * sum
}

/// How much rounds resemble their neighbours: the correlation of each with the next, over all
/// figures that were measured in the same rounds, from 0 (not at all) up to 0.8.
///
/// Within *n* rounds it comes out too small by about `(1 + 3ρ)/n` (Marriott and Pope, *Biometrika*
/// 41, 1954), and that is put back.
pub fn resemblance(all: &[(Samples, Scale)]) -> f64 {
    let each: Vec<(f64, f64)> = all
        .iter()
        .flat_map(|(samples, scale)| series(*samples, *scale))
        .filter_map(|series| Some((neighbours(&series)?, 1.0 / series.len() as f64)))
        .collect();
    if each.is_empty() {
        return 0.0;
    }
    let mean = |of: fn(&(f64, f64)) -> f64| each.iter().map(of).sum::<f64>() / each.len() as f64;
    let (found, per_round) = (mean(|one| one.0), mean(|one| one.1));
    let little = (found + per_round).max(0.0);
    (found + (1.0 + 3.0 * little) * per_round).clamp(0.0, MOST_RESEMBLANCE)
}

/// What was measured one round after the other.
fn series(samples: Samples, scale: Scale) -> Vec<Vec<f64>> {
    match samples {
        Samples::Independent(base, new) => [base, new]
            .into_iter()
            .filter_map(|values| scaled(values, scale))
            .collect(),
        Samples::Paired(pairs) => {
            let difference = |(base, new): &(f64, f64)| match scale {
                Scale::Ratio | Scale::Multiple => new.ln() - base.ln(),
                Scale::Difference => new - base,
            };
            let differences: Vec<f64> = pairs.iter().map(difference).collect();
            scaled(&differences, Scale::Difference)
                .into_iter()
                .collect()
        }
    }
}

/// The correlation of each value with the next; `None` if they do not vary, or are too few.
fn neighbours(values: &[f64]) -> Option<f64> {
    let (mean, squares) = mean_and_squares(values);
    let products = values
        .windows(2)
        .map(|pair| (pair[0] - mean) * (pair[1] - mean));
    (values.len() >= 3 && squares > 0.0).then(|| products.sum::<f64>() / squares)
}

/// The probabilities of a family, corrected so that calling changed whatever is at most [`ALPHA`]
/// calls any unchanged figure so in at most that share of all families (Holm, *Scandinavian Journal
/// of Statistics* 6, 1979). In the order given.
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    let mut corrected = vec![1.0; probabilities.len()];
    let mut worst = 0.0f64;
    for (rank, index) in order.into_iter().enumerate() {
        let left = (probabilities.len() - rank) as f64;
        worst = worst.max((probabilities[index] * left).min(1.0));
        corrected[index] = worst;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn independent(base: &[f64], new: &[f64], scale: Scale) -> Option<Effect> {
        Effect::of(Samples::Independent(base, new), scale, 0.0)
    }

    #[test]
    fn welch_is_what_the_textbook_says() {
        // scipy.stats.ttest_ind([1, 2, 3, 4], [2, 4, 6, 8, 10], equal_var=False):
        // t = 2.2514, p = 0.06914, df = 5.5209.
        let effect = independent(
            &[1.0, 2.0, 3.0, 4.0],
            &[2.0, 4.0, 6.0, 8.0, 10.0],
            Scale::Difference,
        );
        let effect = effect.unwrap();
        let t = effect.estimate / effect.error;
        assert!((t - 2.2514).abs() < 1e-3, "{t}");
        assert!((effect.freedom - 5.5209).abs() < 1e-3, "{}", effect.freedom);
        assert!((effect.p() - 0.06914).abs() < 1e-3, "{}", effect.p());
    }

    #[test]
    fn of_many_rounds_those_at_the_ends_are_drawn_in_as_yuen_says() {
        // scipy.stats.ttest_ind(log(a), log(b), equal_var=False, trim=0.1) of the squares up to 400 and
        // of the numbers from 30 to 53: t = -2.06347, p = 0.0563740, df = 15.3757.
        let a: Vec<f64> = (1..=20).map(|number| f64::from(number * number)).collect();
        let b: Vec<f64> = (30..=53).map(f64::from).collect();
        let effect = independent(&a, &b, Scale::Ratio).unwrap();
        let t = effect.estimate / effect.error;
        assert!((t - -2.06347).abs() < 1e-4, "{t}");
        assert!(
            (effect.freedom - 15.3757).abs() < 1e-3,
            "{}",
            effect.freedom
        );
        assert!((effect.p() - 0.0563740).abs() < 1e-6, "{}", effect.p());
    }

    #[test]
    fn what_only_a_few_rounds_have_counts_where_no_clock_measured_it() {
        let mut rare = [1.0; 20];
        rare[7] = 2.0;
        let of = |scale| independent(&[1.0; 20], &rare, scale).unwrap();
        for scale in [Scale::Difference, Scale::Multiple] {
            assert!(of(scale).estimate > 0.0 && of(scale).error > 0.0);
        }
        assert_eq!(of(Scale::Ratio).estimate, 0.0);
    }

    #[test]
    fn holm_multiplies_by_the_number_that_is_left_and_never_goes_back() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02.
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{corrected:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn the_interval_is_that_of_students_t() {
        // t(0.995, 10) = 3.1693.
        let effect = Effect {
            estimate: 1.0,
            error: 0.1,
            freedom: 10.0,
        };
        let (lower, upper) = effect.interval(0.99);
        assert!((lower - 0.68307).abs() < 1e-4 && (upper - 1.31693).abs() < 1e-4);
        // t(0.9, 10) = 1.3722.
        assert!((effect.smallest(0.01) - 0.45415).abs() < 1e-4);
    }

    #[test]
    fn rounds_that_do_not_vary_differ_for_sure_or_not_at_all() {
        let of = |new: f64| {
            independent(&[0.1; 6], &[new; 6], Scale::Difference)
                .unwrap()
                .p()
        };
        assert_eq!(of(0.1), 1.0);
        assert_eq!(of(0.2), 0.0);
    }

    #[test]
    fn what_is_not_on_the_scale_or_too_few_has_no_effect() {
        assert_eq!(independent(&[1.0, 0.0], &[1.0, 2.0], Scale::Ratio), None);
        assert_eq!(
            independent(&[1.0, f64::NAN], &[1.0, 2.0], Scale::Difference),
            None
        );
        assert_eq!(independent(&[1.0], &[1.0, 2.0], Scale::Ratio), None);
        assert_eq!(independent(&[], &[], Scale::Ratio), None);
        assert_eq!(
            Effect::of(Samples::Paired(&[(1.0, 2.0)]), Scale::Ratio, 0.0),
            None
        );
    }

    #[test]
    fn rounds_that_resemble_each_other_count_for_fewer() {
        let (base, new) = (
            [1.0, 1.1, 0.9, 1.0, 1.1, 0.9],
            [1.2, 1.3, 1.1, 1.2, 1.3, 1.1],
        );
        let error = |resemblance| {
            let samples = Samples::Independent(&base, &new);
            Effect::of(samples, Scale::Ratio, resemblance)
                .unwrap()
                .error
        };
        assert!(error(0.5) > 1.4 * error(0.0));
        assert_eq!(variance_factor(0.0, 6), 1.0);
        // Two rounds of which each is the other: one.
        assert_eq!(variance_factor(1.0, 2), 2.0);
    }

    proptest! {
        #[test]
        fn no_number_is_ever_missing(
            base in prop::collection::vec(1e-9f64..1e9, 2..12),
            new in prop::collection::vec(1e-9f64..1e9, 2..12),
            resemblance in 0.0f64..0.8,
        ) {
            let samples = Samples::Independent(&base, &new);
            let effect = Effect::of(samples, Scale::Ratio, resemblance).unwrap();
            let (lower, upper) = effect.interval(CONFIDENCE);
            prop_assert!(lower <= effect.estimate && effect.estimate <= upper);
            prop_assert!((0.0..=1.0).contains(&effect.p()));
            prop_assert!(effect.smallest(ALPHA).is_finite());
            prop_assert!((0.0..=0.8).contains(&super::resemblance(&[(samples, Scale::Ratio)])));
        }

        #[test]
        fn the_other_way_round_the_effect_is_the_opposite(
            base in prop::collection::vec(0.1f64..10.0, 6..10),
            new in prop::collection::vec(0.1f64..10.0, 6..10),
        ) {
            let there = independent(&base, &new, Scale::Ratio).unwrap();
            let back = independent(&new, &base, Scale::Ratio).unwrap();
            prop_assert!((there.estimate + back.estimate).abs() < 1e-9);
            prop_assert!((there.p() - back.p()).abs() < 1e-9);
        }
    }
}
