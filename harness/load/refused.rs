//! A session that there is none of, since the server is full.

use std::time::Duration;

use crate::subject::engine::noop::NoopSession;
use crate::subject::session::{DbError, Session, Statement, Value};

/// Answers whatever it is asked with the error that refused the connection.
#[derive(Debug)]
pub struct Refused(pub DbError);

impl Session for Refused {
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        NoopSession.prepare(sql).await
    }

    async fn execute(&mut self, _: Statement, _: &[Value<'_>]) -> Result<u64, DbError> {
        Err(self.0.clone())
    }

    async fn read(&mut self, _: Statement, _: &[Value<'_>]) -> Result<i64, DbError> {
        Err(self.0.clone())
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        Err(self.0.clone())
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        Err(self.0.clone())
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn pause(&self, duration: Duration) {
        // As PostgreSQL's clients do.
        let _ = tokio::task::spawn_blocking(move || std::thread::sleep(duration)).await;
    }
}
