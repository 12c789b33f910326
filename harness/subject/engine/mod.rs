//! The engines: how to make a fresh database, connect a client to it, and look into it afterwards.

pub mod counting;
pub mod http;
pub mod manner;
pub mod noop;
pub mod postgres;
pub mod sqlite;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::session::DbError;
use crate::measure::{Check, Discipline, Written};

pub use manner::{Begin, Isolation, Manner, Waiting};

/// Settings by name, as an engine reports them.
pub type Settings = BTreeMap<String, String>;

/// How long a careful client waits for a lock before the engine returns an error.
pub const LOCK_TIMEOUT_MS: u32 = 5_000;

/// How long a naive SQLite client waits for a lock: not at all, as SQLite's C library does unless
/// it is told otherwise (sqlite.org/pragma.html#pragma_busy_timeout).
pub const NAIVE_LOCK_TIMEOUT_MS: u32 = 0;

/// Where a client connects, and with which settings. It goes to a worker through a pipe, never
/// through an argument or the environment, since it may hold a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Target {
    /// An SQLite file.
    Sqlite(sqlite::Target),
    /// A PostgreSQL database.
    Postgres(postgres::Target),
    /// A database behind an app, which has its own settings.
    Http(http::Target),
    /// No database.
    Noop,
}

impl Target {
    /// Has what SQLite does for the client counted, or not. A PostgreSQL server counts by itself.
    pub fn count(&mut self, counted: bool) {
        if let Target::Sqlite(target) = self {
            target.counted = counted;
        }
    }

    /// Has clients go about their transactions in this manner.
    pub fn behave(&mut self, manner: &Manner) {
        match self {
            Target::Sqlite(target) => target.manner = manner.clone(),
            Target::Postgres(target) => target.manner = manner.clone(),
            Target::Http(_) | Target::Noop => {}
        }
    }
}

/// The fresh database of one trial, seen from the process that makes and audits it.
pub trait Store {
    /// Where clients of this discipline connect, and how patiently.
    fn target(&self, discipline: Discipline) -> Target;

    /// Executes SQL statements that need no answer. `{key}` stands for the type of a primary key
    /// of 64-bit integers, `{identity}` for that of one that the engine counts up by itself.
    fn execute(&mut self, statements: &[String]) -> Result<(), DbError>;

    /// The number in the first column of the first row of a query, asked on a connection that
    /// no client of the trial used.
    fn number(&mut self, sql: &str) -> Result<i64, DbError>;

    /// What the engine itself can say of the integrity of its files.
    fn integrity(&mut self) -> Result<Vec<Check>, DbError>;

    /// Brings the engine to the state that it stays in under load, while clients are connected and before
    /// they begin.
    fn settle(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    /// What the server has counted of its work so far, after everyone in this database has left;
    /// `None` if there is no server, and whoever does the work must count.
    fn written(&mut self) -> Result<Option<Written>, DbError> {
        Ok(None)
    }

    /// Removes the database.
    fn remove(self: Box<Self>) -> Result<(), DbError>;
}

/// Which of `asserted` the settings read back do not confirm, in words; empty if all hold.
pub fn deviations(asserted: &Settings, read_back: &Settings) -> Vec<String> {
    asserted
        .iter()
        .filter_map(|(name, wanted)| match read_back.get(name) {
            Some(found) if found == wanted => None,
            Some(found) => Some(format!("{name} is {found} where {wanted} was asked for")),
            None => Some(format!("{name} was not read back")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_setting_the_engine_refused_is_noticed() {
        let asserted = settings(&[("journal_mode", "wal"), ("synchronous", "full")]);
        let refused = settings(&[("journal_mode", "delete"), ("synchronous", "full")]);
        assert_eq!(
            deviations(&asserted, &refused),
            ["journal_mode is delete where wal was asked for"]
        );
        assert!(deviations(&asserted, &asserted).is_empty());
    }

    #[test]
    fn a_setting_that_was_not_read_back_is_noticed() {
        let asserted = settings(&[("synchronous", "full")]);
        assert_eq!(
            deviations(&asserted, &Settings::new()),
            ["synchronous was not read back"]
        );
    }
}
