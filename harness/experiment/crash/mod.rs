//! Crashes during writes: processes and whole servers ended by SIGKILL, and beside them the ordinary
//! ways that do destroy an SQLite file.

mod check;
mod destroyed;
mod file;
mod kills;
mod locks;
mod server;
mod tally;
mod traces;
mod transfers;
mod victim;
pub mod writer;

use std::collections::BTreeMap;

use anyhow::Result;

use super::{Experiment, Findings, Lab};
use crate::measure::experiment::{Extent, Unit, View};
use crate::subject::{self, Subject};
use destroyed::Deed;

/// A writing process killed at a random moment.
pub const SIGKILL: &str = "SIGKILL";
/// A writing process killed within a transaction that had written to the file already.
pub const MID_TRANSACTION: &str = "SIGKILL in mid-transaction";
/// The same, and the rollback journal it left is deleted.
pub const JOURNAL_DELETED: &str = "journal deleted after SIGKILL";
/// The same, and the write-ahead log it left is deleted.
pub const WAL_DELETED: &str = "WAL deleted after SIGKILL";
/// Four processes write at once, as SQLite is made for.
pub const FILE_LOCKS: &str = "4 writers, file locks";
/// Four processes write at once through SQLite's VFS without locks.
pub const NO_LOCKS: &str = "4 writers, no file locks";
/// Every process of a PostgreSQL server killed while clients write.
pub const WHOLE_SERVER: &str = "SIGKILL of the whole server";

/// Crashes, in its short and in its full form.
pub static CRASH: Crash = Crash {
    short: Amount {
        batches: 3,
        kills: 25,
        // Each takes a second and a half, and a few of them prove nothing.
        server_kills: 0,
        repeats: 3,
    },
    full: Amount {
        batches: 10,
        kills: 50,
        server_kills: 20,
        repeats: 10,
    },
};

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// Batches of random kills for each SQLite subject, each on a file of its own.
    pub batches: u32,
    /// Random kills in a batch.
    pub kills: u32,
    /// Kills of a whole server for each PostgreSQL subject; without any, none is started.
    pub server_kills: u32,
    /// How often each way to destroy a file is tried.
    pub repeats: u32,
}

/// Crashes during writes.
#[derive(Debug)]
pub struct Crash {
    /// In its short form.
    pub short: Amount,
    /// In full.
    pub full: Amount,
}

impl Crash {
    fn amount(&self, extent: Extent) -> &Amount {
        match extent {
            Extent::Quick | Extent::Short => &self.short,
            Extent::Full => &self.full,
        }
    }
}

impl Experiment for Crash {
    fn name(&self) -> &'static str {
        "crash"
    }

    fn question(&self) -> &'static str {
        "Does a crash during a write corrupt the database or lose what was acknowledged, and if a crash does not, what does?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A8"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(6.5),
            Extent::Full => Some(130.0),
        }
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        let (done, full) = (self.amount(extent), &self.full);
        if done == full {
            return Vec::new();
        }
        vec![format!(
            "Of {} kills of a writer on each SQLite subject {} were made, of {} of the whole server on each PostgreSQL subject {}.",
            full.batches * full.kills,
            done.batches * done.kills,
            full.server_kills,
            done.server_kills
        )]
    }

    fn method(&self) -> &'static str {
        "A process of its own moves money between 2,000 accounts in transactions of 2 to 400 updates, with a page cache of ten pages and a checkpoint every 100 pages, and reports each acknowledged commit through a pipe. It is ended by SIGKILL at a random moment within 20 ms of its first acknowledged commit, the file is opened again, which recovers it, and checked: PRAGMA integrity_check, the sum of the money, the number of changes against what the transactions recorded, no gap in their numbers, and every acknowledged commit. A commit in flight may be there or not. Corrupt is a file of which any check but the last complains. A kill counts as having hit a write if it left a journal that must be rolled back, frames in the log behind the last commit, or a commit in flight; the file is also read without its journal and log, to show that the check can fail. On PostgreSQL four clients do the same against a throwaway cluster made for this, and the postmaster and every child are killed at once; it has no check of its files, so the invariants stand alone. A killed process leaves what it wrote to the kernel, which a loss of power would not: that is not tested here."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        [("every writer".to_owned(), transfers::script())].into()
    }

    fn views(&self) -> Vec<View> {
        let rows = ["way", "subject"];
        vec![
            View::of(
                "corrupt",
                "Databases that were corrupt afterwards",
                "share_corrupt",
                Unit::Share,
            )
            .saying("Corrupt: the engine's integrity check complains, money was made or lost, or a transaction is there in part.")
            .series(&rows),
            View::of(
                "gone",
                "Acknowledged commits that were gone",
                "share_gone",
                Unit::Share,
            )
            .saying("Of the commits acknowledged before. With synchronous_commit off PostgreSQL says beforehand that the last ones may go.")
            .series(&rows),
            View::of(
                "hit",
                "Crashes that hit a write",
                "share_hit",
                Unit::Share,
            )
            .saying("They left a transaction unfinished, or one that was finished and not yet acknowledged. A crash that hits nothing proves nothing.")
            .series(&rows),
        ]
    }

    fn on_postgres(&self) -> bool {
        // It kills a server of its own, never the one of the run.
        false
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let amount = self.amount(lab.extent);
        for subject in lab.sqlite() {
            for repeat in 1..=amount.batches {
                lab.check()?;
                let what = format!("{}, {SIGKILL}", subject.name);
                findings.observe(&what, kills::batch(lab, subject, amount.kills, repeat));
            }
        }
        for repeat in 1..=amount.repeats {
            for subject in lab.sqlite() {
                for deed in [Deed::Nothing, Deed::Delete] {
                    lab.check()?;
                    let what = format!("{}, {MID_TRANSACTION}", subject.name);
                    findings.observe(&what, destroyed::killed(lab, subject, deed, repeat));
                }
            }
            // A write-ahead log needs shared memory, which the VFS without locks does not have.
            for locks in [true, false] {
                lab.check()?;
                let subject = rollback_journal();
                let what = format!("{}, 4 writers, locks: {locks}", subject.name);
                findings.observe(&what, locks::at_once(lab, subject, locks, repeat));
            }
        }
        if amount.server_kills > 0 {
            server::kills(lab, amount.server_kills, &mut findings)?;
        }
        lab.check()?;
        Ok(findings)
    }
}

fn rollback_journal() -> &'static Subject {
    subject::find("sqlite-delete-full").expect("it is in the catalog")
}
