//! No database at all: what is left is the cost of the harness.

use std::time::Duration;

use super::{Settings, Store, Target};
use crate::measure::{Check, Discipline};
use crate::subject::session::{DbError, Session, Statement, Value};

/// What every query answers: enough to pay any price.
const READ: i64 = 1_000_000;

/// A session whose every call succeeds at once and changes one row.
#[derive(Debug, Default)]
pub struct NoopSession;

impl NoopSession {
    /// There is nothing to read back.
    pub fn settings(&self) -> Settings {
        Settings::new()
    }
}

impl Session for NoopSession {
    async fn prepare(&mut self, _sql: &'static str) -> Result<Statement, DbError> {
        Ok(Statement(0))
    }

    async fn execute(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<u64, DbError> {
        // What a client hands over must have been made, though nobody reads it.
        std::hint::black_box((statement, values));
        Ok(1)
    }

    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError> {
        std::hint::black_box((statement, values));
        Ok(READ)
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn pause(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// The store that stores nothing.
#[derive(Debug)]
pub struct NoopStore;

impl Store for NoopStore {
    fn target(&self, _discipline: Discipline) -> Target {
        Target::Noop
    }

    fn execute(&mut self, _statements: &[String]) -> Result<(), DbError> {
        Ok(())
    }

    fn number(&mut self, _sql: &str) -> Result<i64, DbError> {
        Ok(0)
    }

    fn integrity(&mut self) -> Result<Vec<Check>, DbError> {
        Ok(Vec::new())
    }

    fn remove(self: Box<Self>) -> Result<(), DbError> {
        Ok(())
    }
}
