//! Waiting behind one long transaction, once: it is open before the others come, and stays open for
//! so long after they came.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;

use super::counters::{self, INCREMENT, READ};
use super::{Client, Clients, Due, Expected, IfNaive, Moves, Tally, Terms, Workload, changed_one};
use crate::measure::Outcome;
use crate::subject::session::{DbError, Session, Statement, Value};

/// How long after the transaction begins the others come, so that it has its locks by then.
pub const LEAD: Duration = Duration::from_millis(200);

/// How much later than its time a client may be. A transaction that takes longer to write has not
/// got its locks when the others come, and fails.
pub const TOLERANCE: Duration = Duration::from_millis(100);

/// The kinds of operation, as they are counted.
pub const KINDS: [&str; 4] = ["hold", "write, same row", "write, other row", "read"];

/// Which of [`KINDS`] holds the long transaction.
pub const HOLDING: usize = 0;
const SAME_ROW: usize = 1;
const OTHER_ROW: usize = 2;
const READING: usize = 3;

/// How many clients take part: one that holds, five that write the row it has written, five that
/// write another one, ten that read. The document has ten writers.
pub const CLIENTS: u32 = 21;

/// The counter that the long transaction increments.
const HELD: i64 = 1;

/// A counter for each client that writes another.
const KEYS: i64 = 100;

/// The length of the text in each row that the long transaction changes, in characters.
const CONTENT: usize = 1_000;

/// Changes all the rows that make the transaction as large as it is.
const CHANGE: &str = "UPDATE ballast SET value = value + 1";

/// A transaction of about 10 kB, which fits in SQLite's page cache.
pub static SMALL: LockWait = LockWait {
    name: "lock-wait-small",
    rows: 10,
};

/// A transaction of about 4 MB, twice SQLite's page cache as it comes
/// (sqlite.org/pragma.html#pragma_cache_size: −2000, in KiB).
pub static LARGE: LockWait = LockWait {
    name: "lock-wait-large",
    rows: 4_000,
};

/// One long transaction, and those who wait for it.
#[derive(Debug)]
pub struct LockWait {
    name: &'static str,
    rows: i64,
}

impl LockWait {
    /// What a client of each kind sends, statement by statement.
    pub fn scripts() -> [(&'static str, Vec<String>); 3] {
        let script = |sql: &[&str]| sql.iter().map(|line| (*line).to_owned()).collect();
        [
            (
                "hold",
                script(&["BEGIN", INCREMENT, CHANGE, "-- a pause", "COMMIT"]),
            ),
            ("write", script(&[INCREMENT])),
            ("read", script(&[READ])),
        ]
    }
}

impl Workload for LockWait {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kinds(&self) -> usize {
        KINDS.len()
    }

    fn setup(&self) -> Vec<String> {
        let mut setup = counters::setup(KEYS);
        setup.push(
            "CREATE TABLE ballast (key {key}, value BIGINT NOT NULL, content TEXT NOT NULL)"
                .to_owned(),
        );
        setup.push(format!(
            "WITH RECURSIVE keys(key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM keys WHERE key < {}) \
             INSERT INTO ballast (key, value, content) SELECT key, 0, '{}' FROM keys",
            self.rows,
            "x".repeat(CONTENT)
        ));
        setup
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        let mut expected = counters::expected(KEYS, tally);
        expected.push(Expected {
            what: "ways in which the rows of the long transaction differ",
            sql: "SELECT COUNT(*) FROM (SELECT DISTINCT value FROM ballast) AS d".to_owned(),
            number: 1,
            if_naive: IfNaive::Void,
            moves: Moves::Not,
        });
        expected
    }
}

impl Clients for LockWait {
    type Client = Participant;

    fn client(&self, number: u32, terms: &Terms, _random: StdRng) -> Participant {
        let kind = match number {
            0 => HOLDING,
            1..=5 => SAME_ROW,
            6..=10 => OTHER_ROW,
            _ => READING,
        };
        Participant {
            kind,
            key: match kind {
                OTHER_ROW => HELD + i64::from(number),
                _ => HELD,
            },
            rows: self.rows as u64,
            hold: Duration::from_secs_f64(terms.hold_seconds),
            drawn: false,
            statements: None,
        }
    }
}

/// The client that holds, or one of those that wait. It does one operation.
#[derive(Debug)]
pub struct Participant {
    kind: usize,
    key: i64,
    rows: u64,
    hold: Duration,
    drawn: bool,
    statements: Option<Statements>,
}

#[derive(Debug, Clone, Copy)]
struct Statements {
    increment: Statement,
    change: Statement,
    read: Statement,
}

impl Client for Participant {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.statements = Some(Statements {
            increment: session.prepare(INCREMENT).await?,
            change: session.prepare(CHANGE).await?,
            read: session.prepare(READ).await?,
        });
        Ok(())
    }

    fn draw(&mut self) -> Due {
        match (std::mem::replace(&mut self.drawn, true), self.kind) {
            (true, _) => Due::Never,
            (false, HOLDING) => Due::AtOnce,
            (false, _) => Due::After(LEAD),
        }
    }

    fn kind(&self) -> usize {
        self.kind
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let statements = self.statements.expect("prepared before the first attempt");
        let key = Value::Integer(self.key);
        match self.kind {
            HOLDING => self.hold(session, statements).await,
            READING => session.read(statements.read, &[key]).await.map(drop),
            _ => changed_one(session.execute(statements.increment, &[key]).await?),
        }
    }

    fn done(&self) -> Tally {
        match self.kind {
            READING => Tally::default(),
            _ => counters::one(self.key),
        }
    }
}

impl Participant {
    /// Holds the transaction open until so long after the others came.
    async fn hold<S: Session>(
        &self,
        session: &mut S,
        statements: Statements,
    ) -> Result<(), DbError> {
        let began = Instant::now();
        session.begin().await?;
        let work = self.write(session, statements).await;
        let took = began.elapsed();
        let work = match work {
            Ok(()) if took > LEAD - TOLERANCE => Err(too_slow(took)),
            work => work,
        };
        if work.is_ok() {
            session.pause(LEAD + self.hold - took).await;
        }
        session.finish(work).await
    }

    async fn write<S: Session>(
        &self,
        session: &mut S,
        statements: Statements,
    ) -> Result<(), DbError> {
        let held = Value::Integer(self.key);
        changed_one(session.execute(statements.increment, &[held]).await?)?;
        match session.execute(statements.change, &[]).await? {
            rows if rows == self.rows => Ok(()),
            rows => Err(failed(
                "rows",
                format!("{rows} rows changed instead of {}", self.rows),
            )),
        }
    }
}

fn too_slow(took: Duration) -> DbError {
    let message = format!(
        "it took {} ms to write what it holds, and the others may have come before",
        took.as_millis()
    );
    failed("late", message)
}

fn failed(code: &str, message: String) -> DbError {
    DbError {
        class: Outcome::Other,
        code: code.to_owned(),
        message,
    }
}
