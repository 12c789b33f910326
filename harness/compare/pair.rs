//! Two runs side by side: the points that both measured, and what both say there.

use std::collections::HashMap;

use super::figure::{Evidence, Place, Rounds};
use super::statistics::Scale;
use crate::measure::{Engine, Figure as Reads, Measurement, Point, Run, WorkloadInfo};
use crate::report::numbers::plural;

/// Two runs that may be compared.
pub struct Pair<'a> {
    /// The run compared with.
    pub base: &'a Run,
    /// The run that is judged.
    pub new: &'a Run,
    /// Whether rounds of both were made in turns, so that each round of one belongs to that of the
    /// other.
    pub in_turns: bool,
    /// The points that both measured, in the order of the new run.
    pub points: Vec<&'a Point>,
}

/// One figure of one round, by its number; `None` where the round has none.
pub type OfRound<'m> = dyn Fn(&Measurement) -> Option<f64> + 'm;

impl<'a> Pair<'a> {
    /// Two runs side by side.
    pub fn of(base: &'a Run, new: &'a Run) -> Pair<'a> {
        Pair {
            base,
            new,
            in_turns: in_turns(base, new),
            points: measured(new)
                .into_iter()
                .filter(|point| measured(base).contains(point))
                .collect(),
        }
    }

    /// The workload of a point.
    pub fn workload(&self, point: &Point) -> Option<&'a WorkloadInfo> {
        self.new.workload(&point.workload)
    }

    /// What is read from the trials of a point first.
    pub fn reads(&self, point: &Point) -> Reads {
        self.workload(point)
            .map_or(Reads::Goodput, |workload| workload.figure)
    }

    /// Whether the subject of a point stores something.
    pub fn stores(&self, point: &Point) -> bool {
        let subject = self.new.subject(&point.subject);
        subject.is_some_and(|subject| subject.engine != Engine::Noop)
    }

    /// Whether commits of the subject of a point wait for a disk.
    pub fn waits_for_disk(&self, point: &Point) -> bool {
        let subject = self.new.subject(&point.subject);
        subject.is_some_and(|subject| subject.tier.waits_for_disk())
    }

    /// A point as a place.
    pub fn place(&self, point: &Point) -> Place {
        let name = |point: &Point| point.to_string();
        let words = name(point);
        let before = format!("{}, ", point.workload);
        let mut words = words.strip_prefix(&before).unwrap_or(&words).to_owned();
        // Only those who vary instances need to be told how many there are.
        let same = |other: &&&Point| **other != point && name(other) == name(point);
        if self.points.iter().find(same).is_some() {
            words.push_str(&format!(
                ", {}",
                plural(point.instances as usize, "instance", "instances")
            ));
        }
        Place {
            group: point.workload.clone(),
            words,
            id: point_id(self.new, point),
        }
    }

    /// The values of both runs at a point.
    pub fn rounds(&self, point: &Point, scale: Scale, of: &OfRound) -> Rounds {
        let [base, new] = [self.base, self.new].map(|run| by_round(run, point, of));
        side_by_side(&base, &new, scale, self.in_turns)
    }
}

/// Whether rounds of two runs were made in turns.
pub fn in_turns(base: &Run, new: &Run) -> bool {
    let pair = |run: &Run| run.turns.as_ref().map(|turns| turns.pair.clone());
    pair(base).is_some() && pair(base) == pair(new)
}

/// Values with the number of their round.
pub type ByRound = Vec<(u32, f64)>;

/// Values by round as evidence; if both runs were made in turns, paired where both have the round.
pub fn side_by_side(base: &ByRound, new: &ByRound, scale: Scale, in_turns: bool) -> Rounds {
    let values = |rounds: &ByRound| rounds.iter().map(|(_, value)| *value).collect();
    let found: HashMap<u32, f64> = base.iter().copied().collect();
    let pair = |(round, new): &(u32, f64)| Some((*found.get(round)?, *new));
    Rounds {
        base: values(base),
        new: values(new),
        pairs: in_turns.then(|| new.iter().filter_map(pair).collect()),
        scale,
        moved: None,
        unsteady: false,
    }
}

/// The figure in every round of a point that may be compared and has it.
pub fn by_round(run: &Run, point: &Point, of: &OfRound) -> ByRound {
    let mut found: ByRound = run
        .trials_of(point)
        .filter_map(|trial| Some((trial.round, of(trial.comparable()?)?)))
        .filter(|(_, value)| value.is_finite())
        .collect();
    found.sort_by_key(|(round, _)| *round);
    found
}

/// The points of a run of which there is any trial, in the order of its plan.
pub fn measured(run: &Run) -> Vec<&Point> {
    let made = |point: &&Point| run.trials_of(point).next().is_some();
    run.plan.points.iter().filter(made).collect()
}

/// A name of a point that stays the same from run to run.
pub fn point_id(run: &Run, point: &Point) -> String {
    let workload = run.workload(&point.workload);
    crate::report::point_id(point, workload.map_or(0, |workload| workload.version))
}

impl From<Rounds> for Evidence {
    fn from(rounds: Rounds) -> Evidence {
        Evidence::Rounds(rounds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_that_were_made_in_turns_are_paired_where_both_runs_have_them() {
        let (base, new) = (
            vec![(1, 1.0), (2, 2.0), (4, 4.0)],
            vec![(2, 20.0), (3, 30.0), (4, 40.0)],
        );
        let paired = side_by_side(&base, &new, Scale::Ratio, true);
        assert_eq!(paired.pairs, Some(vec![(2.0, 20.0), (4.0, 40.0)]));
        assert_eq!(paired.fewest(), 2);
        let apart = side_by_side(&base, &new, Scale::Ratio, false);
        assert_eq!((apart.pairs.as_ref(), apart.fewest()), (None, 3));
    }
}
