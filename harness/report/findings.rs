//! What the goodput of two subjects says of each other, and only what may fairly be said.
//!
//! Ratios are taken within a durability tier. Across tiers one sentence is fair: that the more
//! durable subject was also the faster one.

use crate::measure::statistics::Estimate;
use crate::measure::{Engine, SubjectInfo, Tier};

use super::basis::{Cell, Group};
use super::numbers::{NOTHING, ratio, span};

/// The goodput of one subject over that of another, at one load.
pub struct Ratio {
    /// The number of clients.
    pub clients: u32,
    /// The ratio, paired by round; `None` if no round has both.
    pub estimate: Option<Estimate>,
}

/// Pairs of subjects of one tier, the second over the first: PostgreSQL over SQLite where both are there.
pub struct TierPairs<'a> {
    /// The tier.
    pub tier: Tier,
    /// Denominator and numerator.
    pub pairs: Vec<(&'a SubjectInfo, &'a SubjectInfo)>,
}

/// Every pair of subjects that may be compared, by tier, the most durable first.
pub fn pairs_within_tiers(subjects: &[SubjectInfo]) -> Vec<TierPairs<'_>> {
    let mut tiers: Vec<Tier> = stores(subjects).map(|subject| subject.tier).collect();
    tiers.sort();
    tiers.dedup();
    tiers
        .into_iter()
        .map(|tier| {
            let mut members: Vec<&SubjectInfo> =
                stores(subjects).filter(|s| s.tier == tier).collect();
            members.sort_by_key(|subject| subject.engine);
            let mut pairs = Vec::new();
            for (index, denominator) in members.iter().enumerate() {
                pairs.extend(
                    members[index + 1..]
                        .iter()
                        .map(|numerator| (*denominator, *numerator)),
                );
            }
            // What people ask first: one engine against the other.
            pairs.sort_by_key(|(denominator, numerator)| denominator.engine == numerator.engine);
            TierPairs { tier, pairs }
        })
        .filter(|tier| !tier.pairs.is_empty())
        .collect()
}

/// Every pair of subjects of different tiers: the less durable and the more durable one.
pub fn pairs_across_tiers(subjects: &[SubjectInfo]) -> Vec<(&SubjectInfo, &SubjectInfo)> {
    let mut pairs = Vec::new();
    for more in stores(subjects) {
        pairs.extend(
            stores(subjects)
                .filter(|less| less.tier > more.tier)
                .map(|less| (less, more)),
        );
    }
    pairs
}

fn stores(subjects: &[SubjectInfo]) -> impl Iterator<Item = &SubjectInfo> {
    subjects
        .iter()
        .filter(|subject| subject.engine != Engine::Noop && subject.tier != Tier::None)
}

/// The ratio of two subjects' goodput at one load of a group.
pub fn ratio_at(
    group: &Group,
    (denominator, numerator): (&SubjectInfo, &SubjectInfo),
    clients: u32,
) -> Ratio {
    let above = group.cell(&numerator.name, clients);
    let below = group.cell(&denominator.name, clients);
    let estimate = above
        .zip(below)
        .and_then(|(above, below)| Estimate::of_ratio(&paired(above, below)));
    Ratio { clients, estimate }
}

/// The goodput of both in every round in which both may be compared.
fn paired(numerator: &Cell, denominator: &Cell) -> Vec<(f64, f64)> {
    let of_round = |round: u32| {
        let found = denominator
            .comparable
            .iter()
            .find(|(other, _)| *other == round);
        found.map(|(_, measurement)| measurement.goodput())
    };
    numerator
        .comparable
        .iter()
        .filter_map(|(round, measurement)| Some((measurement.goodput(), of_round(*round)?)))
        .filter(|(above, below)| above.is_finite() && below.is_finite())
        .collect()
}

impl Ratio {
    /// Whether the interval, or the range, leaves out 1: one of the two was faster.
    pub fn differs(&self) -> bool {
        let tells = |e: &Estimate| e.rounds > 1 && (e.lower > 1.0 || e.upper < 1.0);
        self.estimate.as_ref().is_some_and(tells)
    }

    /// Whether the numerator was the faster one in more than chance: the interval or range lies above 1.
    pub fn numerator_faster(&self) -> bool {
        self.differs() && self.estimate.as_ref().is_some_and(|e| e.lower > 1.0)
    }

    /// The ratio with its interval: `2.31× [2.20× – 2.45×]`, with `~` if there is no difference to be seen.
    pub fn cell(&self) -> String {
        let Some(estimate) = &self.estimate else {
            return NOTHING.to_owned();
        };
        let median = ratio(estimate.median);
        if estimate.rounds < 2 {
            return median;
        }
        let mark = if self.differs() { "" } else { "~ " };
        format!("{mark}{median} [{}]", span(estimate, ratio))
    }
}
