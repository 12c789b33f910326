//! Trials of an experiment: clients in processes of their own, as in the benchmarks, under
//! conditions that the experiment varies.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::observe::observation;
use super::{Findings, Lab};
use crate::lab::{Interrupted, sentence};
use crate::load::conduct::Conduct;
use crate::load::counting;
use crate::load::style::Style;
use crate::load::system::App;
use crate::load::trial::{self, Conditions, During};
use crate::measure::experiment::Observation;
use crate::measure::{CommitWork, Discipline, Measurement, Point, Topology};
use crate::subject::Subject;
use crate::workload::Workload;

/// A condition of an experiment, and how it is tried.
#[derive(Clone)]
pub struct Case {
    /// The condition, by name; the subject is added.
    pub conditions: Vec<(&'static str, String)>,
    /// On what.
    pub subject: &'static Subject,
    /// What the clients do.
    pub workload: &'static dyn Workload,
    /// How many clients.
    pub clients: u32,
    /// In how many instances.
    pub instances: u32,
    /// How the instances are placed.
    pub topology: Topology,
    /// How the clients conduct themselves.
    pub conduct: Conduct,
    /// How the app goes about its work, where clients ask one.
    pub app: App,
    /// What happens to the app meanwhile.
    pub during: Option<Rc<During>>,
    /// Whether what was acknowledged may be lost, so that a loss is a figure and voids nothing.
    pub may_lose: bool,
    /// Length of the measured stretch. Operations that are numbered need none to speak of: each is
    /// done to its end.
    pub stretch: Duration,
    /// Length of the stretch before it that is not measured.
    pub warm_up: Duration,
    /// How long a pause within a transaction is.
    pub hold: Duration,
}

impl Case {
    /// Clients in four instances, each a process of its own, as in the document. They do one
    /// operation each, all in the same instant.
    pub fn burst(
        subject: &'static Subject,
        workload: &'static dyn Workload,
        clients: u32,
        conduct: Conduct,
    ) -> Case {
        Case {
            conditions: Vec::new(),
            subject,
            workload,
            clients,
            instances: INSTANCES.min(clients),
            topology: Topology::Processes,
            conduct: Conduct {
                operations: Some(1),
                pace: None,
                ..conduct
            },
            app: App::of(Style::Careful),
            during: None,
            may_lose: false,
            stretch: Duration::from_millis(50),
            warm_up: Duration::from_millis(50),
            hold: Duration::ZERO,
        }
    }

    /// The same clients in a closed loop for so long.
    pub fn loops(
        subject: &'static Subject,
        workload: &'static dyn Workload,
        clients: u32,
        conduct: Conduct,
        stretch: Duration,
    ) -> Case {
        Case {
            conduct: Conduct {
                operations: None,
                pace: None,
                ..conduct.clone()
            },
            stretch,
            ..Case::burst(subject, workload, clients, conduct)
        }
    }

    /// The same, with one more condition named.
    pub fn named(mut self, name: &'static str, value: impl ToString) -> Case {
        self.conditions.push((name, value.to_string()));
        self
    }

    fn point(&self) -> Point {
        Point {
            workload: self.workload.name().to_owned(),
            subject: self.subject.name.to_owned(),
            topology: self.topology,
            instances: self.instances,
            clients: self.clients,
            discipline: match self.may_lose {
                true => Discipline::Naive,
                false => Discipline::Careful,
            },
            rate: None,
        }
    }

