//! What predicates ask of experiments.

use std::collections::BTreeMap;
use std::fmt;

use super::{Verdict, anchor};
use crate::measure::Experiment;
use crate::measure::experiment::{Observation, Timeline};

/// Fewer repeats than this decide nothing where the steps are not deterministic.
pub const ENOUGH: usize = 3;

/// The findings of an experiment; `None` if it was not made.
pub fn of<'e>(found: &'e [Experiment], name: &str) -> Option<&'e Experiment> {
    found.iter().find(|experiment| experiment.name == name)
}

/// Whether a timeline was played on SQLite.
pub fn on_sqlite(timeline: &&Timeline) -> bool {
    timeline.subject.starts_with("sqlite")
}

/// The code with which a step of a timeline was refused, or `done`; `None` if there is no such step.
pub fn answer<'t>(timeline: &'t Timeline, label: &str) -> Option<&'t str> {
    let step = timeline.step(label)?;
    Some(step.answer.code().unwrap_or("done"))
}

/// The anchors of the timelines of these names.
pub fn anchors(experiment: &Experiment, names: &[&str]) -> Vec<String> {
    let named = |timeline: &&Timeline| names.contains(&timeline.name.as_str());
    let timelines = experiment.timelines.iter().filter(named);
    timelines
        .map(|t| anchor(&experiment.name, Some(&format!("{}-{}", t.name, t.subject))))
        .collect()
}

/// A time as the figures give it.
pub fn milliseconds(microseconds: f64) -> String {
    match microseconds / 1e3 {
        little if little < 10.0 => format!("{little:.1} ms"),
        more => format!("{more:.0} ms"),
    }
}

/// The observations under these conditions that may be compared: no check of theirs failed.
pub fn under<'e>(
    experiment: &'e Experiment,
    conditions: &'e [(&str, &str)],
) -> impl Iterator<Item = &'e Observation> {
    experiment.observations.iter().filter(|observation| {
        let holds = |(name, value): &(&str, &str)| observation.condition(name) == *value;
        conditions.iter().all(holds) && !observation.void()
    })
}

/// A figure over the repeats of one condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// How often it was observed.
    pub repeats: usize,
}

impl Spread {
    /// Of these values; `None` if there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Some(Spread {
            median: crate::measure::statistics::quantile(&values, 0.5)?,
            low: *values.first()?,
            high: *values.last()?,
            repeats: values.len(),
        })
    }

    /// Of a figure, under these conditions.
    pub fn under(
        experiment: &Experiment,
        conditions: &[(&str, &str)],
        figure: &str,
    ) -> Option<Spread> {
        Spread::of(under(experiment, conditions).filter_map(|o| o.figure(figure)))
    }
}

/// The median and the range, with as many digits after the point as they need.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = match self.high.abs() {
            few if few < 1.0 && few > 0.0 => 2,
            some if some < 10.0 && self.values().any(|v| v.fract() != 0.0) => 1,
            _ => 0,
        };
        let Spread {
            median, low, high, ..
        } = self;
        if low == high {
            return write!(f, "{median:.digits$}");
        }
        write!(f, "{median:.digits$} [{low:.digits$}–{high:.digits$}]")
    }
}

impl Spread {
    /// By how much it is above the median of another.
    pub fn above(self, other: Spread) -> Spread {
        Spread {
            median: self.median - other.median,
            low: self.low - other.median,
            high: self.high - other.median,
            ..self
        }
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        [self.median, self.low, self.high].into_iter()
    }
}

/// A share over the repeats as the figures give it.
pub fn percent(share: Spread) -> String {
    let [median, low, high] = [share.median, share.low, share.high].map(|share| share * 100.0);
    match low == high {
        true => format!("{median:.1} %"),
        false => format!("{median:.1} % [{low:.1}–{high:.1}]"),
    }
}

/// What repeats say together, each of them whether it agrees with the claim: all or none decide it
/// if there are [`ENOUGH`], anything else does not.
pub fn agreed(repeats: impl IntoIterator<Item = bool>) -> Option<Verdict> {
    let repeats: Vec<bool> = repeats.into_iter().collect();
    let agree = repeats.iter().filter(|agrees| **agrees).count();
    Some(match (repeats.len(), agree) {
        (0, _) => return None,
        (all, _) if all < ENOUGH => Verdict::Inconclusive,
        (all, agree) if agree == all => Verdict::Supported,
        (_, 0) => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    })
}

/// What the repeats say together where each has several observations: the claim stands if all of them
/// agree with it, and falls if none does. `None` without any.
pub fn agreed_by_repeat<'o>(
    observations: impl IntoIterator<Item = &'o Observation>,
    agrees: impl Fn(&Observation) -> bool,
) -> Option<Verdict> {
    let mut repeats: BTreeMap<u32, Vec<bool>> = BTreeMap::new();
    for observation in observations {
        let repeat = repeats.entry(observation.repeat).or_default();
        repeat.push(agrees(observation));
    }
    let all = agreed(repeats.values().map(|repeat| repeat.iter().all(|yes| *yes)))?;
    let any = agreed(repeats.values().map(|repeat| repeat.iter().any(|yes| *yes)))?;
    Some(match (all, any) {
        (Verdict::Supported, _) => Verdict::Supported,
        (_, Verdict::Contradicted) => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_observations_of_a_repeat_must_agree_and_do_not_count_as_repeats() {
        let of = |repeats: &[(u32, f64)]| {
            let made = repeats.iter().map(|(repeat, value)| Observation {
                repeat: *repeat,
                ..Observation::default().with("n", *value)
            });
            let made: Vec<Observation> = made.collect();
            agreed_by_repeat(&made, |o| o.figure("n") == Some(1.0))
        };
        assert_eq!(of(&[]), None);
        let repeats = |one: f64, other: f64| {
            let pairs = (1..=3).flat_map(|repeat| [(repeat, one), (repeat, other)]);
            of(&pairs.collect::<Vec<_>>())
        };
        assert_eq!(repeats(1.0, 1.0), Some(Verdict::Supported));
        assert_eq!(repeats(0.0, 0.0), Some(Verdict::Contradicted));
        assert_eq!(repeats(1.0, 0.0), Some(Verdict::Inconclusive));
        assert_eq!(of(&[(1, 1.0); 4]), Some(Verdict::Inconclusive));
    }

    #[test]
    fn repeats_decide_only_if_they_agree_and_are_three() {
        assert_eq!(agreed([]), None);
        assert_eq!(agreed([true, true]), Some(Verdict::Inconclusive));
        assert_eq!(agreed([true; 3]), Some(Verdict::Supported));
        assert_eq!(agreed([false; 3]), Some(Verdict::Contradicted));
        assert_eq!(agreed([false, true, true]), Some(Verdict::Inconclusive));
    }

    #[test]
    fn a_spread_gives_its_range_unless_there_is_none() {
        let words = |values: &[f64]| Spread::of(values.iter().copied()).unwrap().to_string();
        assert_eq!(words(&[3.0, 1.0, 2.0]), "2 [1–3]");
        assert_eq!(words(&[7.0, 7.0]), "7");
        assert_eq!(words(&[0.25, 0.5, 0.75]), "0.50 [0.25–0.75]");
        assert_eq!(words(&[1200.4, 1300.0, 1250.0]), "1250 [1200–1300]");
    }
}
