//! How a subject is made worse on purpose: a session that stands still, or refuses, as often as its
//! [`Harm`] says.

use std::time::Duration;

use crate::lab::clock::{Clock, Monotonic, Nanoseconds};
use crate::measure::Outcome;
use crate::subject::session::{DbError, Session, Statement, Value};
use crate::subject::worse::Harm;

/// The code of what is refused on purpose.
pub const ON_PURPOSE: &str = "on purpose";

/// How often a subject that is slow stands still: often in each trial, and far longer than what is under
/// way takes to end. All its clients do so at the same moments, in all processes: if each were slowed down
/// by itself, others that wait for the same lock would use its time, and nothing would be lost.
const PERIOD: Nanoseconds = 25_000_000;

/// A session to which harm is done, if there is any.
pub struct Hindered<'s, S> {
    session: &'s mut S,
    harm: Option<Harm>,
    /// What part of a refusal is due.
    due: f64,
}

impl<'s, S: Session> Hindered<'s, S> {
    /// A session that is hindered from now on. `offset`, from 0 to 1, parts clients, so that they are
    /// not all refused at once.
    pub fn new(session: &'s mut S, harm: Option<Harm>, offset: f64) -> Self {
        Hindered {
            session,
            harm,
            due: offset,
        }
    }

    /// Waits while the subject stands still.
    async fn wait(&self) {
        let Some(Harm::Slow(share)) = self.harm else {
            return;
        };
        let wait = still(Monotonic.now(), share);
        if wait > 0 {
            self.session.pause(Duration::from_nanos(wait)).await;
        }
    }

    /// Refuses, if it is time to.
    fn refuse(&mut self) -> Result<(), DbError> {
        let Some(Harm::Refuse(share)) = self.harm else {
            return Ok(());
        };
        self.due += share;
        if self.due < 1.0 {
            return Ok(());
        }
        self.due -= 1.0;
        Err(DbError {
            class: Outcome::Busy,
            // None of the engine's, so that it is counted apart from what that refuses.
            code: ON_PURPOSE.to_owned(),
            message: "refused on purpose".to_owned(),
        })
    }
}

/// How long from this moment on a subject that is slower by this share stands still.
fn still(now: Nanoseconds, share: f64) -> Nanoseconds {
    let goes_on = (PERIOD as f64 / (1.0 + share)) as Nanoseconds;
    let since = now % PERIOD;
    if since < goes_on { 0 } else { PERIOD - since }
}

impl<S: Session> Session for Hindered<'_, S> {
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        self.session.prepare(sql).await
    }

    async fn execute(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<u64, DbError> {
        self.refuse()?;
        self.wait().await;
        self.session.execute(statement, values).await
    }

    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError> {
        self.wait().await;
        self.session.read(statement, values).await
    }

    async fn find(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<Option<i64>, DbError> {
        self.wait().await;
        self.session.find(statement, values).await
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        self.wait().await;
        self.session.begin().await
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        self.wait().await;
        self.session.commit().await
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
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
    fn every_hundredth_statement_is_refused_and_no_other() {
        let mut session = NoopSession;
        let mut hindered = Hindered::new(&mut session, Some(Harm::Refuse(0.01)), 0.5);
        let refused = block_on(async {
            let statement = hindered.prepare("").await.unwrap();
            let mut refused = 0;
            for _ in 0..1_000 {
                refused += u32::from(hindered.execute(statement, &[]).await.is_err());
            }
            refused
        });
        assert!((9..=11).contains(&refused), "{refused}");
    }

    #[test]
    fn a_subject_that_is_slower_by_a_share_stands_still_for_that_share_of_what_it_does() {
        for share in [0.05, 0.1, 0.2, 0.5] {
            let moments = 0..10_000;
            let moments = moments.map(|part| 3 * PERIOD + part * PERIOD / 10_000);
            let (mut goes_on, mut stands) = (0.0, 0.0);
            for now in moments {
                match still(now, share) {
                    0 => goes_on += 1.0,
                    wait => {
                        assert_eq!((now + wait) % PERIOD, 0, "all go on at the same moment");
                        stands += 1.0;
                    }
                }
            }
            assert!((stands / goes_on - share).abs() < 0.001, "{share}");
        }
    }
}
