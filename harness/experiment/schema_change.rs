//! What a prepared statement comes to when somebody else changes the schema.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char, c_int, c_uint};
use std::ptr;

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, ffi};

use super::{Experiment, Findings, Lab};
use crate::lab::sentence;
use crate::measure::experiment::Observation;
use crate::measure::{Audit, Check, Discipline};
use crate::subject::Subject;
use crate::subject::engine::{Target, sqlite};

unsafe extern "C" {
    /// The interface of SQLite 3.3 and earlier, kept since for those who link against it; the
    /// bindings leave it out (sqlite.org/c3ref/prepare.html).
    fn sqlite3_prepare(
        database: *mut ffi::sqlite3,
        sql: *const c_char,
        length: c_int,
        statement: *mut *mut ffi::sqlite3_stmt,
        tail: *mut *const c_char,
    ) -> c_int;
}

const SQL: &str = "SELECT value FROM counters WHERE key = 1";

/// Every kind of change that another connection makes: a name, and its statements.
const CHANGES: &[(&str, &[&str])] = &[
    (
        "create index",
        &["CREATE INDEX by_value ON counters (value)"],
    ),
    (
        "create another table",
        &["CREATE TABLE another (a INTEGER)"],
    ),
    (
        "add a column",
        &["ALTER TABLE counters ADD COLUMN note TEXT"],
    ),
    (
        "drop another column",
        &["ALTER TABLE counters DROP COLUMN spare"],
    ),
    (
        "rename the column",
        &["ALTER TABLE counters RENAME COLUMN value TO amount"],
    ),
    ("analyze", &["ANALYZE"]),
    ("vacuum", &["VACUUM"]),
    ("set user_version", &["PRAGMA user_version = 7"]),
    (
        "change rows only",
        &["UPDATE counters SET value = value + 1"],
    ),
];

/// How the statement was prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interface {
    Legacy,
    V2,
    V3,
}

impl Interface {
    const ALL: [Interface; 3] = [Interface::Legacy, Interface::V2, Interface::V3];

    fn name(self) -> &'static str {
        match self {
            Interface::Legacy => "sqlite3_prepare",
            Interface::V2 => "sqlite3_prepare_v2",
            Interface::V3 => "sqlite3_prepare_v3",
        }
    }
}

/// Prepared statements and changes of the schema, on SQLite.
#[derive(Debug)]
pub struct SchemaChange;

impl Experiment for SchemaChange {
    fn name(&self) -> &'static str {
        "schema-change"
    }

    fn question(&self) -> &'static str {
        "If another connection changes the schema between prepare and execute, does the statement fail with SQLITE_SCHEMA (17), and does BEGIN EXCLUSIVE around the change avoid it?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["B1", "B3", "B4"]
    }

    fn seconds(&self) -> f64 {
        4.0
    }

    fn on_postgres(&self) -> bool {
        false
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for subject in lab.sqlite() {
            for interface in Interface::ALL {
                for (change, statements) in CHANGES {
                    for exclusive in [false, true] {
                        // VACUUM cannot run within a transaction.
                        if exclusive && *change == "vacuum" {
                            continue;
                        }
                        lab.check()?;
                        let case = Case {
                            interface,
                            change,
                            statements,
                            exclusive,
                        };
                        match case.observe(lab, subject) {
                            Ok(observation) => findings.observations.push(observation),
                            Err(error) => findings.failures.push(format!(
                                "{}, {}, {change}: {}",
                                subject.name,
                                interface.name(),
                                sentence(&error)
                            )),
                        }
                    }
                }
            }
        }
        Ok(findings)
    }
}

/// One way to prepare against one change.
struct Case {
    interface: Interface,
    change: &'static str,
    statements: &'static [&'static str],
    exclusive: bool,
}

