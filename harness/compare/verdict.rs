//! What is said of a figure.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{DiscreteCDF, Hypergeometric};

/// What is said of a figure, the most important first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It became worse.
    Regressed,
    /// It became better.
    Improved,
    /// These two runs cannot tell.
    Inconclusive,
    /// There is no difference, and one that matters would have been seen.
    NoDifference,
}

impl Verdict {
    /// Every verdict, in the order in which they are listed.
    pub const ALL: [Verdict; 4] = [
        Verdict::Regressed,
        Verdict::Improved,
        Verdict::Inconclusive,
        Verdict::NoDifference,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Regressed => "regressed",
            Verdict::Improved => "improved",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NoDifference => "~",
        }
    }

    /// How figures of this verdict are counted: `3 regressed`.
    pub fn counted(self) -> &'static str {
        match self {
            Verdict::NoDifference => "without a difference",
            other => other.name(),
        }
    }

    /// What is said of something that must never be, and was so often in so many rounds of the base and of
    /// the new run.
    pub fn of_bad(base: (usize, usize), new: (usize, usize)) -> Verdict {
        match (base.0, new.0) {
            (0, 1..) => Verdict::Regressed,
            (1.., 0) => Verdict::Improved,
            // What was there before is judged by how often.
            _ => Verdict::of_mishaps(base, new),
        }
    }

    /// The same of something that chance may bring about. From three rounds on, what never happened and always
    /// does now is no chance, though no test of so few can tell.
    pub fn of_mishaps(base: (usize, usize), new: (usize, usize)) -> Verdict {
        match (base, new) {
            ((0, 3..), (bad @ 3.., rounds)) if bad == rounds => return Verdict::Regressed,
            ((bad @ 3.., rounds), (0, 3..)) if bad == rounds => return Verdict::Improved,
            _ => {}
        }
        let as_often = base.0 * new.1 == new.0 * base.1;
        let otherwise = match as_often {
            true => Verdict::NoDifference,
            false => Verdict::Inconclusive,
        };
        told(base, new).unwrap_or(otherwise)
    }

    /// The same of checks at the end of what is stepped by hand: chance has no part in it.
    pub fn of_checks(base: usize, new: usize) -> Verdict {
        match new.cmp(&base) {
            Ordering::Greater => Verdict::Regressed,
            Ordering::Less => Verdict::Improved,
            Ordering::Equal => Verdict::NoDifference,
        }
    }
}

/// How improbable a difference in how often something happened must be by chance. So much are six of six
/// rounds after none of six, and five of six are not.
const MISHAPS_ALPHA: f64 = 0.002;

/// Which run has it more often, if that is told from chance by Fisher's exact test (*Journal of the Royal
/// Statistical Society* 85, 1922): with so many of all rounds bad, how probable it is that so many of them
/// are in one run.
fn told(base: (usize, usize), new: (usize, usize)) -> Option<Verdict> {
    match (by_chance(base, new)?, by_chance(new, base)?) {
        (_, new) if new <= MISHAPS_ALPHA => Some(Verdict::Regressed),
        (base, _) if base <= MISHAPS_ALPHA => Some(Verdict::Improved),
        _ => None,
    }
}

/// How probable it is that so many of all bad rounds are in one run, or more; `None` if a run has more bad
/// rounds than rounds.
fn by_chance(one: (usize, usize), other: (usize, usize)) -> Option<f64> {
    let [bad, rounds] = [one.0 + other.0, one.1 + other.1].map(|sum| sum as u64);
    let in_one = Hypergeometric::new(rounds, bad, one.1 as u64).ok()?;
    Some(match one.0 {
        0 => 1.0,
        bad => in_one.sf(bad as u64 - 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_once_and_never_before_is_a_regression() {
        let of = |base, new| Verdict::of_bad((base, 36), (new, 36));
        assert_eq!(of(0, 1), Verdict::Regressed);
        assert_eq!(of(3, 0), Verdict::Improved);
        assert_eq!(of(3, 1), Verdict::Inconclusive);
        assert_eq!(of(1, 5), Verdict::Inconclusive);
        assert_eq!(of(3, 3), Verdict::NoDifference);
        assert_eq!(of(0, 0), Verdict::NoDifference);
    }

    #[test]
    fn what_failed_once_before_and_always_now_is_a_regression_too() {
        let of = |base, new| Verdict::of_bad((base, 36), (new, 36));
        assert_eq!(of(1, 36), Verdict::Regressed);
        assert_eq!(of(36, 1), Verdict::Improved);
    }

    #[test]
    fn what_chance_may_bring_about_has_to_be_told_from_it() {
        let of = |base, new| Verdict::of_mishaps((base, 6), (new, 6));
        assert_eq!(of(0, 6), Verdict::Regressed);
        assert_eq!(of(6, 0), Verdict::Improved);
        assert_eq!(of(0, 5), Verdict::Inconclusive);
        assert_eq!(of(1, 6), Verdict::Inconclusive);
        assert_eq!(of(6, 6), Verdict::NoDifference);
        assert_eq!(of(2, 2), Verdict::NoDifference);
        assert_eq!(of(0, 0), Verdict::NoDifference);
        let few = |base, new| Verdict::of_mishaps((base, 3), (new, 3));
        assert_eq!(few(0, 3), Verdict::Regressed);
        assert_eq!(few(3, 0), Verdict::Improved);
        assert_eq!(few(0, 2), Verdict::Inconclusive);
        assert_eq!(few(1, 3), Verdict::Inconclusive);
        let two = Verdict::of_mishaps((0, 2), (2, 2));
        assert_eq!(two, Verdict::Inconclusive);
        let many = |base, new| Verdict::of_mishaps((base, 36), (new, 36));
        assert_eq!(many(0, 35), Verdict::Regressed);
        assert_eq!(many(1, 36), Verdict::Regressed);
        assert_eq!(many(0, 4), Verdict::Inconclusive);
        let unequal = Verdict::of_mishaps((2, 6), (12, 36));
        assert_eq!(unequal, Verdict::NoDifference);
    }

    #[test]
    fn fisher_is_what_the_textbook_says() {
        // The lady tasting tea: 3 of her 4 were right, p = 17/70. With 4 of 4 it is 1/70.
        let right = |three: usize| by_chance((three, 4), (4 - three, 4)).unwrap();
        assert!((right(3) - 17.0 / 70.0).abs() < 1e-12);
        assert!((right(4) - 1.0 / 70.0).abs() < 1e-12);
        assert_eq!(told((1, 4), (3, 4)), None);
    }

    #[test]
    fn a_check_more_that_fails_is_a_regression_and_one_less_an_improvement() {
        assert_eq!(Verdict::of_checks(1, 2), Verdict::Regressed);
        assert_eq!(Verdict::of_checks(2, 1), Verdict::Improved);
        assert_eq!(Verdict::of_checks(1, 1), Verdict::NoDifference);
    }
}
