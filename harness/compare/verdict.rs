//! What is said of a figure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

    /// What is said of something that was bad so often in the base and in the new run.
    pub fn of_bad(base: usize, new: usize) -> Verdict {
        match (base, new) {
            (0, 1..) => Verdict::Regressed,
            (1.., 0) => Verdict::Improved,
            _ => Verdict::NoDifference,
        }
    }

    /// The same of something that chance may bring about: only if it was so in every round of one run
    /// and in none of the other, and there are rounds enough.
    pub fn of_all_or_none(base: (usize, usize), new: (usize, usize), needed: usize) -> Verdict {
        let enough = base.1.min(new.1) >= needed;
        let all = |(bad, rounds): (usize, usize)| bad == rounds;
        match (base.0, new.0) {
            // As often, of as many.
            _ if base.0 * new.1 == new.0 * base.1 => Verdict::NoDifference,
            (0, _) if all(new) && enough => Verdict::Regressed,
            (_, 0) if all(base) && enough => Verdict::Improved,
            _ => Verdict::Inconclusive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_once_and_never_before_is_a_regression() {
        assert_eq!(Verdict::of_bad(0, 1), Verdict::Regressed);
        assert_eq!(Verdict::of_bad(3, 0), Verdict::Improved);
        assert_eq!(Verdict::of_bad(3, 1), Verdict::NoDifference);
        assert_eq!(Verdict::of_bad(0, 0), Verdict::NoDifference);
    }

    #[test]
    fn what_chance_may_bring_about_has_to_be_so_in_every_round_and_in_none_before() {
        let of = |base, new| Verdict::of_all_or_none((base, 6), (new, 6), 6);
        assert_eq!(of(0, 6), Verdict::Regressed);
        assert_eq!(of(6, 0), Verdict::Improved);
        assert_eq!(of(0, 5), Verdict::Inconclusive);
        assert_eq!(of(1, 6), Verdict::Inconclusive);
        assert_eq!(of(6, 6), Verdict::NoDifference);
        assert_eq!(of(2, 2), Verdict::NoDifference);
        assert_eq!(of(0, 0), Verdict::NoDifference);
        let few = Verdict::of_all_or_none((0, 3), (3, 3), 6);
        assert_eq!(few, Verdict::Inconclusive);
    }
}
