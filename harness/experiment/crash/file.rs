//! An SQLite file that is written to until something happens to it.

use std::path::Path;

use anyhow::{Result, bail};

use super::transfers;
use super::writer::{End, Job};
use crate::experiment::Lab;
use crate::experiment::lab::Fresh;
use crate::measure::Discipline;
use crate::subject::Subject;
use crate::subject::engine::sqlite::Target;
use crate::subject::engine::{self, Store};

/// A fresh file with the accounts in it, gone once nobody needs it.
pub struct File<'a> {
    subject: &'static Subject,
    fresh: Fresh<'a>,
    target: Target,
}

impl<'a> File<'a> {
    /// Makes one of this subject.
    pub fn fresh(lab: &Lab<'a>, subject: &'static Subject) -> Result<File<'a>> {
        let mut fresh = lab.fresh(subject, &transfers::setup())?;
        let engine::Target::Sqlite(target) = fresh.store().target(Discipline::Careful) else {
            bail!("{} is no SQLite file", subject.name);
        };
        Ok(File {
            subject,
            fresh,
            target,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.target.path
    }

    /// The database, seen by who checks it.
    pub fn store(&mut self) -> &mut (dyn Store + 'a) {
        self.fresh.store()
    }

    /// What the first client does with it from its first transaction on, each as large as may be.
    pub fn job(&self, seed: u64, end: End) -> Job {
        Job {
            target: self.target.clone(),
            pragmas: vec![transfers::SMALL_CACHE.to_owned()],
            asserted: self.subject.asserted(&self.target.manner),
            client: 1,
            next: 1,
            most_pairs: transfers::MOST_PAIRS,
            seed,
            end,
        }
    }
}
