//! The same call by call: what a statement comes to when another process adds a column, and what
//! one that is prepared only then comes to.

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

const COLUMNS: &str = "SELECT COUNT(*) FROM pragma_table_info('counters')";

/// The statement is prepared, the table gets a column, and the statement is executed twice.
pub fn play(
    lab: &Lab<'_>,
    subject: &Subject,
    elsewhere: &Elsewhere,
    interface: Interface,
) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &[SETUP.to_owned()])?;
    let target = database.store().target(Discipline::Naive);
    let mut play = Play::new();
    play.enter("reader", &target)?;
    play.enter_elsewhere("changer", elsewhere, &target)?;
    let prepare = Call::Prepare(interface, SQL.to_owned());
    play.does("reader", prepare.clone())?;
    play.does("reader", Call::Step)?;
    play.does("reader", Call::Reset)?;
    let added = play.does("changer", "ALTER TABLE counters ADD COLUMN note TEXT")?;
    play.labelled("step", "reader", Call::Step)?;
    play.labelled("reset", "reader", Call::Reset)?;
    play.labelled("step again", "reader", Call::Step)?;
    play.labelled("reset again", "reader", Call::Reset)?;
    play.labelled("reprepares", "reader", Call::Reprepares)?;
    play.does("reader", prepare)?;
    play.labelled("step after prepare", "reader", Call::Step)?;
    play.does("reader", Call::Reset)?;
    play.timeline(
        short(interface),
        &format!("{}, and a change of another process", interface.name()),
        subject.name,
        &[("processes", "2".to_owned())],
        database.store(),
        &[("columns", 4 + i64::from(added.done()), COLUMNS)],
    )
}

/// The connection has read the schema before the table gets a column, and the statement is prepared
/// after it: SQLite keeps the schema by connection, and nobody looks at the file to prepare.
pub fn late(
    lab: &Lab<'_>,
    subject: &Subject,
    elsewhere: &Elsewhere,
    interface: Interface,
) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &[SETUP.to_owned()])?;
    let target = database.store().target(Discipline::Naive);
    let mut play = Play::new();
    play.enter("reader", &target)?;
    play.enter_elsewhere("changer", elsewhere, &target)?;
    let prepare = Call::Prepare(interface, SQL.to_owned());
    play.does("reader", "SELECT COUNT(*) FROM counters")?;
    let added = play.does("changer", "ALTER TABLE counters ADD COLUMN note TEXT")?;
    play.does("reader", prepare.clone())?;
    play.labelled("step", "reader", Call::Step)?;
    play.labelled("reset", "reader", Call::Reset)?;
    play.does("reader", prepare)?;
    play.labelled("step after prepare", "reader", Call::Step)?;
    play.does("reader", Call::Reset)?;
    play.timeline(
        &format!("late-{}", short(interface)),
        &format!("{} after the change of another process", interface.name()),
        subject.name,
        &[("processes", "2".to_owned())],
        database.store(),
        &[("columns", 4 + i64::from(added.done()), COLUMNS)],
    )
}
