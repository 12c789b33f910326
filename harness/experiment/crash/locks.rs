//! Four writers of one file at once, with SQLite's file locks and without any. Nobody is killed.

use anyhow::Result;

use super::check::{Acknowledged, check};
use super::file::File;
use super::tally::Tally;
use super::victim::Victim;
use super::writer::{End, Job};
use super::{FILE_LOCKS, NO_LOCKS};
use crate::experiment::Lab;
use crate::measure::experiment::Observation;
use crate::subject::Subject;

/// How many writers there are.
const WRITERS: i64 = 4;

/// How many transactions each commits, unless an error ends it.
const COMMITS: i64 = 40;

/// The most pairs of accounts that each of them changes.
const FEW_PAIRS: i64 = 4;

/// Has four writers commit, waits until they are through, and looks.
pub fn at_once(
    lab: &Lab<'_>,
    subject: &'static Subject,
    locks: bool,
    repeat: u32,
) -> Result<Observation> {
    let mut file = File::fresh(lab, subject)?;
    let mut writers = Vec::new();
    for client in 1..=WRITERS {
        let seed = lab.seed.wrapping_add(repeat.into());
        let mut job = Job {
            client,
            most_pairs: FEW_PAIRS,
            ..file.job(seed.rotate_left(client as u32), End::Commits(COMMITS))
        };
        job.target.manner.locks = locks;
        writers.push(Victim::start(lab, &job)?);
    }
    for writer in &mut writers {
        writer.go()?;
    }
    let mut acknowledged = Vec::new();
    let (mut stopped, mut killed) = (0, 0);
    for (client, writer) in (1..).zip(writers) {
        let ended = writer.done(lab)?;
        stopped += u32::from(ended.failed.is_some());
        killed += u32::from(ended.signal.is_some());
        acknowledged.push(Acknowledged {
            client,
            last: ended.acknowledged,
        });
    }
    let found = check(file.store(), &acknowledged)?;
    let mut tally = Tally::default();
    tally.add(acknowledged.iter().map(|of| of.last).sum(), None, &found);
    tally
        .more
        .push(("writers_stopped_by_an_error", stopped.into()));
    tally.demand("writers that a signal ended", 0, killed);
    let way = if locks { FILE_LOCKS } else { NO_LOCKS };
    Ok(tally.observation(subject.name, way, repeat))
}
