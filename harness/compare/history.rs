//! What past runs say of a figure: how much runs differ anyway, and whether what it shows now began
//! with this run.
//!
//! Each past run is set beside the new one, as the base is, so that every figure of it is made the
//! same way, whatever it is relative to.

use std::collections::HashMap;

use super::PastRuns;
use super::between::OfRun;
use super::changes::{Moment, PastAsked, Standing};
use super::comparability;
use super::figure::{Evidence, Figure};
use super::figures;
use super::pair::{Pair, in_turns};
use super::statistics::{self, Scale};
use super::steps::{self, steps};
use crate::measure::Run;
use crate::measure::statistics::quantile;

/// The most runs that a history is made of, the two that are compared among them.
pub const MOST_RUNS: usize = 60;

/// A level that began within so many runs is told though nothing changed from base to new.
const RECENT: usize = 10;

/// The fewest other runs of a level that say where it lies.
const OF_A_LEVEL: usize = 4;

/// What past runs say of every figure.
pub struct History {
    /// The past runs it is made of.
    pub asked: PastAsked,
    /// The runs in the order in which they began, base and new among them.
    moments: Vec<Moment>,
    base: usize,
    new: usize,
    figures: HashMap<String, Vec<PastFigure>>,
}

/// A figure of one past run.
struct PastFigure {
    /// Which of the runs it is.
    moment: usize,
    /// Its rounds on the scale on which it is judged; one value, if it was counted once.
    values: Vec<f64>,
    /// The mean of the new run's, beside this one.
    new: f64,
}

impl History {
    /// The history of two runs: the past runs that may be compared with the new one, and are neither
    /// of the two. `None` if both were made in turns: what differs between runs cancels there.
    pub fn of(base: &Run, new: &Run, past: &PastRuns) -> Option<History> {
        if in_turns(base, new) {
            return None;
        }
        let began = |run: &&Run| run.started.clone();
        let others = past.runs.iter();
        let mut others: Vec<&Run> = others
            .filter(|run| ![&base.id, &new.id].contains(&&run.id))
            .collect();
        others.sort_by_key(|run| (&run.started, &run.id));
        others.dedup_by_key(|run| &run.id);
        let found = others.len();
        others.retain(|run| comparability::check(run, new).is_ok());
        let skipped = past.skipped + found - others.len();
        let used = others.split_off(others.len().saturating_sub(MOST_RUNS - 2));
        let elsewhere = |run: &&&Run| !comparability::conditions(run, new).is_empty();
        let asked = PastAsked {
            runs: used.len(),
            elsewhere: used.iter().filter(elsewhere).count(),
            skipped,
        };
        let mut all = used.clone();
        all.extend([base, new]);
        all.sort_by_key(began);
        let place = |wanted: &Run| all.iter().position(|run| run.id == wanted.id);
        let mut history = History {
            asked,
            base: place(base)?,
            new: all.iter().rposition(|run| run.id == new.id)?,
            moments: all.iter().map(|run| Moment::of(run)).collect(),
            figures: HashMap::new(),
        };
        for run in &used {
            let moment = place(run)?;
            for figure in figures::of(&Pair::of(run, new)) {
                if let Some((values, new)) = sides(&figure.evidence) {
                    let past = PastFigure {
                        moment,
                        values,
                        new: statistics::mean(&new, scale(&figure.evidence)),
                    };
                    history.figures.entry(figure.id()).or_default().push(past);
                }
            }
        }
        Some(history)
    }

    /// How many past runs have this figure.
    pub fn runs(&self, figure: &Figure) -> usize {
        self.past(figure).len()
    }

    /// This figure of every past run that has it and rounds to tell its variance from, less the new
    /// run's, if rounds resemble their neighbours so much.
    pub fn of_runs(&self, figure: &Figure, resemblance: f64) -> Vec<OfRun> {
        let scale = scale(&figure.evidence);
        let of_run = |past: &PastFigure| {
            Some(OfRun {
                mean: statistics::mean(&past.values, scale) - past.new,
                variance: statistics::variance_of_mean(&past.values, scale, resemblance)?,
            })
        };
        self.past(figure).iter().filter_map(of_run).collect()
    }

    fn past(&self, figure: &Figure) -> &[PastFigure] {
        self.figures.get(&figure.id()).map_or(&[], Vec::as_slice)
    }

    /// Where the new run stands in the series of all runs, if that is told: for a figure that changed
    /// from base to new, and for one whose level began lately with a step of at least `floor`.
    pub fn standing(&self, figure: &Figure, changed: bool, floor: f64) -> Option<Standing> {
        let (base, new) = sides(&figure.evidence)?;
        let scale = scale(&figure.evidence);
        let mean = |values: &[f64]| statistics::mean(values, scale);
        let past = self.past(figure).iter();
        let mut series: Vec<(usize, f64)> = past
            .map(|past| (past.moment, mean(&past.values) - past.new))
            .collect();
        series.push((self.base, mean(&base) - mean(&new)));
        series.push((self.new, 0.0));
        if series.len() < steps::FEWEST || self.base >= self.new {
            return None;
        }
        series.sort_by_key(|(moment, _)| *moment);
        let place = |moment: usize| series.iter().position(|(of, _)| *of == moment);
        let series = Series {
            base: place(self.base)?,
            new: place(self.new)?,
            values: series.iter().map(|(_, value)| *value).collect(),
            moments: series.iter().map(|(of, _)| &self.moments[*of]).collect(),
        };
        series.standing(changed, floor)
    }
}

/// A figure of every run that has it, in the order of the runs.
struct Series<'h> {
    values: Vec<f64>,
    moments: Vec<&'h Moment>,
    base: usize,
    new: usize,
}

