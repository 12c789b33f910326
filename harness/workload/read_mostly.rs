//! Mostly reads: the load that most small services have.

use rand::RngExt;
use rand::rngs::StdRng;

use super::counters::{self, Counters, INCREMENT, READ};
use super::{Benchmark, Choice, Client, Clients, Due, Expected, Loads, Tally, Terms, Workload};
use crate::measure::{Figure, KindInfo, Plan, Script, WorkloadInfo};
use crate::subject::session::{DbError, Session, Statement, Value};

/// How many counters there are.
const KEYS: i64 = 1_000;

/// How many of a hundred operations write.
const WRITES: u32 = 5;

/// The kinds of operation, as they are counted.
const READING: usize = 0;
const WRITING: usize = 1;

/// 95 of 100 operations read a counter, the others increment one.
pub static READ_MOSTLY: ReadMostly = ReadMostly;

/// Mostly reads.
#[derive(Debug)]
pub struct ReadMostly;

impl Workload for ReadMostly {
    fn name(&self) -> &'static str {
        "read-mostly"
    }

    fn kinds(&self) -> usize {
        2
    }

    fn setup(&self) -> Vec<String> {
        counters::setup(KEYS)
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        counters::expected(KEYS, tally)
    }
}

impl Benchmark for ReadMostly {
    fn info(&self, plan: &Plan) -> WorkloadInfo {
        let reads = 100 - WRITES;
        let kind = |name: &str, summary: &str| KindInfo {
            name: name.to_owned(),
            summary: summary.to_owned(),
        };
        let mut naive = counters::naive_script();
        naive.sql.insert(
            0,
            format!("{READ} -- {reads} of 100 operations; the others:"),
        );
        WorkloadInfo {
            name: self.name().to_owned(),
            version: self.version(),
            title: format!("{reads} % reads, {WRITES} % increments"),
            summary: format!(
                "One operation reads one of 1,000 counters, or, {WRITES} times in 100, adds one to it. Counter and kind are drawn at random."
            ),
            figure: Figure::Goodput,
            seconds: self.seconds(plan.seconds, plan.hold_seconds),
            careful: Script {
                sql: vec![
                    format!("{READ} -- {reads} of 100 operations"),
                    format!("{INCREMENT} -- the others"),
                ],
                statements: 1,
            },
            naive,
            kinds: vec![
                kind("read", "Reads a counter."),
                kind("increment", "Adds one to a counter."),
            ],
        }
    }

    fn loads(&self) -> Loads {
        Loads {
            full: Choice {
                main: &[1, 4, 16],
                variants: &[16],
                naive: &[16],
                harness: &[1],
            },
            default: Choice {
                main: &[16],
                ..Choice::NONE
            },
            quick: Choice::NONE,
        }
    }
}

impl Clients for ReadMostly {
    type Client = Reader;

    fn client(&self, _number: u32, terms: &Terms, random: StdRng) -> Reader {
        Reader {
            random,
            key: 1,
            kind: READING,
            read: None,
            counters: Counters::new(terms.discipline),
        }
    }
}

/// A client that mostly reads.
#[derive(Debug)]
pub struct Reader {
    random: StdRng,
    key: i64,
    kind: usize,
    read: Option<Statement>,
    counters: Counters,
}

impl Client for Reader {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.read = Some(session.prepare(READ).await?);
        self.counters.prepare(session).await
    }

    fn draw(&mut self) -> Due {
        self.key = self.random.random_range(1..=KEYS);
        self.kind = match self.random.random_range(0..100) < WRITES {
            true => WRITING,
            false => READING,
        };
        Due::AtOnce
    }

    fn kind(&self) -> usize {
        self.kind
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        if self.kind == WRITING {
            return self.counters.increment(session, self.key).await;
        }
        let read = self.read.expect("prepared before the first attempt");
        session.read(read, &[Value::Integer(self.key)]).await?;
        Ok(())
    }

    fn done(&self) -> Tally {
        match self.kind {
            WRITING => counters::one(self.key),
            _ => Tally::default(),
        }
    }
}
