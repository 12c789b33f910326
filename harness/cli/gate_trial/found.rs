//! What the comparisons of a trial of the gate came to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::plan::HARMS;
use crate::compare::{
    Asked, Basis, Change, Changes, PastRuns, RUNS_NEEDED, Verdict, compare, compare_among,
};
use crate::load::hinder::ON_PURPOSE;
use crate::measure::outcome::ErrorCount;
use crate::measure::{Outcome, Run, TrialResult, store};
use crate::subject::worse::{self, Harm};

/// How many of the last runs a pipeline keeps, the one compared with among them, as the action does.
pub const PAST: usize = 20;

/// What comparisons came to that should all come to the same.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many there are.
    pub comparisons: usize,
    /// In which something that decides was called regressed: of the subject that was made worse, if one
    /// was.
    pub regressed: usize,
    /// In which something of another one was.
    pub elsewhere: usize,
    /// Figures that decide and that chance can move: whatever is the same in every round of both runs, or
    /// stepped by hand, would hide the others among many that never change.
    pub figures: usize,
    /// Of them, those that were called changed, for better or worse.
    pub changed: usize,
    /// What became of the goodput of the subject that was made worse, beside that of the others, over all and at each
    /// point of each comparison: new over base.
    pub goodput: Vec<f64>,
}

impl Tally {
    /// Adds a comparison of runs in the later of which this subject, or none, was made worse.
    fn add(&mut self, changes: &Changes, subject: Option<&str>) {
        let is_its = |change: &&Change| subject.is_none_or(|name| belongs(change, name));
        self.comparisons += 1;
        let regressed = || changes.gating(Verdict::Regressed);
        self.regressed += usize::from(regressed().any(|change| is_its(&change)));
        self.elsewhere += usize::from(regressed().any(|change| !is_its(&change)));
        for change in changes.changes.iter().filter(|change| change.gates) {
            let changed = matches!(change.verdict, Verdict::Regressed | Verdict::Improved);
            self.changed += usize::from(changed);
            self.figures += usize::from(changed || change.effect.is_some());
        }
        let ratios = changes.changes.iter().filter(is_its);
        let ratios = ratios.filter(|change| is_ratio(change) && change.figure == "goodput");
        let sizes = ratios.filter_map(|change| change.effect);
        self.goodput.extend(sizes.map(|size| size.estimate));
    }
}

/// Whether a figure was found at a point of this subject.
fn belongs(change: &Change, subject: &str) -> bool {
    let place = change.place.strip_prefix(subject);
    place.is_some_and(|rest| rest.starts_with(", "))
}

fn is_ratio(change: &Change) -> bool {
    change.gates && change.basis == Basis::Ratio
}

/// What all comparisons came to.
pub struct Found {
    /// The first run.
    pub first: Run,
    /// The most points that any run measured beside those of the first: of copies that are worse.
    pub most_beside: usize,
    /// The builds that made the runs.
    pub builds: BTreeSet<String>,
    /// Of pairs of runs that are the same.
    pub null: Tally,
    /// Of them, those that had enough runs before them, in the light of those.
    pub with_past: Tally,
    /// Of pairs in the later of which a subject was worse, in the order of [`HARMS`].
    pub harmed: [Tally; HARMS.len()],
    /// Of them, those that had enough runs before them, in the light of those.
    pub harmed_with_past: [Tally; HARMS.len()],
    /// Of pairs of runs that are the same, with a subject made worse afterwards: by subject, in the order of
    /// [`HARMS`].
    pub afterwards: BTreeMap<String, [Tally; HARMS.len()]>,
    /// The smallest change that each comparison of two that are the same could have shown, by figure.
    pub smallest: BTreeMap<String, Vec<f64>>,
}

impl Found {
    /// Compares each run that is there with the one before it; `None` if there is none.
    ///
    /// # Errors
    /// If a run cannot be read or compared, or was made on another machine than the first.
    pub fn of(files: impl Iterator<Item = PathBuf>) -> Result<Option<Found>> {
        let asked = Asked::default();
        let mut found: Option<Found> = None;
        let mut past = PastRuns::default();
        for file in files.filter(|file| file.exists()) {
            let measured = store::read(&file)?;
            let new = without_copies(&measured);
            let found = found.get_or_insert_with(|| Found::none(new.clone()));
            let machine = |run: &Run| (run.machine.cpu.clone(), run.machine.cpus);
            ensure!(
                machine(&new) == machine(&found.first),
                "{} was made on another machine than the first: keep the runs of each in a directory of its own, with --out.",
                file.display()
            );
            found.builds.insert(build(&new));
            let beside = measured.plan.points.len() - new.plan.points.len();
            found.most_beside = found.most_beside.max(beside);
            if let Some(base) = past.runs.last() {
                // The base is among them, and no past run of its own.
                let past = (past.runs.len() > RUNS_NEEDED).then_some(&past);
                let among = |new: &Run| {
                    past.map(|past| compare_among(base, new, Some(past), &asked))
                        .transpose()
                };
                found.same(&compare(base, &new, &asked)?);
                if let Some(changes) = among(&new)? {
                    found.with_past.add(&changes, None);
                }
                for (copy, harm) in copies(&measured) {
                    let subject = Some(worse::original(copy));
                    let new = with_copy(&measured, copy);
                    found.harmed[harm].add(&compare(base, &new, &asked)?, subject);
                    if let Some(changes) = among(&new)? {
                        found.harmed_with_past[harm].add(&changes, subject);
                    }
                }
                found.worsen(base, &new, &asked)?;
            }
            past.runs.push(new);
            let too_many = past.runs.len().saturating_sub(PAST);
            past.runs.drain(..too_many);
        }
        Ok(found)
    }