impl Series<'_> {
    fn standing(&self, changed: bool, floor: f64) -> Option<Standing> {
        let steps = steps(&self.values);
        let first = steps.iter().rfind(|step| **step <= self.new).copied();
        let (start, end) = (
            first.unwrap_or(0),
            steps.iter().find(|step| **step > self.new).copied(),
        );
        let end = end.unwrap_or(self.values.len());
        let level = Standing::Level {
            since: self.moments[start].clone(),
            runs: end - start,
        };
        let apart: Vec<f64> = (start..end)
            .filter(|place| ![self.base, self.new].contains(place))
            .map(|place| self.values[place])
            .collect();
        if !changed {
            let before = steps.iter().rfind(|step| **step < start).copied();
            let earlier = &self.values[before.unwrap_or(0)..start];
            let of_level = quantile(&self.values[start..end], 0.5)?;
            let recent = first.is_some() && self.values.len() - start <= RECENT;
            let by = || Some((of_level - quantile(earlier, 0.5)?).abs());
            return (recent && by()? >= floor).then_some(level);
        }
        let middle = quantile(&apart, 0.5)?;
        let off = |place: usize| (self.values[place] - middle).abs();
        if self.base < start && off(self.new) <= off(self.base) / 2.0 {
            return Some(level);
        }
        if apart.len() < OF_A_LEVEL {
            return None;
        }
        let spike = |place: usize| {
            Some(Standing::Spike {
                run: self.moments[place].clone(),
            })
        };
        // Off what others on its level show, be the base on another one or nearer to them.
        if self.base < start || off(self.new) > off(self.base) {
            let Some(next) = self.values.get(self.new + 1) else {
                return Some(Standing::NewStep);
            };
            let back = (next - middle).abs() < (next - self.values[self.new]).abs();
            return back.then(|| spike(self.new))?;
        }
        (self.base > start).then(|| spike(self.base))?
    }
}

/// What base and new have of a figure, on the scale on which it is judged.
fn sides(evidence: &Evidence) -> Option<(Vec<f64>, Vec<f64>)> {
    let (base, new) = match evidence {
        Evidence::Rounds(rounds) => (
            statistics::scaled(&rounds.base, rounds.scale)?,
            statistics::scaled(&rounds.new, rounds.scale)?,
        ),
        Evidence::Counted { base, new, .. } => (
            statistics::scaled(&[*base], Scale::Multiple)?,
            statistics::scaled(&[*new], Scale::Multiple)?,
        ),
        Evidence::Event(_) => return None,
    };
    (!base.is_empty() && !new.is_empty()).then_some((base, new))
}

/// On which scale what base and new have of a figure is judged.
fn scale(evidence: &Evidence) -> Scale {
    match evidence {
        Evidence::Rounds(rounds) => rounds.scale,
        Evidence::Counted { .. } | Evidence::Event(_) => Scale::Multiple,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the last of these runs beside the one at `base`, if it changed or did not.
    fn of(values: &[f64], base: usize, new: usize, changed: bool) -> Option<Standing> {
        let moments: Vec<Moment> = (0..values.len())
            .map(|run| Moment {
                run: run.to_string(),
                started: String::new(),
            })
            .collect();
        let series = Series {
            values: values.to_vec(),
            moments: moments.iter().collect(),
            base,
            new,
        };
        series.standing(changed, 0.05)
    }

    fn since(run: usize, runs: usize) -> Option<Standing> {
        let since = Moment {
            run: run.to_string(),
            started: String::new(),
        };
        Some(Standing::Level { since, runs })
    }

    fn spike(run: usize) -> Option<Standing> {
        let run = Moment {
            run: run.to_string(),
            started: String::new(),
        };
        Some(Standing::Spike { run })
    }

    /// So many runs at this level, which differ by a hundredth.
    fn level(value: f64, runs: u32) -> Vec<f64> {
        (0..runs)
            .map(|run| value + 0.01 * f64::from(run * 7 % 5))
            .collect()
    }

    #[test]
    fn a_step_between_base_and_new_is_a_level_that_began_earlier() {
        let values = [level(0.0, 9), level(0.3, 8)].concat();
        assert_eq!(of(&values, 2, 16, true), since(9, 8));
        // The pair is on one level: told, because it began lately, and no more once it is old.
        assert_eq!(of(&values, 15, 16, false), since(9, 8));
        let old = [level(0.0, 9), level(0.3, 11)].concat();
        assert_eq!(of(&old, 18, 19, false), None);
        assert_eq!(of(&level(0.0, 17), 15, 16, false), None);
        let little = [level(0.0, 9), level(0.04, 8)].concat();
        assert_eq!(of(&little, 15, 16, false), None);
    }

    #[test]
    fn what_only_the_new_run_shows_the_next_has_to_confirm() {
        let mut values = [level(0.0, 14), vec![0.3]].concat();
        assert_eq!(of(&values, 13, 14, true), Some(Standing::NewStep));
        values.push(0.01);
        assert_eq!(of(&values, 13, 14, true), spike(14));
        // On an older level, it is that one it left.
        let values = [level(0.0, 9), level(0.3, 8), vec![0.6]].concat();
        assert_eq!(of(&values, 16, 17, true), Some(Standing::NewStep));
        assert_eq!(of(&values, 2, 17, true), Some(Standing::NewStep));
    }

    #[test]
    fn a_base_that_was_off_alone_is_a_spike() {
        let values = [level(0.0, 13), vec![0.4, 0.01]].concat();
        assert_eq!(of(&values, 13, 14, true), spike(13));
    }

    #[test]
    fn too_few_runs_of_a_level_say_nothing() {
        let values = [level(0.0, 12), level(0.5, 4), vec![0.0]].concat();
        assert!(!matches!(
            of(&values, 15, 16, true),
            Some(Standing::Level { .. })
        ));
    }
}
