//! How a client goes about its transactions.

use serde::{Deserialize, Serialize};

use super::{LOCK_TIMEOUT_MS, NAIVE_LOCK_TIMEOUT_MS};
use crate::measure::Discipline;

/// How a client goes about its transactions: what its discipline says, or what an experiment
/// varies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manner {
    /// How transactions begin on SQLite.
    pub begin: Begin,
    /// How long an attempt waits for a lock before the engine returns an error, in milliseconds.
    /// `None` leaves the engine's default: SQLite's C library does not wait
    /// (sqlite.org/pragma.html#pragma_busy_timeout), a PostgreSQL server waits for ever unless it
    /// is set up otherwise.
    pub lock_timeout_ms: Option<u32>,
    /// The isolation level on PostgreSQL; `None` leaves the server's default.
    pub isolation: Option<Isolation>,
    /// How SQLite waits for a lock.
    pub waiting: Waiting,
    /// Whether all clients of an instance share one SQLite connection, as the requests of a server
    /// with a single connection do. On PostgreSQL each has one of its own.
    pub shared: bool,
    /// Whether SQLite locks its file. Without locks it stands in for a file system that has none.
    pub locks: bool,
}

/// How a transaction begins on SQLite (sqlite.org/lang_transaction.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Begin {
    /// It takes a lock when it first reads or writes.
    Deferred,
    /// It takes the write lock at once.
    Immediate,
    /// It takes the write lock at once and, with a rollback journal, keeps readers out, too.
    Exclusive,
}

/// An isolation level of PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// The transaction sees what was committed before it began.
    RepeatableRead,
    /// The same, and nothing that no serial order could have shown.
    Serializable,
}

/// How SQLite waits for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waiting {
    /// By the handler that comes with it: it asks again after 1 ms, then less and less often, down
    /// to ten times a second.
    Stock,
    /// By asking again every millisecond, for the timeout of careful clients at most.
    Constant,
}

impl Begin {
    /// The statement.
    pub fn sql(self) -> &'static str {
        match self {
            Begin::Deferred => "BEGIN",
            Begin::Immediate => "BEGIN IMMEDIATE",
            Begin::Exclusive => "BEGIN EXCLUSIVE",
        }
    }
}

impl Isolation {
    /// Its name, as the server shows it.
    pub fn name(self) -> &'static str {
        match self {
            Isolation::ReadCommitted => "read committed",
            Isolation::RepeatableRead => "repeatable read",
            Isolation::Serializable => "serializable",
        }
    }
}

impl Manner {
    /// The manner of a discipline.
    pub fn of(discipline: Discipline) -> Manner {
        let (begin, lock_timeout_ms, isolation) = match discipline {
            Discipline::Careful => (
                Begin::Immediate,
                Some(LOCK_TIMEOUT_MS),
                Some(Isolation::ReadCommitted),
            ),
            Discipline::Naive => (Begin::Deferred, None, None),
        };
        Manner {
            begin,
            lock_timeout_ms,
            isolation,
            waiting: Waiting::Stock,
            shared: false,
            locks: true,
        }
    }

    /// What SQLite's `busy_timeout` reads back, in milliseconds: a handler of another kind has none.
    pub fn busy_timeout_ms(&self) -> u32 {
        match self.waiting {
            Waiting::Stock => self.lock_timeout_ms.unwrap_or(NAIVE_LOCK_TIMEOUT_MS),
            Waiting::Constant => 0,
        }
    }
}
