//! The three ways in which a second transaction meets a first one, step by step.

use anyhow::Result;

use super::{READ, TIMEOUT_MS, WRITE, WRITE_OTHER, patience};
use crate::experiment::Lab;
use crate::experiment::play::Play;
use crate::measure::experiment::Timeline;
use crate::measure::{Discipline, Engine};
use crate::subject::Subject;
use crate::subject::engine::Store;

/// How an interleaving is played on a subject.
type Played = fn(&Lab<'_>, &Subject) -> Result<Timeline>;

/// What each of them is called, and how it is played.
pub const ALL: [(&str, Played); 3] = [
    ("second-writer", second_writer),
    ("upgrade", upgrade),
    ("stale-snapshot", stale_snapshot),
];

const STORED: &str = "SELECT CAST(SUM(value) AS BIGINT) FROM counters";

/// Two sessions, both of which wait for locks as long as the lock table has it.
fn two(store: &dyn Store, subject: &Subject) -> Result<Play> {
    let target = store.target(Discipline::Naive);
    let mut play = Play::new();
    for actor in ["A", "B"] {
        play.enter(actor, &target)?;
        play.does(actor, &patience(subject))?;
    }
    Ok(play)
}

fn end(
    play: Play,
    name: &str,
    title: &str,
    subject: &Subject,
    store: &mut dyn Store,
    acknowledged: i64,
) -> Result<Timeline> {
    play.timeline(
        name,
        title,
        subject.name,
        &[("lock timeout", format!("{TIMEOUT_MS} ms"))],
        store,
        &[("increments stored", acknowledged, STORED)],
    )
}

/// B wants to write while A has: it waits, is refused, and gets through once A has committed.
fn second_writer(lab: &Lab<'_>, subject: &Subject) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &super::setup())?;
    let mut play = two(database.store(), subject)?;
    let postgres = subject.engine() == Engine::Postgres;
    let begin = if postgres { "BEGIN" } else { "BEGIN IMMEDIATE" };
    play.does("A", begin)?;
    play.does("A", WRITE)?;
    let mut acknowledged = 1;
    if postgres {
        // It is the row that is locked, not the database.
        acknowledged += i64::from(play.labelled("other row", "B", WRITE_OTHER)?.done());
    }
    let second = if postgres { WRITE } else { begin };
    play.labelled("second", "B", second)?;
    play.labelled("commit A", "A", "COMMIT")?;
    if !postgres {
        play.does("B", begin)?;
    }
    acknowledged += i64::from(play.labelled("second again", "B", WRITE)?.done());
    if !postgres {
        play.does("B", "COMMIT")?;
    }
    let title = "A second writer while a first one is at work";
    end(
        play,
        "second-writer",
        title,
        subject,
        database.store(),
        acknowledged,
    )
}

/// Both have read, and A has written: B wants to write, too, within the transaction in which it read.
fn upgrade(lab: &Lab<'_>, subject: &Subject) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &super::setup())?;
    let mut play = two(database.store(), subject)?;
    for actor in ["A", "B"] {
        play.does(actor, "BEGIN")?;
        play.does(actor, READ)?;
    }
    play.labelled("first of A", "A", WRITE)?;
    play.labelled("first of B", "B", WRITE)?;
    let mut acknowledged = i64::from(play.labelled("commit A", "A", "COMMIT")?.done());
    play.does("B", "ROLLBACK")?;
    if acknowledged == 0 {
        // B's read lock was in the way, and is gone now.
        acknowledged += i64::from(play.labelled("commit A again", "A", "COMMIT")?.done());
    }
    let title = "Two transactions that have read and now write";
    end(
        play,
        "upgrade",
        title,
        subject,
        database.store(),
        acknowledged,
    )
}

/// A has read, and B has committed a write since: A wants to write what it read.
fn stale_snapshot(lab: &Lab<'_>, subject: &Subject) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &super::setup())?;
    let mut play = two(database.store(), subject)?;
    play.does("A", "BEGIN")?;
    play.does("A", READ)?;
    let mut acknowledged = i64::from(play.labelled("write B", "B", WRITE)?.done());
    let first = play.labelled("write A", "A", WRITE)?;
    let stored = match first.done() {
        true => play.labelled("commit A", "A", "COMMIT")?.done(),
        false => {
            // Whoever tries again without a rollback is refused again.
            play.labelled("write A again", "A", WRITE)?;
            play.does("A", "ROLLBACK")?;
            play.labelled("write A anew", "A", WRITE)?.done()
        }
    };
    acknowledged += i64::from(stored);
    let title = "A transaction that has read what is no longer so";
    end(
        play,
        "stale-snapshot",
        title,
        subject,
        database.store(),
        acknowledged,
    )
}
