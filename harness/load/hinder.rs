//! A subject made worse on purpose, by how much is known: what `contend gate-trial` measures the gate
//! with. Only a build for that has it, and no other does anything of it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::measure::Outcome;
use crate::subject::engine::Target;
use crate::subject::session::{DbError, Session, Statement, Value};

/// The environment variable that workers read: the subject's settings, and what is made worse:
/// `sqlite wal full: slow 0.2`, `postgres on: fail 0.01`.
pub const HINDER: &str = "CONTEND_HINDER";

/// The code of what is refused on purpose.
pub const ON_PURPOSE: &str = "on purpose";

/// What is made worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hindrance {
    /// Every statement takes this share longer than it took.
    Slow(f64),
    /// This share of statements that change something is refused as if somebody held the lock.
    Fail(f64),
}

impl Hindrance {
    /// What the environment says of this database; `None` if nothing.
    ///
    /// # Errors
    /// If it makes no sense.
    pub fn of(target: &Target) -> Result<Option<Hindrance>> {
        match std::env::var(HINDER) {
            Ok(text) => Hindrance::parse(&text, target),
            Err(_) => Ok(None),
        }
    }

    fn parse(text: &str, target: &Target) -> Result<Option<Hindrance>> {
        let nonsense = || format!("{HINDER} is \"{text}\", which makes no sense");
        let (settings, how) = text.split_once(": ").with_context(nonsense)?;
        let (kind, share) = how.split_once(' ').with_context(nonsense)?;
        let share: f64 = share.parse().ok().with_context(nonsense)?;
        let own = match target {
            Target::Sqlite(sqlite) => {
                format!("sqlite {} {}", sqlite.journal_mode, sqlite.synchronous)
            }
            Target::Postgres(postgres) => format!("postgres {}", postgres.synchronous_commit),
            Target::Http(_) | Target::Noop => return Ok(None),
        };
        let hindrance = match kind {
            "slow" => Hindrance::Slow(share),
            "fail" => Hindrance::Fail(share),
            _ => bail!(nonsense()),
        };
        Ok(own.eq_ignore_ascii_case(settings).then_some(hindrance))
    }
}

/// A session with a hindrance, if there is one.
pub struct Hindered<'s, S> {
    session: &'s mut S,
    hindrance: Option<Hindrance>,
    /// What part of a refusal is due.
    due: f64,
}

impl<'s, S: Session> Hindered<'s, S> {
    /// A session that is hindered from now on. `offset`, from 0 to 1, parts clients, so that they are
    /// not all refused at once.
    pub fn new(session: &'s mut S, hindrance: Option<Hindrance>, offset: f64) -> Self {
        Hindered {
            session,
            hindrance,
            due: offset,
        }
    }

    /// Lets as much more time pass as the hindrance asks for after what took so long.
    async fn drag(&self, began: Instant) {
        let Some(Hindrance::Slow(share)) = self.hindrance else {
            return;
        };
        let end = Instant::now() + began.elapsed().mul_f64(share);
        // No timer is as fine as this. Others on the same thread go on meanwhile, as they do while the
        // database works.
        while Instant::now() < end {
            let mut yielded = false;
            poll_fn(|context| {
                context.waker().wake_by_ref();
                match std::mem::replace(&mut yielded, true) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
        }
    }

    /// Refuses, if it is time to.
    fn refuse(&mut self) -> Result<(), DbError> {
        let Some(Hindrance::Fail(share)) = self.hindrance else {
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
        let began = Instant::now();
        let result = self.session.execute(statement, values).await;
        self.drag(began).await;
        result
    }

    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError> {
        let began = Instant::now();
        let result = self.session.read(statement, values).await;
        self.drag(began).await;
        result
    }

    async fn find(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<Option<i64>, DbError> {
        let began = Instant::now();
        let result = self.session.find(statement, values).await;
        self.drag(began).await;
        result
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        let began = Instant::now();
        let result = self.session.begin().await;
        self.drag(began).await;
        result
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        let began = Instant::now();
        let result = self.session.commit().await;
        self.drag(began).await;
        result
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
    use crate::measure::Discipline;
    use crate::subject::engine::noop::NoopSession;
    use crate::subject::engine::{Manner, sqlite};

    fn wal_full() -> Target {
        Target::Sqlite(sqlite::Target {
            path: "file".into(),
            journal_mode: "wal".to_owned(),
            synchronous: "FULL".to_owned(),
            manner: Manner::of(Discipline::Careful),
            counted: false,
        })
    }

    #[test]
    fn only_the_subject_that_is_named_is_hindered() {
        let of = |text| Hindrance::parse(text, &wal_full()).unwrap();
        assert_eq!(of("sqlite wal full: slow 0.2"), Some(Hindrance::Slow(0.2)));
        assert_eq!(
            of("sqlite wal full: fail 0.01"),
            Some(Hindrance::Fail(0.01))
        );
        assert_eq!(of("sqlite delete full: slow 0.2"), None);
        assert_eq!(of("postgres on: slow 0.2"), None);
        for nonsense in [
            "",
            "sqlite wal full",
            "sqlite wal full: slow",
            "sqlite wal full: harm 1",
        ] {
            assert!(
                Hindrance::parse(nonsense, &wal_full()).is_err(),
                "{nonsense}"
            );
        }
    }

    #[test]
    fn every_hundredth_statement_is_refused_and_no_other() {
        let mut session = NoopSession;
        let mut hindered = Hindered::new(&mut session, Some(Hindrance::Fail(0.01)), 0.5);
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
    fn a_statement_takes_as_much_longer_as_it_is_slowed_down() {
        struct Takes(Duration);
        impl Session for Takes {
            async fn prepare(&mut self, _: &'static str) -> Result<Statement, DbError> {
                NoopSession.prepare("").await
            }
            async fn execute(&mut self, _: Statement, _: &[Value<'_>]) -> Result<u64, DbError> {
                std::thread::sleep(self.0);
                Ok(1)
            }
            async fn read(&mut self, _: Statement, _: &[Value<'_>]) -> Result<i64, DbError> {
                Ok(0)
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
            async fn pause(&self, _: Duration) {}
        }
        let takes = Duration::from_millis(20);
        let mut session = Takes(takes);
        let mut hindered = Hindered::new(&mut session, Some(Hindrance::Slow(1.0)), 0.0);
        let began = Instant::now();
        block_on(async {
            let statement = hindered.prepare("").await.unwrap();
            hindered.execute(statement, &[]).await.unwrap();
        });
        // However slow the machine is, it never takes less.
        assert!(began.elapsed() >= 2 * takes, "{:?}", began.elapsed());
    }
}
