//! How long a connection waits for a lock if nobody says otherwise.

use anyhow::{Result, ensure};
use rusqlite::{Connection, ffi};

use super::{Experiment, Findings, Lab};
use crate::lab::sentence;
use crate::measure::experiment::{Extent, Observation};

/// What the C library and the driver say of a connection nobody has touched.
#[derive(Debug)]
pub struct DefaultTimeout;

impl Experiment for DefaultTimeout {
    fn name(&self) -> &'static str {
        "default-timeout"
    }

    fn question(&self) -> &'static str {
        "How long does a connection wait for a lock before it returns SQLITE_BUSY, if nobody says otherwise?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A3"]
    }

    fn seconds(&self, _extent: Extent) -> Option<f64> {
        Some(0.1)
    }

    fn method(&self) -> &'static str {
        "The busy timeout of a connection on which nobody has set one is read back: as SQLite's C library opens it, and as the Rust driver does."
    }

    fn on_postgres(&self) -> bool {
        false
    }

    fn run(&self, _lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for (library, read) in [
            ("SQLite's C library", of_library as fn() -> Result<i64>),
            ("rusqlite, the Rust driver", of_driver),
        ] {
            match read() {
                Ok(milliseconds) => findings.observations.push(
                    Observation::under([("library", library)])
                        .with("busy_timeout_ms", milliseconds as f64),
                ),
                Err(error) => {
                    let failure = format!("{library}: {}", sentence(&error));
                    findings.failures.push(failure);
                }
            }
        }
        Ok(findings)
    }
}

fn of_driver() -> Result<i64> {
    let connection = Connection::open_in_memory()?;
    Ok(connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?)
}

fn of_library() -> Result<i64> {
    let mut database = std::ptr::null_mut();
    // SAFETY: the name is NUL-terminated, and the pointer is written before it is read.
    let code = unsafe { ffi::sqlite3_open(c":memory:".as_ptr(), &mut database) };
    ensure!(code == ffi::SQLITE_OK, "sqlite3_open returned {code}");
    // SAFETY: the handle was opened just now, and the connection closes it no more than once.
    let connection = unsafe { Connection::from_handle_owned(database) }?;
    Ok(connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?)
}
