//! What the comparisons of a trial of the gate came to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use super::steps::{HARMS, Step};
use crate::compare::changes::{Kind, Size};
use crate::compare::{Asked, Changes, Verdict, compare};
use crate::measure::statistics::quantile;
use crate::measure::{Run, store};

/// What comparisons came to that should all come to the same.
#[derive(Debug, Default)]
pub struct Tally {
    comparisons: usize,
    /// In which anything that decides was called regressed.
    alarms: usize,
    /// Figures that decide.
    figures: usize,
    /// Of them, those that were called changed, for better or worse.
    changed: usize,
}

impl Tally {
    fn add(&mut self, changes: &Changes) {
        self.comparisons += 1;
        self.alarms += usize::from(changes.regressed());
        let deciding = changes.changes.iter().filter(|change| change.gates);
        for change in deciding {
            self.figures += 1;
            let changed = matches!(change.verdict, Verdict::Regressed | Verdict::Improved);
            self.changed += usize::from(changed);
        }
    }

    /// A share with its count, and whether it meets a target.
    fn row(&self, what: &str, good: &str) -> String {
        let percent = |part: usize, all: usize| match all {
            0 => "–".to_owned(),
            all => format!("{:.1} %", part as f64 / all as f64 * 100.0),
        };
        format!(
            "| {what} | {} | {} of {} ({}) | {} of {} ({}) | {good} |",
            self.comparisons,
            self.alarms,
            self.comparisons,
            percent(self.alarms, self.comparisons),
            self.changed,
            self.figures,
            percent(self.changed, self.figures),
        )
    }
}

/// What all comparisons came to.
pub struct Found {
    /// The first run.
    first: Run,
    /// Of pairs of runs that are the same.
    null: Tally,
    /// Of pairs in which a subject was made worse, as many as there are harms.
    harmed: Vec<Tally>,
    /// The smallest change that each comparison of two that are the same could have shown, by figure.
    smallest: BTreeMap<String, Vec<f64>>,
}

impl Found {
    /// Compares each run that is there with the one before it that is the same; `None` if there is none.
    ///
    /// # Errors
    /// If a run cannot be read or compared.
    pub fn of(steps: &[Step], file: impl Fn(&Step) -> PathBuf) -> Result<Option<Found>> {
        let asked = Asked::default();
        let mut found: Option<Found> = None;
        let mut same: Option<Run> = None;
        for step in steps.iter().filter(|step| file(step).exists()) {
            let new = store::read(&file(step))?;
            let found = found.get_or_insert_with(|| Found::none(new.clone()));
            if let Some(base) = &same {
                found.add(step.harm(), &compare(base, &new, &asked)?);
            }
            if step.harm().is_none() {
                same = Some(new);
            }
        }
        Ok(found)
    }

    fn none(first: Run) -> Found {
        Found {
            first,
            null: Tally::default(),
            harmed: HARMS.iter().map(|_| Tally::default()).collect(),
            smallest: BTreeMap::new(),
        }
    }

    fn add(&mut self, harm: Option<usize>, changes: &Changes) {
        if let Some(harm) = harm {
            return self.harmed[harm].add(changes);
        }
        self.null.add(changes);
        for change in changes.changes.iter().filter(|change| change.gates) {
            if let Some(Size {
                kind: Kind::Ratio,
                smallest,
                ..
            }) = change.effect
            {
                let name = format!("{}, {}: {}", change.group, change.place, change.figure);
                self.smallest.entry(name).or_default().push(smallest);
            }
        }
    }

    /// The table, with what it stands on before it and what it could have shown behind it.
    pub fn markdown(&self, hog: bool) -> String {
        let lines = [
            self.conditions(hog),
            String::new(),
            self.verdicts(),
            String::new(),
            self.seen(),
        ];
        lines.join("\n")
    }

    fn conditions(&self, hog: bool) -> String {
        let first = &self.first;
        let gate = Asked::default().gate;
        let gate: Vec<&str> = gate.iter().map(|basis| basis.plural()).collect();
        format!(
            "Measured from {} on: {}, {} processors, {}, contend {}, {} rounds of {} points, gate on {}{}.",
            first.started.get(..10).unwrap_or(&first.started),
            first.machine.cpu,
            first.machine.cpus,
            first.machine.kernel,
            first.build.version,
            first.plan.rounds,
            first.plan.points.len(),
            gate.join(" and "),
            if hog {
                ", with a processor busy with something else for half of the time"
            } else {
                ""
            },
        )
    }

    fn verdicts(&self) -> String {
        let met = |good: bool| if good { "met" } else { "**missed**" };
        let quiet = share(self.null.alarms, self.null.comparisons) <= 0.05;
        let figures = share(self.null.changed, self.null.figures) <= 0.01;
        let mut lines = vec![
            "| what was done | comparisons | called regressed | figures called changed | target |"
                .to_owned(),
            "|---|---|---|---|---|".to_owned(),
            self.null.row(
                "nothing",
                &format!(
                    "at most 5 % of comparisons: {}; at most 1 % of figures: {}",
                    met(quiet),
                    met(figures)
                ),
            ),
        ];
        for (harm, tally) in HARMS.iter().zip(&self.harmed) {
            let target = harm.target.map_or("none".to_owned(), |target| {
                let good = share(tally.alarms, tally.comparisons) >= target;
                let target = target * 100.0;
                format!("at least {target:.0} % of comparisons: {}", met(good))
            });
            lines.push(tally.row(harm.words, &target));
        }
        lines.join("\n")
    }

    /// What comparisons of two that are the same could have shown, and what it would take to show a change
    /// by a fifth: the smallest change shrinks with the root of the rounds.
    fn seen(&self) -> String {
        let mut lines = vec![
            "| ratio to the other subjects | smallest change that nine of ten comparisons see, median | rounds in which that would be a fifth |"
                .to_owned(),
            "|---|---|---|".to_owned(),
        ];
        for (name, all) in &self.smallest {
            let Some(median) = quantile(all, 0.5) else {
                continue;
            };
            let rounds =
                f64::from(self.first.plan.rounds) * (median.ln_1p() / FIFTH.ln_1p()).powi(2);
            lines.push(format!(
                "| {name} | {:.0} % | {:.0} |",
                median * 100.0,
                rounds.ceil()
            ));
        }
        lines.join("\n")
    }
}

/// The change that a gate must see.
const FIFTH: f64 = 0.2;

fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}
