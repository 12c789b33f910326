//! How an operation ended, in one vocabulary for both engines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an operation, or one attempt of it, ended.
///
/// The engine's own code (an SQLite extended result code, a PostgreSQL SQLSTATE) is kept beside
/// the class wherever errors are counted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The engine acknowledged the commit.
    Committed,
    /// SQLite: another connection holds the lock (SQLITE_BUSY, 5, and its variants but 517).
    Busy,
    /// SQLite in WAL mode: the snapshot read from is no longer the newest (517).
    BusySnapshot,
    /// SQLite: a conflict within one connection or a shared cache (SQLITE_LOCKED, 6).
    Locked,
    /// The schema changed under a prepared statement (SQLITE_SCHEMA 17; SQLSTATE 0A000 for a
    /// cached plan).
    Schema,
    /// PostgreSQL chose this transaction to break a deadlock (SQLSTATE 40P01).
    Deadlock,
    /// PostgreSQL could not serialise the transaction (SQLSTATE 40001): a serialization failure.
    Serialization,
    /// PostgreSQL gave up waiting for a lock (SQLSTATE 55P03).
    LockTimeout,
    /// The server takes no more connections (SQLSTATE 53300).
    TooManyConnections,
    /// A statement or the operation took longer than it was allowed (SQLSTATE 57014).
    Timeout,
    /// The connection broke before an answer came: the commit may or may not have happened.
    Unknown,
    /// Anything else; its code tells what.
    Other,
}

impl Outcome {
    /// Every outcome, in the order in which reports list them.
    pub const ALL: [Outcome; 12] = [
        Outcome::Committed,
        Outcome::Busy,
        Outcome::BusySnapshot,
        Outcome::Locked,
        Outcome::Schema,
        Outcome::Deadlock,
        Outcome::Serialization,
        Outcome::LockTimeout,
        Outcome::TooManyConnections,
        Outcome::Timeout,
        Outcome::Unknown,
        Outcome::Other,
    ];

    /// The name used in run files, on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Committed => "committed",
            Outcome::Busy => "busy",
            Outcome::BusySnapshot => "busy_snapshot",
            Outcome::Locked => "locked",
            Outcome::Schema => "schema",
            Outcome::Deadlock => "deadlock",
            Outcome::Serialization => "serialization",
            Outcome::LockTimeout => "lock_timeout",
            Outcome::TooManyConnections => "too_many_connections",
            Outcome::Timeout => "timeout",
            Outcome::Unknown => "unknown",
            Outcome::Other => "other",
        }
    }
}

/// How often one error was returned to a client, attempt by attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorCount {
    /// The class of the error.
    pub class: Outcome,
    /// The engine's own code: an SQLite extended result code or a PostgreSQL SQLSTATE.
    pub code: String,
    /// What the engine said the first time.
    pub message: String,
    /// How many attempts ended with it.
    pub attempts: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_outcome_is_the_name_in_the_run_file() {
        for outcome in Outcome::ALL {
            let json = serde_json::to_string(&outcome).unwrap();
            assert_eq!(json, format!("\"{}\"", outcome.name()));
        }
    }
}
