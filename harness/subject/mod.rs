//! What is compared: engines with their settings, and how a PostgreSQL server is provided.

pub mod catalog;
pub mod engine;
pub mod server;
pub mod session;
#[cfg(feature = "gate-trial")]
pub mod worse;

use std::path::Path;

use anyhow::Context;

use crate::lab::Interrupt;
use crate::measure::{Discipline, Engine, SubjectInfo, Tier};
use engine::{Isolation, Manner, Store, postgres};
use server::Server;

/// An engine with its settings: what is compared.
#[derive(Debug)]
pub struct Subject {
    /// The name on the command line and in charts.
    pub name: &'static str,
    /// One sentence on what it is.
    pub summary: &'static str,
    /// What an acknowledged commit survives.
    pub tier: Tier,
    /// Its colour in every chart, as `#rrggbb`; all of them can be told apart by people who do
    /// not see red or green (Okabe and Ito, 2008).
    pub colour: &'static str,
    /// In how much of a default run it takes part.
    pub part: Part,
    /// The engine and the settings that make this subject.
    pub settings: Settings,
}

/// In how much of a default run a subject takes part. One that the user names takes part in
/// everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What most people would choose between: everything, careless clients included.
    Main,
    /// Settings that trade durability for speed, or the other way round: careful clients, at fewer
    /// loads.
    Variant,
    /// Settings that matter where transactions deadlock: those workloads only.
    Deadlocks,
    /// The harness itself: the workloads that say so.
    Harness,
}

/// The engine and the settings that make a subject.
#[derive(Debug, Clone, Copy)]
pub enum Settings {
    /// SQLite.
    Sqlite {
        /// `PRAGMA journal_mode`.
        journal_mode: &'static str,
        /// `PRAGMA synchronous`.
        synchronous: &'static str,
    },
    /// PostgreSQL.
    Postgres {
        /// `synchronous_commit`.
        synchronous_commit: &'static str,
        /// `deadlock_timeout`, as the server shows it; `None` leaves the server's own.
        deadlock_timeout: Option<&'static str>,
    },
    /// No database.
    Noop,
}

impl Subject {
    /// The engine.
    pub fn engine(&self) -> Engine {
        match self.settings {
            Settings::Sqlite { .. } => Engine::Sqlite,
            Settings::Postgres { .. } => Engine::Postgres,
            Settings::Noop => Engine::Noop,
        }
    }

    /// Whether the app has what it takes to be in front of it: a database, and no setting that the app
    /// does not know.
    pub fn behind_an_app(&self) -> bool {
        match self.settings {
            Settings::Sqlite { .. } => true,
            Settings::Postgres {
                deadlock_timeout, ..
            } => deadlock_timeout.is_none(),
            Settings::Noop => false,
        }
    }

    /// The settings that every connection of a client of this manner must read back, or the trial
    /// does not count.
    pub fn asserted(&self, manner: &Manner) -> engine::Settings {
        let busy_timeout = manner.busy_timeout_ms().to_string();
        let lock_timeout = manner.lock_timeout_ms.map(postgres::shown);
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        match self.settings {
            Settings::Sqlite {
                journal_mode,
                synchronous,
            } => pairs.extend([
                ("journal_mode", journal_mode),
                ("synchronous", synchronous),
                ("busy_timeout", &busy_timeout),
            ]),
            Settings::Postgres {
                synchronous_commit,
                deadlock_timeout,
            } => {
                pairs.extend([
                    ("fsync", "on"),
                    ("full_page_writes", "on"),
                    ("synchronous_commit", synchronous_commit),
                ]);
                pairs.extend(deadlock_timeout.map(|timeout| ("deadlock_timeout", timeout)));
                // Who leaves the server's defaults reads them back.
                let isolation = manner.isolation.map(Isolation::name);
                pairs.extend(isolation.map(|level| ("transaction_isolation", level)));
                pairs.extend(lock_timeout.as_deref().map(|shown| ("lock_timeout", shown)));
            }
            Settings::Noop => {}
        }
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// What the run file says of this subject.
    pub fn info(&self) -> SubjectInfo {
        SubjectInfo {
            name: self.name.to_owned(),
            engine: self.engine(),
            tier: self.tier,
            summary: self.summary.to_owned(),
            colour: self.colour.to_owned(),
            asserted: Discipline::ALL
                .map(|discipline| (discipline, self.asserted(&Manner::of(discipline))))
                .into(),
            dialect: self
                .dialect()
                .iter()
                .map(|line| (*line).to_owned())
                .collect(),
        }
    }

    /// What this engine's client does differently from another's.
    fn dialect(&self) -> &'static [&'static str] {
        match self.settings {
            Settings::Sqlite { .. } => &[
                "A careful transaction begins with BEGIN IMMEDIATE, a naive one with BEGIN, which takes no lock yet.",
                "Waiting for a lock is bounded by busy_timeout; a naive client does not wait at all.",
                "A key is an INTEGER PRIMARY KEY, counted up by SQLite where rows are appended.",
                "A client is a thread with a connection of its own, inside the instance.",
            ],
            Settings::Postgres { .. } => &[
                "A transaction begins with BEGIN; a careful one is at READ COMMITTED, a naive one at the server's default.",
                "Waiting for a lock is bounded by lock_timeout; a naive client leaves the server's default, which unless changed is to wait for ever.",
                "A key is a BIGINT PRIMARY KEY, GENERATED BY DEFAULT AS IDENTITY where rows are appended.",
                "A client is a connection; each statement is a round trip to the server.",
            ],
            Settings::Noop => &[],
        }
    }

    /// Makes a fresh database for one trial: for SQLite in a new directory under `scratch`, for
    /// PostgreSQL on `server`. A signal ends what it asks the database. `number` tells it from the others of the run.
    pub fn store<'s>(
        &self,
        scratch: &Path,
        server: Option<&'s Server>,
        interrupt: &Interrupt,
        number: u32,
    ) -> anyhow::Result<Box<dyn Store + 's>> {
        match self.settings {
            Settings::Sqlite {
                journal_mode,
                synchronous,
            } => {
                let directory = scratch.join(format!("trial-{number}"));
                std::fs::create_dir(&directory)
                    .with_context(|| format!("Cannot make {}", directory.display()))?;
                let store = engine::sqlite::SqliteStore::new(&directory, journal_mode, synchronous);
                Ok(Box::new(store.until(interrupt)))
            }
            Settings::Postgres {
                synchronous_commit,
                deadlock_timeout,
            } => {
                let server = server.context("No PostgreSQL server was provided")?;
                Ok(Box::new(engine::postgres::PostgresStore::new(
                    server,
                    number,
                    synchronous_commit,
                    deadlock_timeout,
                )?))
            }
            Settings::Noop => Ok(Box::new(engine::noop::NoopStore)),
        }
    }
}

/// The subject of this name.
pub fn find(name: &str) -> Option<&'static Subject> {
    let mut all = catalog::ALL.iter().copied();
    let known = all.find(|subject| subject.name == name);
    #[cfg(feature = "gate-trial")]
    let known = known.or_else(|| worse::find(name));
    known
}