    fn none(first: Run) -> Found {
        Found {
            first,
            most_beside: 0,
            builds: BTreeSet::new(),
            null: Tally::default(),
            with_past: Tally::default(),
            harmed: Default::default(),
            harmed_with_past: Default::default(),
            afterwards: BTreeMap::new(),
            smallest: BTreeMap::new(),
        }
    }

    /// Adds what two runs that are the same came to.
    fn same(&mut self, changes: &Changes) {
        self.null.add(changes, None);
        for change in changes.changes.iter().filter(|change| is_ratio(change)) {
            if let Some(size) = change.effect {
                let name = format!("{}, {}: {}", change.group, change.place, change.figure);
                self.smallest.entry(name).or_default().push(size.smallest);
            }
        }
    }

    /// Compares two runs that are the same as if each subject in turn had been worse.
    fn worsen(&mut self, base: &Run, new: &Run, asked: &Asked) -> Result<()> {
        for subject in &new.subjects {
            let tallies = self.afterwards.entry(subject.name.clone()).or_default();
            for (harm, tally) in HARMS.iter().zip(tallies) {
                let changes = compare(base, &as_if(harm, new, &subject.name), asked)?;
                tally.add(&changes, Some(&subject.name));
            }
        }
        Ok(())
    }
}

/// The names of the copies that were measured in a run, each with what was done to it as a place in
/// [`HARMS`].
fn copies(run: &Run) -> impl Iterator<Item = (&str, usize)> {
    let names = run.subjects.iter().map(|subject| subject.name.as_str());
    names.filter_map(|name| {
        let done = worse::harm(name)?;
        Some((name, HARMS.iter().position(|harm| *harm == done)?))
    })
}

/// The run as it is without the copies that were measured in it.
fn without_copies(run: &Run) -> Run {
    let mut run = run.clone();
    let is_none = |name: &str| worse::harm(name).is_none();
    run.subjects.retain(|subject| is_none(&subject.name));
    run.plan.points.retain(|point| is_none(&point.subject));
    run.trials.retain(|trial| is_none(&trial.point.subject));
    run.commit_work.retain(|work| is_none(&work.point.subject));
    run
}

/// The run with what was measured of a copy in place of its original.
fn with_copy(run: &Run, copy: &str) -> Run {
    let mut changed = run.clone();
    let original = worse::original(copy);
    changed
        .trials
        .retain(|trial| trial.point.subject != original);
    changed
        .commit_work
        .retain(|work| work.point.subject != original);
    let trials = changed.trials.iter_mut().map(|trial| &mut trial.point);
    let works = changed.commit_work.iter_mut().map(|work| &mut work.point);
    for point in trials.chain(works).filter(|point| point.subject == copy) {
        point.subject = original.to_owned();
    }
    without_copies(&changed)
}

/// The version that made a run, with the commit it was built from.
fn build(run: &Run) -> String {
    let version = &run.build.version;
    let changed = match run.build.dirty {
        Some(true) => " with changes that no commit has",
        _ => "",
    };
    match run.build.commit.as_deref() {
        Some(commit) => format!("{version} ({}{changed})", commit.get(..9).unwrap_or(commit)),
        None => version.clone(),
    }
}

/// A run as it would have been if this had been done to a subject.
fn as_if(harm: &Harm, run: &Run, subject: &str) -> Run {
    let (slower, refused) = match *harm {
        Harm::Slow(share) => (share, 0.0),
        Harm::Refuse(share) => (0.0, share),
    };
    let mut run = run.clone();
    let own = run.trials.iter_mut();
    // What part of a refusal is left for the next trial: few attempts make less than one.
    let mut due = 0.0;
    for trial in own.filter(|trial| trial.point.subject == subject) {
        let TrialResult::Measured(measurement) = &mut trial.result else {
            continue;
        };
        measurement.seconds *= 1.0 + slower;
        due += measurement.attempts as f64 * refused / (1.0 - refused);
        let attempts = due as u64;
        due -= attempts as f64;
        measurement.attempts += attempts;
        if attempts > 0 {
            measurement.errors.push(ErrorCount {
                class: Outcome::Busy,
                code: ON_PURPOSE.to_owned(),
                message: "refused on purpose".to_owned(),
                attempts,
            });
        }
    }
    run
}
