//! While BEGIN EXCLUSIVE is open around the change: who reads, who waits, and what waiting is for.

use anyhow::Result;

use super::changes::{SETUP, SQL};
use super::short;
use crate::experiment::Lab;
use crate::experiment::elsewhere::Elsewhere;
use crate::experiment::play::Play;
use crate::experiment::statement::{Call, Interface};
use crate::measure::Discipline;
use crate::measure::experiment::Timeline;
use crate::subject::Subject;

const CHANGE: &str = "CREATE TABLE another (a INTEGER)";
const EARLIER: &str = "CREATE TABLE earlier (a INTEGER)";
const TABLES: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'";

/// Nobody waits: a statement prepared before steps while the transaction is open and after it, and a
/// connection that must read the schema prepares one.
pub fn open(
    lab: &Lab<'_>,
    subject: &Subject,
    elsewhere: &Elsewhere,
    interface: Interface,
) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &[SETUP.to_owned()])?;
    let target = database.store().target(Discipline::Naive);
    let prepare = Call::Prepare(interface, SQL.to_owned());
    let mut play = Play::new();
    play.enter("reader", &target)?;
    play.enter_elsewhere("changer", elsewhere, &target)?;
    let mut tables = 2;
    if interface == Interface::Legacy {
        // An earlier change has this connection forget the schema that it has read.
        play.enter("newcomer", &target)?;
        play.does("newcomer", prepare.clone())?;
        tables += i64::from(play.does("changer", EARLIER)?.done());
        play.does("newcomer", Call::Step)?;
        play.does("newcomer", Call::Reset)?;
        play.does("reader", "SELECT COUNT(*) FROM counters")?;
    }
    play.does("reader", prepare.clone())?;
    play.labelled("step before", "reader", Call::Step)?;
    play.does("reader", Call::Reset)?;
    play.does("changer", "BEGIN EXCLUSIVE")?;
    play.does("changer", CHANGE)?;
    play.labelled("step while open", "reader", Call::Step)?;
    play.does("reader", Call::Reset)?;
    if interface == Interface::Legacy {
        play.labelled("prepare while open", "newcomer", prepare)?;
    }
    tables += i64::from(play.does("changer", "COMMIT")?.done());
    play.labelled("step", "reader", Call::Step)?;
    play.labelled("reset", "reader", Call::Reset)?;
    play.labelled("reprepares", "reader", Call::Reprepares)?;
    play.timeline(
        &format!("exclusive-{}", short(interface)),
        &format!(
            "BEGIN EXCLUSIVE around the change, and {}",
            interface.name()
        ),
        subject.name,
        &[("busy_timeout", "0 ms".to_owned())],
        database.store(),
        &[("tables", tables, TABLES)],
    )
}

/// The reader waits for the transaction to end, if it is kept out.
pub fn waiting(
    lab: &Lab<'_>,
    subject: &Subject,
    elsewhere: &Elsewhere,
    interface: Interface,
) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &[SETUP.to_owned()])?;
    let target = database.store().target(Discipline::Careful);
    let mut play = Play::new();
    play.enter("reader", &target)?;
    play.enter_elsewhere("changer", elsewhere, &target)?;
    play.does("reader", Call::Prepare(interface, SQL.to_owned()))?;
    play.does("changer", "BEGIN EXCLUSIVE")?;
    play.does("changer", CHANGE)?;
    play.begins("step", "reader", Call::Step)?;
    let committed = play.does("changer", "COMMIT")?;
    play.answered_or_told("reader")?;
    play.labelled("reset", "reader", Call::Reset)?;
    play.timeline(
        &format!("waiting-{}", short(interface)),
        &format!(
            "A reader that waits for BEGIN EXCLUSIVE to end, with {}",
            interface.name()
        ),
        subject.name,
        &[("busy_timeout", "5000 ms".to_owned())],
        database.store(),
        &[("tables", 2 + i64::from(committed.done()), TABLES)],
    )
}
