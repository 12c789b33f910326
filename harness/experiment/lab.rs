//! Where experiments are made.

use std::cell::Cell;
use std::path::Path;

use anyhow::{Context, Result};

use crate::lab::Interrupt;
use crate::load::system::containers::Containers;
use crate::measure::Topology;
use crate::measure::experiment::Extent;
use crate::subject::engine::Store;
use crate::subject::server::Server;
use crate::subject::{self, Subject};

/// The numbers of experiments' databases begin here, so that none has a trial's.
const FIRST_NUMBER: u32 = 1_000_000;

/// What experiments work with.
pub struct Lab<'a> {
    /// How much of each experiment is made.
    pub extent: Extent,
    /// The executable that is started as a worker.
    pub executable: &'a Path,
    /// Where SQLite files are made.
    pub scratch: &'a Path,
    /// A PostgreSQL server, if there is one.
    pub server: Option<&'a Server>,
    /// Where the app runs in containers, if it does.
    pub containers: Option<&'a Containers>,
    /// Whether the user wants it to end.
    pub interrupt: &'a Interrupt,
    /// The seed of every random choice.
    pub seed: u64,
    number: Cell<u32>,
}

impl<'a> Lab<'a> {
    /// A lab with SQLite files in `scratch`, and a server and containers unless there are none.
    pub fn new(
        extent: Extent,
        executable: &'a Path,
        scratch: &'a Path,
        server: Option<&'a Server>,
        containers: Option<&'a Containers>,
        interrupt: &'a Interrupt,
        seed: u64,
    ) -> Lab<'a> {
        Lab {
            extent,
            executable,
            scratch,
            server,
            containers,
            interrupt,
            seed,
            number: Cell::new(FIRST_NUMBER),
        }
    }

    /// A number that no database of this lab has had.
    pub fn number(&self) -> u32 {
        let number = self.number.get();
        self.number.set(number + 1);
        number
    }

    /// Ends the experiment if the user wants that.
    pub fn check(&self) -> Result<()> {
        Ok(self.interrupt.check()?)
    }

    /// The SQLite subjects that experiments are made on.
    pub fn sqlite(&self) -> impl Iterator<Item = &'static Subject> {
        ["sqlite-delete-full", "sqlite-wal-full"]
            .into_iter()
            .filter_map(subject::find)
    }

    /// PostgreSQL, if there is a server.
    pub fn postgres(&self) -> Option<&'static Subject> {
        self.server.and_then(|_| subject::find("postgres"))
    }

    /// Where the app runs: in containers, if there are any.
    pub fn app(&self) -> Topology {
        match self.containers {
            Some(_) => Topology::Containers,
            None => Topology::Apps,
        }
    }

    /// PostgreSQL, if there is a server that the app reaches; else why not, if there is one.
    pub fn postgres_behind_app(&self) -> Result<Option<&'static Subject>, String> {
        let closed = self.containers.and_then(Containers::without_postgres);
        match (self.postgres(), closed) {
            (Some(_), Some(why)) => Err(format!("The app on PostgreSQL: {why}")),
            (postgres, _) => Ok(postgres),
        }
    }

    /// A fresh database of a subject after these statements. It is removed when it is dropped.
    pub fn fresh(&self, subject: &Subject, setup: &[String]) -> Result<Fresh<'a>> {
        self.check()?;
        let number = self.number();
        let store = subject.store(self.scratch, self.server, self.interrupt, number)?;
        let mut fresh = Fresh(Some(store));
        let set_up = fresh.store().execute(setup);
        set_up.context("Cannot set the database up")?;
        Ok(fresh)
    }
}

/// A database that is gone once nobody needs it.
pub struct Fresh<'s>(Option<Box<dyn Store + 's>>);

impl<'s> Fresh<'s> {
    /// The database.
    pub fn store(&mut self) -> &mut (dyn Store + 's) {
        self.0
            .as_deref_mut()
            .expect("it is there until it is dropped")
    }
}

impl Drop for Fresh<'_> {
    fn drop(&mut self) {
        if let Some(store) = self.0.take() {
            // What cannot be removed now goes with the scratch directory or the server.
            let _ = store.remove();
        }
    }
}
