//! The harness under test: contend's clients beside pgbench and beside a bare loop on SQLite's C
//! interface, in rounds, each pair one right after the other.

mod bare;
pub mod http;
pub mod pgbench;
pub mod plan;

use anyhow::{Context, Result, bail};

use super::progress::Progress;
use crate::lab::sentence;
use crate::load::trial::{self, Conditions};
use crate::measure::crosscheck::{Comparison, Figures, Reference, Round};
use crate::measure::{Check, Crosscheck, Discipline};
use crate::subject::engine::{Store, Target};
use crate::subject::{self, Subject};
use crate::workload::{self, Workload};
use http::{App, Wrk};
use pgbench::Pgbench;

/// Measures the comparisons of a crosscheck.
pub struct Job<'a> {
    /// What all trials share.
    pub conditions: &'a Conditions<'a>,
    /// pgbench, if PostgreSQL is to be compared.
    pub pgbench: Option<&'a Pgbench>,
    /// wrk, if the app is to be asked.
    pub wrk: Option<&'a Wrk>,
    /// What is heard meanwhile.
    pub progress: &'a mut Progress,
    /// How many databases were made, which are numbered.
    pub databases: u32,
}

impl Job<'_> {
    /// Measures every round, and makes the figures from them. What fails is told in the crosscheck,
    /// and the rest goes on.
    ///
    /// # Errors
    /// [`Interrupted`](crate::lab::Interrupted) when the user wants it to end.
    pub fn all_rounds(&mut self, crosscheck: &mut Crosscheck) -> Result<()> {
        self.progress.start();
        for round in 1..=crosscheck.rounds {
            let order = plan::order(crosscheck.comparisons.len(), crosscheck.seed, round);
            for (number, contend_first) in order {
                let comparison = &mut crosscheck.comparisons[number];
                let point = plan::point(comparison);
                self.progress
                    .trial(round, crosscheck.rounds, &point.to_string());
                match self.pair(comparison, round, contend_first) {
                    Ok(made) => comparison.rounds.push(made),
                    Err(error) => {
                        // Whatever it died of, it was not let to its end.
                        self.conditions.interrupt.check()?;
                        let failure = error.context(format!("In round {round}, {point}"));
                        crosscheck.failures.push(sentence(&failure));
                    }
                }
                self.progress.done(1.0);
            }
        }
        for comparison in &mut crosscheck.comparisons {
            comparison.figure = comparison.estimate();
        }
        Ok(())
    }

    fn pair(&mut self, comparison: &Comparison, round: u32, contend_first: bool) -> Result<Round> {
        self.conditions.interrupt.check()?;
        if comparison.reference == Reference::Wrk {
            return self.asked(comparison, round, contend_first);
        }
        let subject = subject::find(&comparison.subject).context("There is no such subject")?;
        let workload = workload::find(&comparison.workload).context("There is no such workload")?;
        let own = self.conditions;
        // Beside pgbench both sides warm up and are measured for whole seconds, as it counts them.
        let (warm_up_seconds, seconds) = match comparison.reference {
            Reference::Pgbench => (pgbench::WARM_UP.into(), own.seconds.ceil()),
            _ => (own.warm_up_seconds, own.seconds),
        };
        let conditions = Conditions {
            warm_up_seconds,
            seconds,
            ..*own
        };
        let pair = Pair {
            conditions: &conditions,
            pgbench: self.pgbench,
            comparison,
            subject,
            workload,
            round,
            databases: (self.databases + 1, self.databases + 2),
        };
        self.databases += 2;
        let (contend, reference) = if contend_first {
            let contend = pair.contend()?;
            (contend, pair.reference()?)
        } else {
            let reference = pair.reference()?;
            (pair.contend()?, reference)
        };
        Ok(Round {
            round,
            contend_first,
            contend,
            reference,
        })
    }

    /// The two sides of the comparison with wrk, which ask the same instance of the app.
    fn asked(&mut self, comparison: &Comparison, round: u32, contend_first: bool) -> Result<Round> {
        let wrk = self.wrk.context("There is no wrk")?;
        let interrupt = self.conditions.interrupt;
        let conditions = Conditions {
            // wrk counts whole ones.
            seconds: self.conditions.seconds.ceil(),
            ..*self.conditions
        };
        self.databases += 1;
        let app = App::start(&conditions, self.databases)?;
        let (contend, reference) = if contend_first {
            let contend = app.contend(comparison)?;
            (contend, app.wrk(wrk, comparison, interrupt)?)
        } else {
            let reference = app.wrk(wrk, comparison, interrupt)?;
            (app.contend(comparison)?, reference)
        };
        app.stop()?;
        Ok(Round {
            round,
            contend_first,
            contend,
            reference: Some(reference),
        })
    }
}

