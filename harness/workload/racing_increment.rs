//! Ways to increment one counter that others increment, too: some lose updates, some do not.

use std::time::Duration;

use rand::rngs::StdRng;

use super::counters::{self, INCREMENT, READ, WRITE};
use super::{Client, Clients, Due, Expected, Tally, Terms, Workload, changed_one};
use crate::subject::session::{DbError, Session, Statement, Value};

/// Reads the counter and locks it until the transaction ends. SQLite has no such statement.
const READ_LOCKED: &str = "SELECT value FROM counters WHERE key = $1 FOR UPDATE";

/// Writes a number unless the one read has been replaced in the meantime.
const SWAP: &str = "UPDATE counters SET value = $2 WHERE key = $1 AND value = $3";

/// Read, and write what was read plus one, each in a transaction of its own.
pub static APART: RacingIncrement = RacingIncrement {
    name: "racing-increment-apart",
    way: Way::Apart,
};

/// Read and write in one transaction, all of which is tried again after an error.
pub static TOGETHER: RacingIncrement = RacingIncrement {
    name: "racing-increment-together",
    way: Way::Together,
};

/// Read and write in one transaction; after an error it is rolled back, and only the write is tried
/// again, with the number that was read before.
pub static STALE: RacingIncrement = RacingIncrement {
    name: "racing-increment-stale",
    way: Way::Stale,
};

/// Read with a lock, and write, in one transaction. For PostgreSQL only.
pub static LOCKED: RacingIncrement = RacingIncrement {
    name: "racing-increment-locked",
    way: Way::Locked,
};

/// The database adds one.
pub static ADDED: RacingIncrement = RacingIncrement {
    name: "racing-increment-added",
    way: Way::Added,
};

/// Read, and write if nobody has written since; if somebody has, read again. Each statement is a
/// transaction of its own.
pub static SWAPPED: RacingIncrement = RacingIncrement {
    name: "racing-increment-swapped",
    way: Way::Swapped,
};

/// How the counter is incremented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Apart,
    Together,
    Stale,
    Locked,
    Added,
    Swapped,
}

/// Increments that race each other.
#[derive(Debug)]
pub struct RacingIncrement {
    name: &'static str,
    way: Way,
}

impl RacingIncrement {
    /// What a client sends, statement by statement, if its transactions begin with `begin`.
    pub fn sql(&self, begin: &str) -> Vec<String> {
        let again = [
            "-- after an error: ROLLBACK, then with the number read before",
            begin,
            WRITE,
            "COMMIT",
        ];
        let together = [begin, self.way.read(), self.way.write(), "COMMIT"];
        let lines = match self.way {
            Way::Apart => vec![READ, WRITE],
            Way::Together | Way::Locked => together.to_vec(),
            Way::Stale => [together, again].concat(),
            Way::Added => vec![INCREMENT],
            Way::Swapped => vec![READ, SWAP, "-- both again if no row was changed"],
        };
        lines.into_iter().map(str::to_owned).collect()
    }
}

impl Way {
    fn read(self) -> &'static str {
        match self {
            Way::Locked => READ_LOCKED,
            _ => READ,
        }
    }

    fn write(self) -> &'static str {
        match self {
            Way::Added => INCREMENT,
            Way::Swapped => SWAP,
            _ => WRITE,
        }
    }
}

impl Workload for RacingIncrement {
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

impl Clients for RacingIncrement {
    type Client = Incrementer;

    fn client(&self, _number: u32, terms: &Terms, _random: StdRng) -> Incrementer {
        Incrementer {
            way: self.way,
            pause: Duration::from_secs_f64(terms.hold_seconds),
            statements: None,
            read: None,
        }
    }
}

/// A client that increments, with a pause between read and write if there is to be one.
#[derive(Debug)]
pub struct Incrementer {
    way: Way,
    pause: Duration,
    /// Reads, and writes.
    statements: Option<(Statement, Statement)>,
    /// What was read for the operation drawn last.
    read: Option<i64>,
}

const KEY: Value<'static> = Value::Integer(1);

impl Client for Incrementer {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let read = session.prepare(self.way.read()).await?;
        self.statements = Some((read, session.prepare(self.way.write()).await?));
        Ok(())
    }

    fn draw(&mut self) -> Due {
        self.read = None;
        Due::AtOnce
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        match self.way {
            Way::Apart => {
                let value = self.read(session).await?;
                self.write(session, value).await
            }
            Way::Together | Way::Stale | Way::Locked => {
                session.begin().await?;
                let work = self.read_and_write(session).await;
                session.finish(work).await
            }
            Way::Added => {
                let (_, add) = self.statements();
                changed_one(session.execute(add, &[KEY]).await?)
            }
            Way::Swapped => {
                // A swap that came too late is no error: the engine did what it was asked. It ends,
                // since of those that race there is always one that comes in time.
                loop {
                    let value = self.read(session).await?;
                    if self.swap(session, value).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn done(&self) -> Tally {
        counters::one(1)
    }
}

impl Incrementer {
    fn statements(&self) -> (Statement, Statement) {
        self.statements.expect("prepared before the first attempt")
    }

    async fn read<S: Session>(&self, session: &mut S) -> Result<i64, DbError> {
        let (read, _) = self.statements();
        let value = session.read(read, &[KEY]).await?;
        if !self.pause.is_zero() {
            session.pause(self.pause).await;
        }
        Ok(value)
    }

    async fn write<S: Session>(&self, session: &mut S, value: i64) -> Result<(), DbError> {
        let (_, write) = self.statements();
        let next = [KEY, Value::Integer(value + 1)];
        changed_one(session.execute(write, &next).await?)
    }

    /// Whether it came in time.
    async fn swap<S: Session>(&self, session: &mut S, value: i64) -> Result<bool, DbError> {
        let (_, swap) = self.statements();
        let values = [KEY, Value::Integer(value + 1), Value::Integer(value)];
        Ok(session.execute(swap, &values).await? == 1)
    }

    async fn read_and_write<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let value = match self.read {
            Some(stale) if self.way == Way::Stale => stale,
            _ => self.read(session).await?,
        };
        self.read = Some(value);
        self.write(session, value).await
    }
}
