//! What a client may ask of a database, the same for every engine.

use std::time::Duration;

use thiserror::Error;

use crate::measure::Outcome;

/// A value bound to a statement.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A 64-bit integer.
    Integer(i64),
    /// A text.
    Text(&'a str),
}

/// A statement that a session holds prepared.
#[derive(Debug, Clone, Copy)]
pub struct Statement(pub(super) usize);

/// An error of the engine, classed in the vocabulary of the suite.
#[derive(Debug, Clone, Error)]
#[error("{message} (code {code})")]
pub struct DbError {
    /// The class.
    pub class: Outcome,
    /// The engine's own code: an SQLite extended result code or a PostgreSQL SQLSTATE.
    pub code: String,
    /// What the engine said.
    pub message: String,
}

impl DbError {
    /// Whether the engine could not read its own files: SQLITE_CORRUPT and its variants, SQLITE_NOTADB
    /// and a file that ends too soon (sqlite.org/rescode.html); data_corrupted and index_corrupted of
    /// PostgreSQL. A table that was there and is gone counts, too: nobody drops any.
    pub fn damaged(&self) -> bool {
        let codes = ["11", "267", "523", "779", "26", "522", "XX001", "XX002"];
        let gone = self.code == "1" && self.message.contains("no such table");
        codes.contains(&self.code.as_str()) || gone
    }
}

/// One connection of one client.
///
/// Parameters in SQL texts are written `$1`, `$2`, …, and `values[0]` is bound to `$1` wherever
/// it stands in the text.
// The futures need not be `Send`: a client stays on the thread it began on.
#[allow(async_fn_in_trait)]
pub trait Session {
    /// Prepares a statement once, to be executed often.
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError>;

    /// Executes a prepared statement, in the open transaction or, without one, in its own.
    /// Returns the number of rows it changed.
    async fn execute(&mut self, statement: Statement, values: &[Value<'_>])
    -> Result<u64, DbError>;

    /// Executes a prepared query and returns the number in the first column of its only row.
    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError>;

    /// Executes a prepared query and returns the number in the first column of its only row, or
    /// `None` if there is no row. Where queries always find something, this is [`read`](Self::read).
    async fn find(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<Option<i64>, DbError> {
        self.read(statement, values).await.map(Some)
    }

    /// Begins a transaction that will write.
    async fn begin(&mut self) -> Result<(), DbError>;

    /// Commits the open transaction.
    async fn commit(&mut self) -> Result<(), DbError>;

    /// Rolls the open transaction back; does nothing if there is none.
    async fn rollback(&mut self) -> Result<(), DbError>;

    /// Lets time pass without keeping other clients from working.
    async fn pause(&self, duration: Duration);

    /// The errors that the other side met, since this was last asked, in attempts that it made by
    /// itself before the one it answered; whoever attempts nothing by itself has none.
    fn met(&mut self) -> Vec<DbError> {
        Vec::new()
    }

    /// Whether an operation whose end is not known is counted as such and the trial goes on. A
    /// database that loses a connection is broken; an app in front of it may lose an answer.
    fn counts_unknown(&self) -> bool {
        false
    }

    /// Ends a transaction: commits what went well, rolls back what did not. After an error no
    /// transaction is open, so that the whole of it can be tried again.
    async fn finish(&mut self, work: Result<(), DbError>) -> Result<(), DbError> {
        let result = match work {
            Ok(()) => self.commit().await,
            Err(error) => Err(error),
        };
        if result.is_err() {
            // A rollback that fails leaves the first error as the one to tell.
            let _ = self.rollback().await;
        }
        result
    }
}