    pub(super) fn words(&self) -> String {
        let conditions = self.conditions.iter();
        let words: Vec<String> = conditions
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        format!("{}, {}", self.subject.name, words.join(", "))
    }
}

/// App containers in the document.
pub const INSTANCES: u32 = 4;

/// Length of a closed loop whose figures are rates, ratios of them or percentiles. At 16 clients on one row
/// the goodput of sqlite-wal-full over 2 s is within 1 % of that over 8 s; over 0.15 s, within which its log
/// still grows, it is 0.65 of it. That of PostgreSQL stands from the start.
pub const CONVERGED: Duration = Duration::from_secs(2);

impl Lab<'_> {
    /// Tries every case so often, in rounds, each in a random order of its own. What `more` adds
    /// to the usual figures is kept with them.
    ///
    /// # Errors
    /// [`Interrupted`] when the user wants it to end. A trial that cannot be made is a failure
    /// among the findings.
    pub fn series(
        &self,
        cases: &[Case],
        repeats: u32,
        findings: &mut Findings,
        more: impl Fn(&Case, &Measurement, Observation) -> Observation,
    ) -> Result<()> {
        self.parted(cases, repeats, findings, |case, measurement, seen| {
            vec![more(case, measurement, seen)]
        })
    }

    /// The same, but each trial gives several observations: what `parts` makes of the usual one.
    ///
    /// # Errors
    /// As [`Lab::series`].
    pub fn parted(
        &self,
        cases: &[Case],
        repeats: u32,
        findings: &mut Findings,
        parts: impl Fn(&Case, &Measurement, Observation) -> Vec<Observation>,
    ) -> Result<()> {
        let mut found: Vec<(usize, Observation)> = Vec::new();
        for repeat in 1..=repeats {
            let mut order: Vec<(usize, &Case)> = cases.iter().enumerate().collect();
            order.shuffle(&mut StdRng::seed_from_u64(
                self.seed.wrapping_add(u64::from(repeat)),
            ));
            for (place, case) in order {
                self.check()?;
                match self.trial(case, repeat) {
                    Ok(measurement) => {
                        let seen = observation(case, repeat, &measurement);
                        let parts = parts(case, &measurement, seen);
                        found.extend(parts.into_iter().map(|part| (place, part)));
                    }
                    Err(error) if error.is::<Interrupted>() => return Err(error),
                    Err(error) => findings.fail(&case.words(), &error),
                }
            }
        }
        // Told in the order in which the cases are named, not in that of chance.
        found.sort_by_key(|(place, _)| *place);
        let observations = found.into_iter().map(|(_, observation)| observation);
        findings.observations.extend(observations);
        Ok(())
    }

    /// Tries a case once.
    ///
    /// # Errors
    /// Whatever kept the trial from running to its end.
    pub fn trial(&self, case: &Case, repeat: u32) -> Result<Measurement> {
        let point = case.point();
        let (measurement, _) = trial::make(
            &self.conditions(case),
            &self.case(case, &point, repeat),
            false,
        )?;
        Ok(measurement)
    }

    /// Tries a case once and counts what its commits cost; its times say nothing.
    ///
    /// # Errors
    /// As [`Lab::trial`]; or if nothing was committed, or the audit failed.
    pub fn count(&self, case: &Case) -> Result<CommitWork> {
        let point = case.point();
        counting::count(&self.conditions(case), &self.case(case, &point, 0))
    }

    fn case<'c>(&self, case: &'c Case, point: &'c Point, round: u32) -> trial::Case<'c> {
        trial::Case {
            subject: case.subject,
            workload: case.workload,
            point,
            conduct: case.conduct.clone(),
            app: case.app.clone(),
            during: case.during.as_deref(),
            round,
            number: self.number(),
        }
    }

    fn conditions(&self, case: &Case) -> Conditions<'_> {
        Conditions {
            executable: self.executable,
            scratch: self.scratch,
            server: self.server,
            containers: self.containers,
            interrupt: self.interrupt,
            seconds: case.stretch.as_secs_f64(),
            warm_up_seconds: case.warm_up.as_secs_f64(),
            hold_seconds: case.hold.as_secs_f64(),
            growing_log: false,
            seed: self.seed,
        }
    }
}

/// A failure is told once, however many repeats met it.
impl Findings {
    pub(super) fn fail(&mut self, what: &str, error: &anyhow::Error) {
        let failure = format!("{what}: {}", sentence(error));
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }
}
