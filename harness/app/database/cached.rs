//! A session that prepares each statement once.

use std::collections::HashMap;
use std::time::Duration;

use crate::subject::session::{DbError, Session, Statement, Value};

/// Hands everything on, but a statement that was prepared before.
pub struct Cached<S> {
    session: S,
    known: HashMap<&'static str, Statement>,
}

impl<S> Cached<S> {
    /// Nothing is prepared yet.
    pub fn new(session: S) -> Cached<S> {
        Cached {
            session,
            known: HashMap::new(),
        }
    }

    /// The session itself.
    pub fn into_inner(self) -> S {
        self.session
    }
}

impl<S: Session> Session for Cached<S> {
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        if let Some(statement) = self.known.get(sql) {
            return Ok(*statement);
        }
        let statement = self.session.prepare(sql).await?;
        self.known.insert(sql, statement);
        Ok(statement)
    }

    async fn execute(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<u64, DbError> {
        self.session.execute(statement, values).await
    }

    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError> {
        self.session.read(statement, values).await
    }

    async fn find(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<Option<i64>, DbError> {
        self.session.find(statement, values).await
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        self.session.begin().await
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        self.session.commit().await
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        self.session.rollback().await
    }

    async fn pause(&self, duration: Duration) {
        self.session.pause(duration).await;
    }
}
