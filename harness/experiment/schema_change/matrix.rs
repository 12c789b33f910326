//! Every way to prepare against every change.

use std::rc::Rc;

use anyhow::{Result, bail};
use rusqlite::ffi;

use super::changes::{Change, SETUP, SQL};
use crate::experiment::Lab;
use crate::experiment::elsewhere::{Elsewhere, Guest};
use crate::experiment::statement::{Interface, Prepared};
use crate::measure::experiment::{Answer, Observation};
use crate::measure::{Audit, Check, Discipline};
use crate::subject::Subject;
use crate::subject::engine::{Target, sqlite};

/// What statements of each interface come to when another process makes this change: each has a
/// connection of its own, and the same change before it.
pub fn observe(
    lab: &Lab<'_>,
    subject: &Subject,
    elsewhere: &Elsewhere,
    change: &Change,
    exclusive: bool,
) -> Result<Vec<Observation>> {
    let mut database = lab.fresh(subject, &[SETUP.to_owned()])?;
    let target = database.store().target(Discipline::Careful);
    let Target::Sqlite(file) = &target else {
        bail!("{} is not SQLite", subject.name);
    };
    let readers = Interface::ALL.map(|interface| Reader::new(file, interface));
    let mut readers: Vec<Reader> = readers.into_iter().collect::<Result<_>>()?;

    let mut changer = elsewhere.enter(&target)?;
    match exclusive {
        true => ["BEGIN EXCLUSIVE", change.sql, "COMMIT"]
            .iter()
            .try_for_each(|sql| made(&mut changer, sql))?,
        false => made(&mut changer, change.sql)?,
    }

    let around = if exclusive { "yes" } else { "no" };
    Ok(readers
        .iter_mut()
        .map(|reader| {
            let conditions = [
                ("subject", subject.name),
                ("interface", reader.interface.name()),
                ("change", change.name),
                ("BEGIN EXCLUSIVE around it", around),
            ];
            reader.read(Observation::under(conditions))
        })
        .collect())
}

/// Has the other process do something that must succeed.
fn made(changer: &mut Guest<'_>, sql: &str) -> Result<()> {
    match changer.ask(sql)?.answer {
        Answer::Done { .. } => Ok(()),
        Answer::Refused { message, .. } => bail!("{sql}: {message}"),
    }
}

/// A connection that holds a prepared statement, which it has executed once.
struct Reader {
    interface: Interface,
    statement: Prepared,
    before: Ran,
    connection: Rc<rusqlite::Connection>,
}

/// What one execution came to: result codes (sqlite.org/rescode.html), and the row's value.
struct Ran {
    step: i32,
    value: i64,
    reset: i32,
}

fn run(statement: &mut Prepared) -> Ran {
    Ran {
        step: statement.step(),
        value: statement.value(),
        reset: statement.reset(),
    }
}

impl Reader {
    fn new(file: &sqlite::Target, interface: Interface) -> Result<Reader> {
        let connection = Rc::new(sqlite::open(file)?);
        let mut statement = Prepared::new(&connection, interface, SQL)?;
        Ok(Reader {
            interface,
            before: run(&mut statement),
            statement,
            connection,
        })
    }

    /// Executes the statement twice, and one that is prepared anew.
    fn read(&mut self, observation: Observation) -> Observation {
        let (first, second) = (run(&mut self.statement), run(&mut self.statement));
        let anew = Prepared::new(&self.connection, self.interface, SQL);
        let observation = observation
            .with("step", first.step.into())
            .with("reset", first.reset.into())
            .with("step again", second.step.into())
            .with("reset again", second.reset.into())
            .with("reprepares", self.statement.reprepares().into());
        let row = i64::from(ffi::SQLITE_ROW);
        let mut checks = vec![
            Check::number("step before the change", row, self.before.step.into()),
            Check::number("value before the change", 41, self.before.value),
        ];
        if first.step == ffi::SQLITE_ROW {
            checks.push(Check::number("value after the change", 41, first.value));
        }
        let audit = Audit { checks };
        // A column or a table that is gone keeps a new statement from being prepared, too.
        let observation = match anew {
            Ok(mut anew) => observation.with("step after prepare", run(&mut anew).step.into()),
            Err(_) => observation,
        };
        Observation {
            audit,
            ..observation
        }
    }
}
