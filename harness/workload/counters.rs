//! A table of counters, and how careful and naive clients read and increment them.

use super::{Expected, IfNaive, Moves, Tally, changed_one};
use crate::measure::{Discipline, Script};
use crate::subject::session::{DbError, Session, Statement, Value};

/// Adds one, in one statement.
pub const INCREMENT: &str = "UPDATE counters SET value = value + 1 WHERE key = $1";

/// Reads a counter.
pub const READ: &str = "SELECT value FROM counters WHERE key = $1";

/// Writes a number that somebody has calculated.
pub const WRITE: &str = "UPDATE counters SET value = $2 WHERE key = $1";

/// SQL that makes a table of this many counters, all of them 0.
pub fn setup(keys: i64) -> Vec<String> {
    vec![
        "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)".to_owned(),
        format!(
            "WITH RECURSIVE keys(key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM keys WHERE key < {keys}) \
             INSERT INTO counters (key, value) SELECT key, 0 FROM keys"
        ),
    ]
}

/// What one acknowledged increment of a counter adds to the tally.
pub fn one(key: i64) -> Tally {
    Tally {
        units: 1,
        checksum: key,
    }
}

/// What the table must hold after the increments of a tally, whichever the counters are.
pub fn stored(tally: Tally) -> [Expected; 2] {
    [
        Expected {
            what: "sum of all counters = acknowledged increments",
            sql: "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counters".to_owned(),
            number: tally.units,
            if_naive: IfNaive::Loss {
                unit: "increments",
                of: tally.units,
            },
            moves: Moves::By(1),
        },
        // Where updates may be lost, more than was acknowledged would still be a mistake of the
        // count, and must not pass for a loss.
        Expected {
            what: "increments that nobody acknowledged",
            sql: format!(
                "SELECT CAST(CASE WHEN SUM(value) > {0} THEN SUM(value) - {0} ELSE 0 END AS BIGINT) FROM counters",
                tally.units
            ),
            number: 0,
            if_naive: IfNaive::Void,
            moves: Moves::By(1),
        },
    ]
}

/// What a table of so many counters must hold after the increments of a tally.
pub fn expected(keys: i64, tally: Tally) -> Vec<Expected> {
    let mut expected = stored(tally).to_vec();
    expected.extend([
        Expected {
            what: "sum of key × value = sum of the acknowledged increments' keys",
            sql: "SELECT CAST(COALESCE(SUM(key * value), 0) AS BIGINT) FROM counters".to_owned(),
            number: tally.checksum,
            if_naive: IfNaive::Nothing,
            moves: Moves::Up,
        },
        Expected {
            what: "number of counters",
            sql: "SELECT COUNT(*) FROM counters".to_owned(),
            number: keys,
            if_naive: IfNaive::Void,
            moves: Moves::Not,
        },
    ]);
    expected
}

/// What a naive client sends for an increment.
pub fn naive_script() -> Script {
    Script {
        sql: ["BEGIN", READ, WRITE, "COMMIT"].map(str::to_owned).into(),
        statements: 4,
    }
}

/// How a client increments.
#[derive(Debug)]
pub enum Counters {
    /// In one statement, atomic by itself.
    Careful {
        /// Adds one.
        increment: Option<Statement>,
    },
    /// By reading, adding and writing, in one transaction.
    Naive {
        /// Reads.
        read: Option<Statement>,
        /// Writes.
        write: Option<Statement>,
    },
}

impl Counters {
    /// The way of this discipline, not prepared yet.
    pub fn new(discipline: Discipline) -> Counters {
        match discipline {
            Discipline::Careful => Counters::Careful { increment: None },
            Discipline::Naive => Counters::Naive {
                read: None,
                write: None,
            },
        }
    }

    /// Prepares what it takes on a session.
    pub async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        match self {
            Counters::Careful { increment } => *increment = Some(session.prepare(INCREMENT).await?),
            Counters::Naive { read, write } => {
                *read = Some(session.prepare(READ).await?);
                *write = Some(session.prepare(WRITE).await?);
            }
        }
        Ok(())
    }

    /// Adds one to a counter, in a transaction of its own.
    pub async fn increment<S: Session>(&self, session: &mut S, key: i64) -> Result<(), DbError> {
        match self {
            Counters::Careful { .. } => self.add_one(session, key).await,
            Counters::Naive { .. } => {
                session.begin().await?;
                let work = self.add_one(session, key).await;
                session.finish(work).await
            }
        }
    }

    /// Adds one to a counter, in the open transaction.
    pub async fn add_one<S: Session>(&self, session: &mut S, key: i64) -> Result<(), DbError> {
        let key = Value::Integer(key);
        match self {
            Counters::Careful { increment } => {
                let increment = increment.expect("prepared before the first attempt");
                changed_one(session.execute(increment, &[key]).await?)
            }
            Counters::Naive { read, write } => {
                let (read, write) = read.zip(*write).expect("prepared before the first attempt");
                let value = session.read(read, &[key]).await?;
                let next = [key, Value::Integer(value + 1)];
                changed_one(session.execute(write, &next).await?)
            }
        }
    }
}
