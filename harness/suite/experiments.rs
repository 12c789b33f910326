//! The experiments of a run, after its rounds.

use std::collections::BTreeSet;

use anyhow::Result;

use super::progress::Progress;
use crate::experiment::{self, Experiment, Lab};
use crate::load::trial::Conditions;
use crate::measure::experiment::Extent;
use crate::measure::{self, Run};
use crate::subject::catalog;

/// The experiments that a run to this extent makes unless some are named.
pub fn usual(extent: Extent) -> Vec<&'static dyn Experiment> {
    let all = experiment::ALL.iter().copied();
    all.filter(|experiment| extent == Extent::Full || experiment.by_default())
        .filter(|experiment| experiment.seconds(extent).is_some())
        .collect()
}

/// Which experiments are made, and how much of each.
pub struct Asked {
    /// How much.
    pub extent: Extent,
    /// Which.
    pub experiments: Vec<&'static dyn Experiment>,
}

impl Asked {
    /// How long the experiments are expected to take, in seconds.
    pub fn expected(&self) -> f64 {
        let each = self.experiments.iter();
        each.map(|experiment| self.seconds(*experiment)).sum()
    }

    /// Whether PostgreSQL has a part in any of them.
    pub fn on_postgres(&self) -> bool {
        self.experiments.iter().any(|asked| asked.on_postgres())
    }

    /// Whether any of them asks an app.
    pub fn over_http(&self) -> bool {
        self.experiments.iter().any(|asked| asked.over_http())
    }

    /// How many clients a server must hold for them.
    pub fn clients(&self) -> u32 {
        match self.on_postgres() {
            true => experiment::CLIENTS,
            false => 0,
        }
    }

    /// Makes one after the other, and gives each to `keep` as soon as it is through.
    ///
    /// # Errors
    /// [`Interrupted`](crate::lab::Interrupted) when the user wants it to end.
    pub fn each(
        &self,
        lab: &Lab<'_>,
        progress: &mut Progress,
        mut keep: impl FnMut(measure::Experiment, &Progress),
    ) -> Result<()> {
        let count = self.experiments.len();
        for (index, experiment) in self.experiments.iter().enumerate() {
            lab.check()?;
            let seconds = self.seconds(*experiment);
            progress.experiment(index + 1, count, experiment.name(), seconds);
            keep(experiment::run(*experiment, lab)?, progress);
            progress.done(seconds);
        }
        Ok(())
    }

    /// The questions that only a run in full asks, each with the command that answers it; none if no
    /// experiment is made.
    fn unanswered(&self) -> Vec<String> {
        let asked = |name| self.experiments.iter().any(|asked| asked.name() == name);
        let longer = experiment::ALL.iter().filter(|experiment| {
            !self.experiments.is_empty() && !experiment.by_default() && !asked(experiment.name())
        });
        longer
            .map(|experiment| {
                let (question, name) = (experiment.question(), experiment.name());
                format!("{question} Type `contend experiment run {name}` to find out.")
            })
            .collect()
    }

    fn seconds(&self, experiment: &dyn Experiment) -> f64 {
        experiment.seconds(self.extent).unwrap_or(0.0)
    }
}

/// Makes the experiments, and keeps in the run what they found; after each, `save` gets the run so
/// far. A part that cannot be made is a failure among the findings.
///
/// # Errors
/// [`Interrupted`](crate::lab::Interrupted) when the user wants the run to end; what was found
/// until then is kept.
pub fn make(
    conditions: &Conditions<'_>,
    asked: &Asked,
    run: &mut Run,
    progress: &mut Progress,
    mut save: impl FnMut(&mut Run),
) -> Result<()> {
    let lab = Lab::new(
        asked.extent,
        conditions.executable,
        conditions.scratch,
        // Each step would wait for a server that is gone.
        conditions.server.filter(|server| server.is_alive()),
        conditions.containers,
        conditions.interrupt,
        conditions.seed,
    );
    run.not_measured.extend(asked.unanswered());
    asked.each(&lab, progress, |found, progress| {
        warn_of_failures(&found, run, progress);
        describe_subjects(&found, run);
        run.experiments.push(found);
        save(run);
    })
}

/// Describes the subjects of an experiment that no trial of the run is of.
fn describe_subjects(found: &measure::Experiment, run: &mut Run) {
    let observed = found
        .observations
        .iter()
        .map(|seen| seen.condition("subject"));
    let played = found.timelines.iter().map(|played| played.subject.as_str());
    let names: BTreeSet<&str> = observed.chain(played).collect();
    for subject in catalog::ALL {
        if names.contains(subject.name) && run.subject(subject.name).is_none() {
            run.other_subjects.push(subject.info());
        }
    }
    let rank = |name: &str| catalog::ALL.iter().position(|subject| subject.name == name);
    run.other_subjects
        .sort_by_key(|subject| rank(&subject.name));
}

fn warn_of_failures(found: &measure::Experiment, run: &mut Run, progress: &Progress) {
    if let [first, others @ ..] = &found.failures[..] {
        let more = match others.len() {
            0 => String::new(),
            more => format!(" ({more} more)"),
        };
        let warning = format!(
            "A part of the experiment {} could not be made: {first}{more}.",
            found.name
        );
        progress.say(&format!("warning: {warning}"));
        run.warnings.push(warning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the experiments of a run to this extent say that they take, in seconds.
    fn declared(extent: Extent) -> f64 {
        let seconds = |experiment: &&dyn Experiment| experiment.seconds(extent).unwrap();
        usual(extent).iter().map(seconds).sum()
    }

    #[test]
    fn the_experiments_of_a_default_run_take_at_most_150_seconds_and_those_of_a_quick_one_10() {
        for (extent, most) in [(Extent::Short, 150.0), (Extent::Quick, 10.0)] {
            let seconds = declared(extent);
            assert!(seconds <= most, "{extent:?}: {seconds} s");
        }
    }

    #[test]
    fn a_run_in_full_makes_every_experiment_and_a_default_one_names_those_that_it_does_not() {
        assert_eq!(usual(Extent::Full).len(), experiment::ALL.len());
        let asked = Asked {
            extent: Extent::Short,
            experiments: usual(Extent::Short),
        };
        let unanswered = asked.unanswered();
        assert_eq!(
            unanswered.len() + asked.experiments.len(),
            experiment::ALL.len()
        );
        let named = |name: &str| unanswered.iter().any(|line| line.contains(name));
        assert!(named("contend experiment run overload"), "{unanswered:?}");
    }
}
