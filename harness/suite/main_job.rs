//! All rounds of a plan, from the first trial to the last.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result};
use jiff::Timestamp;

use super::benchmark;
use super::estimates;
use super::plan::{self, order};
use super::progress::Progress;
use super::quiet::Quiet;
use crate::lab::{directory, probe, sentence};
use crate::load::trial::{self, Conditions};
use crate::measure::{
    CriterionEstimate, Engine, Measurement, Outcome, Point, Run, Trial, TrialResult,
};
use crate::subject::server::Server;
use crate::subject::{self, Subject};
use crate::workload::{self, Benchmark};

/// Free space below which a disk counts as full, in bytes. What a failed trial wrote has been
/// removed when it is looked at.
const FULL: u64 = 50_000_000;

/// What the engines say when there is no room: SQLITE_FULL, and PostgreSQL's SQLSTATE disk_full.
const NO_ROOM: [&str; 2] = ["13", "53100"];

/// The round of trials that belong to none.
const LONG: u32 = 0;

/// The main job: what it works with, and the run to which it adds trials and warnings.
pub struct MainJob<'a> {
    conditions: &'a Conditions<'a>,
    run: &'a mut Run,
    quiet: Quiet,
    /// Why the server is gone, if it is.
    server_lost: Option<String>,
}

impl<'a> MainJob<'a> {
    /// A job that has made nothing yet.
    ///
    /// # Errors
    /// If the system refuses to open /dev/null.
    pub fn new(conditions: &'a Conditions<'a>, run: &'a mut Run) -> Result<Self> {
        // Not a file: criterion would panic if the disk were full.
        let nowhere = Path::new("/dev/null");
        let nowhere = std::fs::File::options()
            .write(true)
            .open(nowhere)
            .with_context(|| format!("Cannot write to {}", nowhere.display()))?;
        Ok(MainJob {
            conditions,
            run,
            quiet: Quiet::new(nowhere)?,
            server_lost: None,
        })
    }

    /// Makes every trial of every round; after each, `save` gets the run so far. A trial that
    /// cannot run is recorded as failed, and the others go on.
    ///
    /// # Errors
    /// [`Interrupted`](crate::lab::Interrupted) when the user wants the run to end; the trials made until then are kept.
    pub fn all_rounds(
        &mut self,
        progress: &mut Progress,
        mut save: impl FnMut(&mut Run),
    ) -> Result<()> {
        progress.start();
        for round in 1..=self.run.plan.rounds {
            let points = self.points(round);
            let mut points = points.iter();
            let result = points.try_for_each(|point| self.point(point, round, progress));
            self.end(round);
            result?;
            save(self.run);
        }
        Ok(())
    }

    /// The points in the order of this round.
    pub fn points(&self, round: u32) -> Vec<Point> {
        order(&self.run.plan, round).into_iter().cloned().collect()
    }

    /// The run so far.
    pub fn run(&mut self) -> &mut Run {
        self.run
    }

    /// Gives the trials of a round what criterion made of them.
    pub fn end(&mut self, round: u32) {
        let of_round = |trial: &&mut Trial| trial.round == round;
        match estimates::read(&self.directory(round)) {
            Ok(estimates) => {
                let trials = self.run.trials.iter_mut().filter(of_round);
                attach(trials, &estimates);
            }
            Err(error) => self.run.warnings.push(format!(
                "Criterion's estimates of round {round} are missing: {}",
                sentence(&error)
            )),
        }
    }

    /// Where criterion writes in a round.
    fn directory(&self, round: u32) -> PathBuf {
        // Two runs in turns have points of the same name.
        let turns = self.run.turns.as_ref();
        let side = turns.map_or(String::new(), |turns| format!("{}-", turns.side));
        self.conditions
            .scratch
            .join(format!("criterion-{side}{round}"))
    }

    /// Makes one trial of a point, as a criterion benchmark.
    ///
    /// # Errors
    /// As [`MainJob::all_rounds`].
    pub fn point(&mut self, point: &Point, round: u32, progress: &mut Progress) -> Result<()> {
        progress.trial(round, self.run.plan.rounds, &point.to_string());
        let trial = self.trial(point, round, progress)?;
        self.run.trials.push(trial);
        progress.done(plan::expected(&self.run.plan, point));
        Ok(())
    }

    /// Makes every long trial of the plan. One that cannot run is recorded as failed, and the others go on.
    ///
    /// # Errors
    /// As [`MainJob::all_rounds`].
    pub fn long_trials(&mut self, progress: &mut Progress) -> Result<()> {
        let points = self.run.plan.long_points.clone();
        for (index, point) in points.iter().enumerate() {
            progress.long(index + 1, points.len(), &point.to_string());
            let trial = self.trial(point, LONG, progress)?;
            self.run.long_trials.push(trial);
            progress.done(plan::expected_long(&self.run.plan));
        }
        Ok(())
    }

