//! The session over HTTP beside wrk: as many keep-alive connections as the comparison has clients, one
//! process with one thread each, asking the same instance of the app how it is.

mod output;
mod wrk;

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::lab::Interrupt;
use crate::lab::clock::{Clock as _, Monotonic};
use crate::load::conduct::Conduct;
use crate::load::processes::Workers;
use crate::load::protocol::{Job, VERSION};
use crate::load::system::{Setup, System};
use crate::load::trial::{self, Conditions, TO_CONNECT, TO_FINISH};
use crate::measure::crosscheck::{Comparison, Figures};
use crate::measure::{Discipline, Topology};
use crate::subject::engine::Target;
use crate::workload::Terms;
pub use wrk::{NoWrk, Wrk};

/// How long contend's clients warm up, in seconds: until all of them are connected.
const WARM_UP: f64 = 1.0;

/// The app that both sides ask, one after the other.
pub struct App<'a> {
    conditions: &'a Conditions<'a>,
    system: System,
}

impl<'a> App<'a> {
    /// Starts one instance, on a database of its own.
    ///
    /// # Errors
    /// If it does not come to answer.
    pub fn start(conditions: &'a Conditions<'a>, number: u32) -> Result<App<'a>> {
        let file = conditions.scratch.join(format!("crosscheck-{number}.db"));
        let environment = [("DB_PATH", file.display().to_string())];
        let system = System::start(&Setup {
            topology: Topology::Apps,
            instances: 1,
            environment: &environment,
            executable: conditions.executable,
            containers: None,
            interrupt: conditions.interrupt,
        })?;
        Ok(App { conditions, system })
    }

    /// Contend's clients, as trials with an app have them.
    ///
    /// # Errors
    /// Whatever keeps them from their work, or an answer that was an error.
    pub fn contend(&self, comparison: &Comparison) -> Result<Figures> {
        let conduct = Conduct::of(Discipline::Careful);
        let job = Job {
            protocol: VERSION,
            workload: comparison.workload.clone(),
            target: self.system.target(false),
            first_client: 0,
            clients: comparison.clients,
            instances: comparison.instances,
            terms: Terms {
                discipline: Discipline::Careful,
                hold_seconds: self.conditions.hold_seconds,
            },
            retry: conduct.retry,
            operations: None,
            pace: None,
            #[cfg(feature = "gate-trial")]
            harm: None,
            seed: self.conditions.seed,
        };
        let interrupt = self.conditions.interrupt;
        let mut workers = Workers::start(self.conditions.executable, &[job], interrupt)?;
        workers.ready(TO_CONNECT)?;
        let schedule = trial::schedule(Monotonic.now(), WARM_UP, self.conditions.seconds);
        workers.begin(&schedule)?;
        let length = Duration::from_nanos(schedule.end - schedule.start);
        let done = workers.done(length + TO_FINISH)?;
        let [worker] = &done[..] else {
            anyhow::bail!("{} workers answered instead of one", done.len());
        };
        let counts = &worker.counts;
        if let Some(error) = counts.errors.first() {
            anyhow::bail!("The app could not be asked: {}", error.message);
        }
        Ok(Figures {
            committed: counts.committed_per_client.iter().sum(),
            errors: 0,
            seconds: (schedule.end - schedule.measure) as f64 / 1e9,
            cpu_seconds: Some(worker.cpu_seconds),
        })
    }

    /// What wrk does with as many connections.
    ///
    /// # Errors
    /// Whatever keeps it from its work, or an answer that was an error.
    pub fn wrk(
        &self,
        wrk: &Wrk,
        comparison: &Comparison,
        interrupt: &Interrupt,
    ) -> Result<Figures> {
        let Target::Http(target) = self.system.target(false) else {
            anyhow::bail!("An app is asked over HTTP only");
        };
        ensure!(target.addresses.len() == 1, "wrk asks one address");
        let url = format!("http://{}/health", target.addresses[0]);
        wrk.run(&url, comparison.clients, self.conditions.seconds, interrupt)
    }

    /// Ends the instance.
    ///
    /// # Errors
    /// If it does not end well.
    pub fn stop(self) -> Result<()> {
        self.system.stop()
    }
}
