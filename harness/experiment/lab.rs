//! Where experiments are made.

use std::cell::Cell;
use std::path::Path;

use anyhow::{Context, Result};

use crate::lab::Interrupt;
use crate::subject::engine::Store;
use crate::subject::server::Server;
use crate::subject::{self, Subject};

/// The numbers of experiments' databases begin here, so that none has a trial's.
const FIRST_NUMBER: u32 = 1_000_000;

/// What experiments work with.
pub struct Lab<'a> {
    scratch: &'a Path,
    server: Option<&'a Server>,
    interrupt: &'a Interrupt,
    number: Cell<u32>,
}

impl<'a> Lab<'a> {
    /// A lab with SQLite files in `scratch`, and a server unless there is none.
    pub fn new(scratch: &'a Path, server: Option<&'a Server>, interrupt: &'a Interrupt) -> Lab<'a> {
        Lab {
            scratch,
            server,
            interrupt,
            number: Cell::new(FIRST_NUMBER),
        }
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

    /// A fresh database of a subject after these statements. It is removed when it is dropped.
    pub fn fresh(&self, subject: &Subject, setup: &[String]) -> Result<Fresh<'a>> {
        self.check()?;
        let number = self.number.get();
        self.number.set(number + 1);
        let mut store = subject.store(self.scratch, self.server, self.interrupt, number)?;
        store.execute(setup).context("Cannot set the database up")?;
        Ok(Fresh(Some(store)))
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
