//! Counter increments: one row changed by one atomic statement.

use rand::RngExt;
use rand::rngs::StdRng;

use super::{Client, Clients, Expected, Loads, Tally, Workload};
use crate::measure::WorkloadInfo;
use crate::subject::session::{DbError, Session, Statement, Value};

/// One increment; `$1` is the key.
pub const INCREMENT: &str = "UPDATE counters SET value = value + 1 WHERE key = $1";

/// Every client increments the same counter.
pub static HOT: Increment = Increment {
    name: "increment-hot",
    title: "Counter increment, one hot key",
    keys: 1,
    loads: Loads {
        default: &[1, 4, 16, 64],
        quick: &[1, 16],
    },
};

/// Each increment goes to one of 1,000 counters, chosen uniformly at random.
pub static SPREAD: Increment = Increment {
    name: "increment-spread",
    title: "Counter increment, 1,000 keys",
    keys: 1_000,
    loads: Loads {
        default: &[1, 4, 16, 64],
        quick: &[16],
    },
};

/// How many counters there are in the workload of this name; `None` if it is no increment.
pub fn keys_of(name: &str) -> Option<u64> {
    [&HOT, &SPREAD]
        .into_iter()
        .find(|workload| workload.name == name)
        .map(|workload| workload.keys.unsigned_abs())
}

/// Increments of counters.
#[derive(Debug)]
pub struct Increment {
    name: &'static str,
    title: &'static str,
    keys: i64,
    loads: Loads,
}

impl Workload for Increment {
    fn name(&self) -> &'static str {
        self.name
    }

    fn info(&self) -> WorkloadInfo {
        let key = match self.keys {
            1 => "the one counter there is, so that all clients want the same row".to_owned(),
            _ => "one of 1,000 counters, chosen uniformly at random".to_owned(),
        };
        WorkloadInfo {
            name: self.name.to_owned(),
            version: 1,
            title: self.title.to_owned(),
            summary: format!(
                "One operation adds one to {key}. It is a single statement, atomic by itself, in its own transaction."
            ),
            sql: vec![INCREMENT.to_owned()],
            statements: 1,
        }
    }

    fn loads(&self) -> Loads {
        self.loads
    }

    fn setup(&self) -> Vec<String> {
        vec![
            "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)".to_owned(),
            format!(
                "WITH RECURSIVE keys(key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM keys WHERE key < {}) \
                 INSERT INTO counters (key, value) SELECT key, 0 FROM keys",
                self.keys
            ),
        ]
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        vec![
            Expected {
                what: "sum of all counters = acknowledged increments",
                sql: "SELECT CAST(SUM(value) AS BIGINT) FROM counters".to_owned(),
                number: tally.units,
            },
            Expected {
                what: "sum of key × value = sum of the acknowledged increments' keys",
                sql: "SELECT CAST(SUM(key * value) AS BIGINT) FROM counters".to_owned(),
                number: tally.checksum,
            },
            Expected {
                what: "number of counters",
                sql: "SELECT COUNT(*) FROM counters".to_owned(),
                number: self.keys,
            },
        ]
    }
}

impl Clients for Increment {
    type Client = Incrementer;

    fn client(&self, _number: u32, random: StdRng) -> Incrementer {
        Incrementer {
            keys: self.keys,
            random,
            key: 1,
            statement: None,
        }
    }
}

/// A client that increments.
#[derive(Debug)]
pub struct Incrementer {
    keys: i64,
    random: StdRng,
    key: i64,
    statement: Option<Statement>,
}

impl Client for Incrementer {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.statement = Some(session.prepare(INCREMENT).await?);
        Ok(())
    }

    fn draw(&mut self) {
        if self.keys > 1 {
            self.key = self.random.random_range(1..=self.keys);
        }
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let statement = self.statement.expect("prepared before the first attempt");
        let changed = session
            .execute(statement, &[Value::Integer(self.key)])
            .await?;
        super::changed_one(changed)
    }

    fn done(&self) -> Tally {
        Tally {
            units: 1,
            checksum: self.key,
        }
    }
}