    /// Makes one trial.
    fn trial(&mut self, point: &Point, round: u32, progress: &Progress) -> Result<Trial> {
        self.conditions.interrupt.check()?;
        let subject = subject::find(&point.subject).context("A plan has known subjects only")?;
        let workload =
            workload::find(&point.workload).context("A plan has known workloads only")?;
        let position = (self.run.trials.len() + self.run.long_trials.len()) as u32 + 1;
        let started = Timestamp::now().to_string();
        let made = match &self.server_lost {
            Some(reason) if subject.engine() == Engine::Postgres => Made {
                fdatasync_us: None,
                result: Err(Error::msg(reason.clone())),
                fdatasync_after_us: None,
            },
            _ if round == LONG => {
                let conditions = Conditions {
                    seconds: self.run.plan.long_seconds,
                    ..*self.conditions
                };
                make(&conditions, subject, workload, point, round, position)
            }
            _ => self.benchmark(subject, workload, point, round, position)?,
        };
        let result = match made.result.and_then(with_disk) {
            Ok(measurement) => {
                self.warn_of_mistakes(point, &measurement, progress);
                TrialResult::Measured(Box::new(measurement))
            }
            // Whatever the trial died of, it was not let to its end.
            Err(error) => {
                self.conditions.interrupt.check()?;
                self.look_after_server(subject, round, progress);
                TrialResult::Failed {
                    reason: sentence(&self.with_room(error)),
                }
            }
        };
        Ok(Trial {
            point: point.clone(),
            round,
            position,
            started,
            fdatasync_us: made.fdatasync_us,
            fdatasync_after_us: made.fdatasync_after_us,
            result,
        })
    }

    fn benchmark(
        &self,
        subject: &Subject,
        workload: &dyn Benchmark,
        point: &Point,
        round: u32,
        position: u32,
    ) -> Result<Made> {
        let made = RefCell::new(None);
        let directory = self.directory(round);
        let version = workload.version();
        let seconds = workload.seconds(self.run.plan.seconds, self.run.plan.hold_seconds);
        let trial = || {
            self.quiet.aloud(|| {
                let new = make(self.conditions, subject, workload, point, round, position);
                let samples = new.result.as_ref().map_or_else(|_| Vec::new(), samples);
                *made.borrow_mut() = Some(new);
                samples
            })
        };
        self.quiet.quietly(|| {
            let mut criterion = benchmark::criterion().output_directory(&directory);
            benchmark::benchmark(&mut criterion, point, version, seconds, trial);
        })?;
        made.into_inner()
            .context("Criterion did not call its benchmark")
    }

    /// An error that is no sign of contention is a mistake of the suite, or of the server's set-up,
    /// and must not pass for a slow database.
    fn warn_of_mistakes(&mut self, point: &Point, measurement: &Measurement, progress: &Progress) {
        for error in measurement
            .errors
            .iter()
            .filter(|error| error.class == Outcome::Other)
        {
            let warning = format!(
                "{} on {} met an error that has nothing to do with contention: {} (code {}).",
                point.workload, point.subject, error.message, error.code
            );
            if !self.run.warnings.contains(&warning) {
                progress.say(&format!("warning: {warning}"));
                self.run.warnings.push(warning);
            }
        }
    }

    /// After a failure: if the disk is full, which engines say in odd ways, that is its reason.
    fn with_room(&self, error: Error) -> Error {
        match directory::free(self.conditions.scratch) {
            Ok(free) if free < FULL => {
                error.context(format!("The disk is full ({} MB free)", free / 1_000_000))
            }
            _ => error,
        }
    }

    /// After a failure: if the server is gone, its other trials are not waited for.
    fn look_after_server(&mut self, subject: &Subject, round: u32, progress: &Progress) {
        let Some(server) = self.conditions.server else {
            return;
        };
        if subject.engine() == Engine::Postgres
            && self.server_lost.is_none()
            && !server.is_alive()
            && self.conditions.interrupt.check().is_ok()
        {
            let when = match round {
                LONG => "in a long trial".to_owned(),
                round => format!("in round {round}"),
            };
            let reason = format!("PostgreSQL stopped answering {when}.");
            let warning = format!("{reason} Its trials from then on are missing.");
            progress.say(&format!("warning: {warning}"));
            self.run.warnings.push(warning);
            self.server_lost = Some(reason);
        }
    }
}

/// A trial whose engine found the disk full measured the lack of room, and nothing else.
fn with_disk(measurement: Measurement) -> Result<Measurement> {
    let full = measurement
        .errors
        .iter()
        .find(|error| error.class == Outcome::Other && NO_ROOM.contains(&error.code.as_str()));
    match full {
        Some(error) => Err(Error::msg(error.message.clone()).context("The disk is full")),
        None => Ok(measurement),
    }
}

/// One trial, made.
struct Made {
    fdatasync_us: Option<f64>,
    result: Result<Measurement>,
    fdatasync_after_us: Option<f64>,
}

fn make(
    conditions: &Conditions<'_>,
    subject: &Subject,
    workload: &dyn Benchmark,
    point: &Point,
    round: u32,
    position: u32,
) -> Made {
    let elsewhere = |server: &Server| server.info().data.is_none();
    let on_this_disk = match subject.engine() {
        Engine::Noop => false,
        Engine::Sqlite => true,
        Engine::Postgres => !conditions.server.is_some_and(elsewhere),
    };
    // A trial whose disk cannot be timed has no reference, and goes on.
    let calibrate = || {
        on_this_disk
            .then(|| probe::calibrate(conditions.scratch).ok())
            .flatten()
    };
    Made {
        fdatasync_us: calibrate(),
        result: trial::run(conditions, subject, workload, point, round, position),
        fdatasync_after_us: calibrate(),
    }
}

/// What criterion gets of a trial.
pub fn samples(measurement: &Measurement) -> Vec<f64> {
    benchmark::samples(measurement.seconds, &measurement.committed_over_time)
}

/// Gives each trial what criterion made of it.
fn attach<'t>(
    trials: impl Iterator<Item = &'t mut Trial>,
    estimates: &BTreeMap<String, CriterionEstimate>,
) {
    for trial in trials {
        let version = workload::find(&trial.point.workload).map_or(0, |found| found.version());
        if let TrialResult::Measured(measurement) = &mut trial.result {
            let id = benchmark::full_id(&trial.point, version);
            measurement.criterion = estimates.get(&id).copied();
        }
    }
}
