//! What the goodput of two subjects says of each other, and only what may fairly be said.
//!
//! Which one was faster is said from an interval only. Of three rounds all lie on one side of 1 in
//! a quarter of all runs even if there is no difference, of two in half of them.
//!
//! Ratios are taken within a durability tier. Across tiers one sentence is fair: that the more
//! durable subject was also the faster one.

use crate::measure::statistics::Estimate;
use crate::measure::{Engine, Measurement, SubjectInfo, Tier};

use super::basis::{Cell, Group};
use super::numbers::{NOTHING, ratio, span};

/// The goodput of one subject over that of another, at one load.
pub struct Ratio {
    /// The number of clients.
    pub clients: u32,
    /// The ratio, paired by round; `None` if no round has one.
    pub estimate: Option<Estimate>,
    /// Rounds left out because neither of the two committed anything.
    pub neither: usize,
}

/// What an interval says of a ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It lies above 1: the numerator was faster.
    Faster,
    /// It lies below 1: the numerator was slower.
    Slower,
    /// It includes 1: there is no difference to be seen.
    Same,
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
pub fn ratio_at(group: &Group, pair: (&SubjectInfo, &SubjectInfo), clients: u32) -> Ratio {
    paired_at(group, pair, clients, |measurement| {
        Some(measurement.goodput())
    })
}

/// The ratio of a figure of two subjects at one load of a group, denominator first. Rounds in which
/// one of them has no such figure have no ratio.
pub fn paired_at(
    group: &Group,
    (denominator, numerator): (&SubjectInfo, &SubjectInfo),
    clients: u32,
    figure: impl Fn(&Measurement) -> Option<f64>,
) -> Ratio {
    let above = group.cell(&numerator.name, clients);
    let below = group.cell(&denominator.name, clients);
    let pairs = above
        .zip(below)
        .map_or_else(Vec::new, |(above, below)| paired(above, below, figure));
    Ratio {
        clients,
        estimate: Estimate::of_ratio(&pairs),
        neither: pairs.iter().filter(|pair| **pair == (0.0, 0.0)).count(),
    }
}

/// The figure of both in every round in which both may be compared.
fn paired(
    numerator: &Cell,
    denominator: &Cell,
    figure: impl Fn(&Measurement) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let of_round = |round: u32| {
        let found = denominator
            .comparable
            .iter()
            .find(|(other, _)| *other == round);
        found.and_then(|(_, measurement)| figure(measurement))
    };
    numerator
        .comparable
        .iter()
        .filter_map(|(round, measurement)| Some((figure(measurement)?, of_round(*round)?)))
        .filter(|(above, below)| above.is_finite() && below.is_finite())
        .collect()
}

impl Ratio {
    /// What may be said of it; `None` without an interval.
    pub fn verdict(&self) -> Option<Verdict> {
        let estimate = self.estimate.filter(|e| e.confidence.is_some())?;
        Some(match (estimate.lower > 1.0, estimate.upper < 1.0) {
            (true, _) => Verdict::Faster,
            (_, true) => Verdict::Slower,
            _ => Verdict::Same,
        })
    }

    /// The ratio with its interval or range: `2.31× [2.20× – 2.45×]`, with `~` if an interval shows
    /// no difference.
    pub fn cell(&self) -> String {
        let Some(estimate) = &self.estimate else {
            return NOTHING.to_owned();
        };
        let median = ratio(estimate.median);
        if estimate.rounds < 2 {
            return median;
        }
        let mark = match self.verdict() {
            Some(Verdict::Same) => "~ ",
            _ => "",
        };
        format!("{mark}{median} [{}]", span(estimate, ratio))
    }
}
