//! The system of the first source document: instances of the app on one database, and what shares
//! the requests out among them.
//!
//! In containers nginx does, as in the document; where no Docker runs the same app runs as local
//! processes, and the client itself asks one after the other.

mod app;
pub mod containers;
mod health;
mod instances;
mod processes;

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::lab::Interrupt;
use crate::measure::Topology;
use crate::subject::engine::{Settings, Target, http};
pub use app::{App, OPERATIONS, Operations, POOL};
use containers::Containers;
pub use instances::Instances;

/// How long instances may take from their start until all of them are healthy.
const START: Duration = Duration::from_secs(30);

/// How long an instance may take to end after SIGTERM: more than the longest lock timeout.
const STOP: Duration = Duration::from_secs(15);

/// What a system is made of.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// How the instances are placed: [`Topology::Containers`] or [`Topology::Apps`].
    pub topology: Topology,
    /// How many instances there are.
    pub instances: u32,
    /// What they are told, but for their own names and ports.
    pub environment: &'a [(&'static str, String)],
    /// The executable that is started as a local process.
    pub executable: &'a Path,
    /// Where Docker is, if it is.
    pub containers: Option<&'a Containers>,
    /// Whether the user wants it to end.
    pub interrupt: &'a Interrupt,
}

/// Instances that all answer. Dropping it ends them at once.
pub struct System {
    instances: Box<dyn Instances>,
    settings: Settings,
}

impl System {
    /// Starts the instances and waits until all of them are healthy.
    ///
    /// # Errors
    /// If one does not start, or if two of them read back different settings.
    pub fn start(setup: &Setup<'_>) -> Result<System> {
        let instances: Box<dyn Instances> = match (setup.topology, setup.containers) {
            (Topology::Containers, Some(containers)) => containers.start(setup)?,
            (Topology::Containers, None) => {
                anyhow::bail!(
                    "Containers need Docker and the image of the app: see `contend doctor`, or choose --topology apps."
                )
            }
            _ => Box::new(processes::Processes::start(setup)?),
        };
        let mut system = System {
            instances,
            settings: Settings::new(),
        };
        system.settings = system.healthy(setup.interrupt)?;
        Ok(system)
    }

    /// What every instance read back from its database connection.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where clients send requests.
    pub fn target(&self, remote: bool) -> Target {
        Target::Http(http::Target {
            addresses: self.instances.entrances(),
            remote,
        })
    }

    /// The instances, to do something to them while clients ask them.
    pub fn instances(&self) -> &dyn Instances {
        self.instances.as_ref()
    }

    /// Starts an instance again that was killed, and waits until it is healthy.
    ///
    /// # Errors
    /// If it does not start.
    pub fn restart(&self, index: usize, interrupt: &Interrupt) -> Result<()> {
        self.instances.restart(index)?;
        self.wait_for(index, interrupt).map(drop)
    }

    /// Waits until an instance is healthy; what it read back.
    fn wait_for(&self, index: usize, interrupt: &Interrupt) -> Result<Settings> {
        let addresses = self.instances.addresses();
        let look = || self.instances.ended(index);
        health::wait(&addresses[index], START, interrupt, look)
    }

    /// Waits until every instance is healthy.
    fn healthy(&self, interrupt: &Interrupt) -> Result<Settings> {
        let all = 0..self.instances.addresses().len();
        let all = all.map(|index| self.wait_for(index, interrupt));
        let all: Vec<Settings> = all.collect::<Result<_>>()?;
        let first = all.first().cloned().unwrap_or_default();
        ensure!(
            all.iter().all(|settings| *settings == first),
            "Two instances read back different settings: {all:?}."
        );
        Ok(first)
    }

    /// Ends every instance by SIGTERM and waits until it has closed the database.
    ///
    /// # Errors
    /// If one that was not killed on purpose did not end well, or not in time.
    pub fn stop(self) -> Result<()> {
        self.instances.stop()
    }
}
