//! Two transactions that read and then write, stepped by hand: who waits, and who is refused.

use anyhow::Result;

use crate::experiment::Lab;
use crate::experiment::play::Play;
use crate::measure::Discipline;
use crate::measure::experiment::Timeline;
use crate::subject::Subject;

const READ: &str = "SELECT value FROM counters WHERE key = 1";
const WRITE: &str = "UPDATE counters SET value = value + 1 WHERE key = 1";

/// Both begin in the same way, read and write; B is patient enough to outwait A in any case.
pub fn play(lab: &Lab<'_>, subject: &Subject, begin: &str) -> Result<Timeline> {
    let setup = [
        "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)",
        "INSERT INTO counters VALUES (1, 100)",
    ];
    let mut database = lab.fresh(subject, &setup.map(str::to_owned))?;
    let target = database.store().target(Discipline::Careful);
    let begin = format!("BEGIN {begin}");
    let mut play = Play::new();
    play.enter("A", &target)?;
    play.enter("B", &target)?;
    play.does("A", &begin)?;
    play.does("A", READ)?;
    let waits = play.begins("begin B", "B", &begin)?;
    let mut b_writes = false;
    if !waits {
        play.does("B", READ)?;
    }
    play.does("A", WRITE)?;
    if !waits {
        b_writes = play.labelled("write B", "B", WRITE)?.done();
        // Its read lock would keep A from committing to a rollback journal.
        if !b_writes {
            play.does("B", "ROLLBACK")?;
        }
    }
    let mut committed = i64::from(play.labelled("commit A", "A", "COMMIT")?.done());
    if waits {
        play.answered_or_told("B")?;
        play.does("B", READ)?;
        b_writes = play.labelled("write B", "B", WRITE)?.done();
    }
    if b_writes {
        committed += i64::from(play.labelled("commit B", "B", "COMMIT")?.done());
    }
    play.timeline(
        &begin["BEGIN ".len()..].to_lowercase(),
        &format!("Two transactions that read and then write, each after {begin}"),
        subject.name,
        &[("busy_timeout", "5000 ms".to_owned())],
        database.store(),
        &[("counter", 100 + committed, READ)],
    )
}
