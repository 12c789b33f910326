//! Counter increments: one row changed by one atomic statement.

use rand::RngExt;
use rand::rngs::StdRng;

use super::counters::{self, Counters, INCREMENT};
use super::{Benchmark, Choice, Client, Clients, Due, Expected, Loads, Tally, Terms, Workload};
use crate::measure::{Figure, Plan, Script, WorkloadInfo};
use crate::subject::session::{DbError, Session};

/// Every client increments the same counter.
pub static HOT: Increment = Increment {
    name: "increment-hot",
    title: "Counter increment, one hot key",
    keys: 1,
    loads: Loads {
        full: Choice {
            main: &[1, 4, 16, 64],
            variants: &[1, 16],
            naive: &[16],
            harness: &[1],
        },
        default: Choice {
            main: &[16],
            variants: &[16],
            naive: &[16],
            ..Choice::NONE
        },
        quick: Choice {
            main: &[16],
            naive: &[16],
            ..Choice::NONE
        },
    },
};

/// Each increment goes to one of 1,000 counters, chosen uniformly at random.
pub static SPREAD: Increment = Increment {
    name: "increment-spread",
    title: "Counter increment, 1,000 keys",
    keys: 1_000,
    loads: Loads {
        full: Choice {
            main: &[1, 4, 16, 64],
            variants: &[1, 16],
            naive: &[16],
            harness: &[1],
        },
        default: Choice {
            main: &[1, 4, 16, 64],
            harness: &[1],
            ..Choice::NONE
        },
        quick: Choice {
            main: &[1, 16],
            harness: &[1],
            ..Choice::NONE
        },
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

    fn setup(&self) -> Vec<String> {
        counters::setup(self.keys)
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        counters::expected(self.keys, tally)
    }
}

impl Benchmark for Increment {
    fn info(&self, plan: &Plan) -> WorkloadInfo {
        let key = match self.keys {
            1 => "the one counter there is, so that all clients want the same row".to_owned(),
            _ => "one of 1,000 counters, chosen uniformly at random".to_owned(),
        };
        WorkloadInfo {
            name: self.name.to_owned(),
            version: self.version(),
            title: self.title.to_owned(),
            summary: format!(
                "One operation adds one to {key}. A careful client does it in a single statement, atomic by itself, in its own transaction; a naive one reads the counter and writes what it read plus one, in one transaction."
            ),
            figure: Figure::Goodput,
            seconds: self.seconds(plan.seconds, plan.hold_seconds),
            careful: Script {
                sql: vec![INCREMENT.to_owned()],
                statements: 1,
            },
            naive: counters::naive_script(),
            kinds: Vec::new(),
        }
    }

    fn loads(&self) -> Loads {
        self.loads
    }
}

impl Clients for Increment {
    type Client = Incrementer;

    fn client(&self, _number: u32, terms: &Terms, random: StdRng) -> Incrementer {
        Incrementer {
            keys: self.keys,
            random,
            key: 1,
            counters: Counters::new(terms.discipline),
        }
    }
}

/// A client that increments.
#[derive(Debug)]
pub struct Incrementer {
    keys: i64,
    random: StdRng,
    key: i64,
    counters: Counters,
}

impl Client for Incrementer {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.counters.prepare(session).await
    }

    fn draw(&mut self) -> Due {
        if self.keys > 1 {
            self.key = self.random.random_range(1..=self.keys);
        }
        Due::AtOnce
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.counters.increment(session, self.key).await
    }

    fn done(&self) -> Tally {
        counters::one(self.key)
    }
}