impl Case {
    fn observe(&self, lab: &Lab<'_>, subject: &Subject) -> Result<Observation> {
        let setup = [
            "CREATE TABLE counters (key {key}, value BIGINT NOT NULL, spare TEXT)",
            "INSERT INTO counters (key, value) VALUES (1, 41)",
        ];
        let mut database = lab.fresh(subject, &setup.map(str::to_owned))?;
        let Target::Sqlite(target) = database.store().target(Discipline::Careful) else {
            bail!("{} is not SQLite", subject.name);
        };
        let reader = sqlite::open(&target)?;
        let changer = sqlite::open(&target)?;
        let mut statement = Prepared::new(&reader, self.interface)?;
        let before = statement.run();

        if self.exclusive {
            changer.execute_batch("BEGIN EXCLUSIVE")?;
        }
        for sql in self.statements {
            changer
                .execute_batch(sql)
                .with_context(|| (*sql).to_owned())?;
        }
        if self.exclusive {
            changer.execute_batch("COMMIT")?;
        }

        let first = statement.run();
        let second = statement.run();
        let reprepared = statement.reprepared();
        drop(statement);
        let anew = Prepared::new(&reader, self.interface).map(|mut statement| statement.run());
        let condition = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let figure = |name: &str, value: c_int| (name.to_owned(), f64::from(value));
        let mut figures = BTreeMap::from([
            figure("step", first.step),
            figure("reset", first.reset),
            figure("step again", second.step),
            figure("reset again", second.reset),
            figure("reprepares", reprepared),
        ]);
        // A column that is gone keeps a new statement from being prepared, too.
        figures.extend(
            anew.ok()
                .map(|anew| figure("step after prepare", anew.step)),
        );
        Ok(Observation {
            conditions: BTreeMap::from([
                condition("subject", subject.name),
                condition("interface", self.interface.name()),
                condition("change", self.change),
                condition(
                    "BEGIN EXCLUSIVE around it",
                    if self.exclusive { "yes" } else { "no" },
                ),
            ]),
            repeat: 1,
            figures,
            audit: Audit {
                checks: vec![
                    Check::number(
                        "the statement gave a row before the change",
                        ffi::SQLITE_ROW.into(),
                        before.step.into(),
                    ),
                    Check::number("what it gave", 41, before.value.unwrap_or(-1)),
                ],
            },
        })
    }
}

/// What one execution came to: result codes (sqlite.org/rescode.html), and the row's value.
struct Ran {
    step: c_int,
    reset: c_int,
    value: Option<i64>,
}

/// A statement prepared by one of the three interfaces.
struct Prepared<'c> {
    statement: *mut ffi::sqlite3_stmt,
    /// The connection must not be closed before the statement is finalized.
    _connection: &'c Connection,
}

impl<'c> Prepared<'c> {
    fn new(connection: &'c Connection, interface: Interface) -> Result<Prepared<'c>> {
        let sql = CString::new(SQL)?;
        let mut statement = ptr::null_mut();
        // SAFETY: the handle is that of an open connection, used on this thread only; the text is
        // NUL-terminated and outlives the call; the statement is written before it is read.
        let code = unsafe {
            let database = connection.handle();
            let (sql, tail) = (sql.as_ptr(), ptr::null_mut());
            match interface {
                Interface::Legacy => sqlite3_prepare(database, sql, -1, &mut statement, tail),
                Interface::V2 => ffi::sqlite3_prepare_v2(database, sql, -1, &mut statement, tail),
                Interface::V3 => {
                    let flags = ffi::SQLITE_PREPARE_PERSISTENT as c_uint;
                    ffi::sqlite3_prepare_v3(database, sql, -1, flags, &mut statement, tail)
                }
            }
        };
        if code != ffi::SQLITE_OK {
            bail!("{} returned {code}", interface.name());
        }
        Ok(Prepared {
            statement,
            _connection: connection,
        })
    }

    /// Steps once and resets.
    fn run(&mut self) -> Ran {
        // SAFETY: the statement was prepared and is not finalized before it is dropped.
        unsafe {
            let step = ffi::sqlite3_step(self.statement);
            let value =
                (step == ffi::SQLITE_ROW).then(|| ffi::sqlite3_column_int64(self.statement, 0));
            Ran {
                step,
                value,
                reset: ffi::sqlite3_reset(self.statement),
            }
        }
    }

    /// How often SQLite has prepared it again by itself.
    fn reprepared(&self) -> c_int {
        // SAFETY: as above; the counter is only read.
        unsafe { ffi::sqlite3_stmt_status(self.statement, ffi::SQLITE_STMTSTATUS_REPREPARE, 0) }
    }
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        // SAFETY: it is finalized here and nowhere else.
        unsafe {
            ffi::sqlite3_finalize(self.statement);
        }
    }
}