/// The two sides of a comparison of engines' clients in one round.
struct Pair<'a> {
    conditions: &'a Conditions<'a>,
    pgbench: Option<&'a Pgbench>,
    comparison: &'a Comparison,
    subject: &'a Subject,
    workload: &'static dyn Workload,
    round: u32,
    databases: (u32, u32),
}

impl Pair<'_> {
    /// Contend's clients, exactly as a run has them.
    fn contend(&self) -> Result<Figures> {
        let made = trial::run(
            self.conditions,
            self.subject,
            self.workload,
            &plan::point(self.comparison),
            self.round,
            self.databases.0,
        )?;
        audited(&made.audit.checks)?;
        Ok(Figures {
            committed: made.committed,
            errors: made.errors.iter().map(|error| error.attempts).sum(),
            seconds: made.seconds,
            cpu_seconds: Some(made.worker_cpu_seconds),
        })
    }

    /// What stands beside them, on a database of its own.
    fn reference(&self) -> Result<Option<Figures>> {
        if self.comparison.reference == Reference::Nothing {
            return Ok(None);
        }
        let mut store = self.subject.store(
            self.conditions.scratch,
            self.conditions.server,
            self.conditions.interrupt,
            self.databases.1,
        )?;
        let result = store
            .execute(&self.workload.setup())
            .context("Cannot set the database up")
            .and_then(|()| match self.comparison.reference {
                Reference::BareLoop => bare::run(
                    self.conditions,
                    self.subject,
                    self.workload,
                    &plan::point(self.comparison),
                    self.round,
                    store.as_mut(),
                ),
                _ => self.pgbench(store.as_mut()),
            });
        // A database that cannot be removed now goes with the scratch directory or the server.
        let _ = store.remove();
        result.map(Some)
    }

    fn pgbench(&self, store: &mut dyn Store) -> Result<Figures> {
        let pgbench = self.pgbench.context("There is no pgbench")?;
        let Target::Postgres(target) = store.target(Discipline::Careful) else {
            bail!("pgbench is for PostgreSQL only");
        };
        let task = pgbench::Task {
            target: &target,
            workload: &self.comparison.workload,
            clients: self.comparison.clients,
            threads: self.comparison.instances,
            // Whole already.
            seconds: self.conditions.seconds as u32,
            directory: self.conditions.scratch,
        };
        let done = pgbench.run(&task, self.conditions.interrupt)?;
        let stored = store.number("SELECT CAST(SUM(value) AS BIGINT) FROM counters")?;
        let what = "increments that pgbench counted";
        audited(&[Check::number(what, done.processed as i64, stored)])?;
        Ok(done.figures)
    }
}

/// Figures of clients that did not do their work are none.
fn audited(checks: &[Check]) -> Result<()> {
    match checks.iter().find(|check| !check.passed) {
        None => Ok(()),
        Some(failed) => bail!("The audit did not pass: {failed}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_check_that_failed_is_enough_and_is_named() {
        let checks = [Check::number("rows", 1, 1), Check::number("sum", 2, 1)];
        assert!(audited(&checks[..1]).is_ok());
        let error = audited(&checks).unwrap_err().to_string();
        assert!(error.contains("sum: expected 2, found 1"), "{error}");
    }
}
