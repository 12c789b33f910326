//! Counts the statements that a client sends, whatever becomes of them.

use std::time::Duration;

use crate::subject::session::{DbError, Session, Statement, Value};

/// A session that keeps count and hands everything on.
pub struct CountedSession<'s, S> {
    session: &'s mut S,
    /// Statements sent so far, `BEGIN`, `COMMIT` and `ROLLBACK` included; those that failed, too.
    pub sent: u64,
    /// Whether a transaction is open, so that a rollback is sent and not merely asked for.
    open: bool,
}

impl<'s, S: Session> CountedSession<'s, S> {
    /// Nothing was sent yet.
    pub fn new(session: &'s mut S) -> Self {
        CountedSession {
            session,
            sent: 0,
            open: false,
        }
    }
}

impl<S: Session> Session for CountedSession<'_, S> {
    /// Preparing is not executing, and is not counted.
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        self.session.prepare(sql).await
    }

    async fn execute(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<u64, DbError> {
        self.sent += 1;
        self.session.execute(statement, values).await
    }

    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError> {
        self.sent += 1;
        self.session.read(statement, values).await
    }

    async fn find(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<Option<i64>, DbError> {
        self.sent += 1;
        self.session.find(statement, values).await
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        self.sent += 1;
        let result = self.session.begin().await;
        self.open = result.is_ok();
        result
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        self.sent += 1;
        let result = self.session.commit().await;
        self.open = result.is_err();
        result
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        self.sent += u64::from(std::mem::take(&mut self.open));
        self.session.rollback().await
    }

    async fn pause(&self, duration: Duration) {
        self.session.pause(duration).await;
    }

    fn met(&mut self) -> Vec<DbError> {
        self.session.met()
    }

    fn counts_unknown(&self) -> bool {
        self.session.counts_unknown()
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::subject::engine::noop::NoopSession;

    #[test]
    fn a_transaction_is_its_statements_and_two_more() {
        let mut noop = NoopSession;
        let mut session = CountedSession::new(&mut noop);
        block_on(async {
            let statement = session.prepare("").await.unwrap();
            session.begin().await.unwrap();
            session.execute(statement, &[]).await.unwrap();
            session.read(statement, &[]).await.unwrap();
            session.finish(Ok(())).await.unwrap();
        });
        assert_eq!(session.sent, 4);
    }

    #[test]
    fn a_rollback_counts_only_where_there_is_something_to_roll_back() {
        let mut noop = NoopSession;
        let mut session = CountedSession::new(&mut noop);
        block_on(session.rollback()).unwrap();
        assert_eq!(session.sent, 0);
        block_on(async {
            session.begin().await.unwrap();
            session.rollback().await.unwrap();
            session.rollback().await.unwrap();
        });
        assert_eq!(session.sent, 2);
    }
}
