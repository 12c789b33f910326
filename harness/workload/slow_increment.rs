//! Increments of one counter as the document on shared files has them: read, then a pause, then
//! write, all in one transaction. The pause gives others time to come in between.

use std::time::Duration;

use rand::rngs::StdRng;

use super::counters::{self, INCREMENT, READ};
use super::{Client, Clients, Due, Expected, Tally, Terms, Workload, changed_one};
use crate::subject::session::{DbError, Session, Statement, Value};

/// What the document sends, in words that both engines know: `INSERT OR REPLACE` is SQLite's own.
pub(crate) const STORE: &str = "INSERT INTO counters (key, value) VALUES ($1, $2) \
                     ON CONFLICT (key) DO UPDATE SET value = $2";

/// As in the document: the value read, plus one, replaces the row.
pub static DOCUMENT: SlowIncrement = SlowIncrement {
    name: "slow-increment-document",
    way: Way::Store,
};

/// With the database adding one, whatever was read.
pub static ATOMIC: SlowIncrement = SlowIncrement {
    name: "slow-increment-atomic",
    way: Way::Add,
};

/// How the counter is written after the pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Store,
    Add,
}

/// Increments with a pause.
#[derive(Debug)]
pub struct SlowIncrement {
    name: &'static str,
    way: Way,
}

impl Way {
    fn sql(self) -> &'static str {
        match self {
            Way::Store => STORE,
            Way::Add => INCREMENT,
        }
    }
}

impl SlowIncrement {
    /// What a client sends, statement by statement.
    pub fn sql(&self) -> Vec<String> {
        ["BEGIN", READ, "-- a pause", self.way.sql(), "COMMIT"]
            .map(str::to_owned)
            .into()
    }
}

impl Workload for SlowIncrement {
    fn name(&self) -> &'static str {
        self.name
    }

    fn setup(&self) -> Vec<String> {
        counters::setup(1)
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        counters::expected(1, tally)
    }
}

impl Clients for SlowIncrement {
    type Client = Incrementer;

    fn client(&self, _number: u32, terms: &Terms, _random: StdRng) -> Incrementer {
        Incrementer {
            way: self.way,
            pause: Duration::from_secs_f64(terms.hold_seconds),
            statements: None,
        }
    }
}

/// A client that pauses while it increments.
#[derive(Debug)]
pub struct Incrementer {
    way: Way,
    pause: Duration,
    /// Reads, and writes.
    statements: Option<(Statement, Statement)>,
}

impl Client for Incrementer {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let read = session.prepare(READ).await?;
        self.statements = Some((read, session.prepare(self.way.sql()).await?));
        Ok(())
    }

    fn draw(&mut self) -> Due {
        Due::AtOnce
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        // A transaction that could not begin is not rolled back: on a connection that is shared it
        // would be somebody else's.
        session.begin().await?;
        let work = self.add_one(session).await;
        session.finish(work).await
    }

    fn done(&self) -> Tally {
        counters::one(1)
    }
}

impl Incrementer {
    async fn add_one<S: Session>(&self, session: &mut S) -> Result<(), DbError> {
        let (read, write) = self.statements.expect("prepared before the first attempt");
        let key = Value::Integer(1);
        let value = session.read(read, &[key]).await?;
        session.pause(self.pause).await;
        let rows = match self.way {
            Way::Store => {
                let next = Value::Integer(value + 1);
                session.execute(write, &[key, next]).await?
            }
            Way::Add => session.execute(write, &[key]).await?,
        };
        changed_one(rows)
    }
}
