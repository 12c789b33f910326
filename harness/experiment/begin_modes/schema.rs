//! Each way to begin, around a change of the schema or around the reading, with a statement of the
//! legacy interface.

use std::fmt;
use std::rc::Rc;

use anyhow::{Result, bail};
use rusqlite::{Connection, ffi};

use super::ON_SQLITE;
use crate::experiment::Lab;
use crate::experiment::statement::{Interface, Prepared};
use crate::measure::experiment::Observation;
use crate::measure::{Audit, Check, Discipline};
use crate::subject::Subject;
use crate::subject::engine::{Target, sqlite};

const CHANGE: &str = "CREATE TABLE another (a INTEGER)";

/// What a transaction is put around, and how it begins; without a way to begin there is none.
pub struct Case {
    around: Around,
    begin: Option<&'static str>,
}

/// What a transaction is put around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    Change,
    /// Begun before the change, and nothing read yet.
    Reading,
    /// Begun before the change, and the statement has been executed in it.
    BothReadings,
}

impl Around {
    fn name(self) -> &'static str {
        match self {
            Around::Change => "the change",
            Around::Reading => "the reading, begun before the change",
            Around::BothReadings => "the reading, having read before the change",
        }
    }
}

impl Case {
    fn begin(&self) -> &'static str {
        self.begin.unwrap_or("none")
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} around {}", self.begin(), self.around.name())
    }
}

/// Every case.
pub fn cases() -> impl Iterator<Item = Case> {
    let around = [Around::Change, Around::Reading, Around::BothReadings];
    let begins = || {
        [None]
            .into_iter()
            .chain(ON_SQLITE.iter().copied().map(Some))
    };
    around
        .into_iter()
        .flat_map(move |around| begins().map(move |begin| Case { around, begin }))
}

/// What the change and the statement come to; nobody waits for a lock.
pub fn observe(lab: &Lab<'_>, subject: &Subject, case: &Case) -> Result<Observation> {
    let setup = [
        "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)",
        "INSERT INTO counters VALUES (1, 41)",
    ];
    let mut database = lab.fresh(subject, &setup.map(str::to_owned))?;
    let Target::Sqlite(file) = database.store().target(Discipline::Naive) else {
        bail!("{} is not SQLite", subject.name);
    };
    let (reader, changer) = (Rc::new(sqlite::open(&file)?), sqlite::open(&file)?);
    let mut statement = Prepared::new(
        &reader,
        Interface::Legacy,
        "SELECT value FROM counters WHERE key = 1",
    )?;
    let begin = case.begin.map(|begin| format!("BEGIN {begin}"));

    let changed = match (&begin, case.around) {
        (Some(begin), Around::Change) => code(&changer, &format!("{begin}; {CHANGE}; COMMIT")),
        (begin, around) => {
            if let Some(begin) = begin {
                reader.execute_batch(begin)?;
            }
            if around == Around::BothReadings {
                statement.step();
                statement.reset();
            }
            code(&changer, CHANGE)
        }
    };
    let (step, value) = (statement.step(), statement.value());
    let reset = statement.reset();
    let mut checks = Vec::new();
    if step == ffi::SQLITE_ROW {
        checks.push(Check::number("value read", 41, value));
    }
    drop(statement);
    drop((reader, changer));
    let tables = database
        .store()
        .number("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'")?;
    checks.push(Check::number(
        "tables",
        1 + i64::from(changed == ffi::SQLITE_OK),
        tables,
    ));
    let mut observation = Observation::under([
        ("subject", subject.name),
        ("around", case.around.name()),
        ("begin", case.begin()),
    ])
    .with("change", changed.into())
    .with("step", step.into())
    .with("reset", reset.into());
    observation.audit = Audit { checks };
    Ok(observation)
}

/// The extended result code of statements.
fn code(connection: &Connection, sql: &str) -> i32 {
    match connection.execute_batch(sql) {
        Err(rusqlite::Error::SqliteFailure(error, _)) => error.extended_code,
        Err(_) => ffi::SQLITE_ERROR,
        Ok(()) => ffi::SQLITE_OK,
    }
}
