//! Writers killed in mid-transaction, and what becomes of the file with and without what SQLite left
//! beside it. Nothing here is left to chance.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::check::{Acknowledged, check, check_alone};
use super::file::File;
use super::tally::Tally;
use super::victim::Victim;
use super::writer::{End, Said};
use super::{JOURNAL_DELETED, MID_TRANSACTION, WAL_DELETED, traces};
use crate::experiment::Lab;
use crate::measure::experiment::Observation;
use crate::subject::Subject;

/// How many transactions are committed before: fewer than make SQLite checkpoint its log by itself.
const BEFORE: i64 = 20;

/// The most pairs of accounts that each of these changes.
const FEW_PAIRS: i64 = 4;

/// What is done to a file between the kill and its next opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Nothing: SQLite recovers it.
    Nothing,
    /// What SQLite would recover it from is deleted: the journal, or the write-ahead log.
    Delete,
}

/// Kills a writer in mid-transaction, does the deed, and looks.
pub fn killed(
    lab: &Lab<'_>,
    subject: &'static Subject,
    deed: Deed,
    repeat: u32,
) -> Result<Observation> {
    let mut file = File::fresh(lab, subject)?;
    let mut job = file.job(lab.seed.wrapping_add(repeat.into()), End::Halted(BEFORE));
    job.most_pairs = FEW_PAIRS;
    let mut writer = Victim::start(lab, &job)?;
    writer.go()?;
    writer.hear_until(lab, &Said::Halted)?;
    let ended = writer.kill()?;

    let unfinished = traces::unfinished(file.path())?;
    let acknowledged = [Acknowledged {
        client: 1,
        last: ended.acknowledged,
    }];
    let mended = u32::from(!check_alone(file.path(), &acknowledged)?.sound());
    let (left, way) = left(file.path());
    if deed == Deed::Delete {
        fs::remove_file(&left).with_context(|| format!("Cannot delete {}", left.display()))?;
    }
    let found = check(file.store(), &acknowledged)?;
    let mut tally = Tally::default();
    tally.add(ended.acknowledged, Some(unfinished), &found);
    tally.more.push(("mended_by_recovery", mended.into()));
    let by_signal = u32::from(ended.signal == Some(Signal::KILL.as_raw()));
    tally.demand("writers that SIGKILL ended", 1, by_signal);
    tally.demand(
        "kills that left a transaction unfinished",
        1,
        tally.unfinished,
    );
    let way = match deed {
        Deed::Nothing => MID_TRANSACTION,
        Deed::Delete => way,
    };
    Ok(tally.observation(subject.name, way, repeat))
}

/// What a killed writer left beside a file, and the name of the way to delete it.
fn left(file: &Path) -> (PathBuf, &'static str) {
    match traces::wal(file) {
        wal if wal.exists() => (wal, WAL_DELETED),
        _ => (traces::journal(file), JOURNAL_DELETED),
    }
}
