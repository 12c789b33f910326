//! Long transactions: one client holds a write transaction open while others write and read.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;

use super::counters::{self, Counters, INCREMENT, READ};
use super::{Benchmark, Choice, Client, Clients, Due, Expected, Loads, Tally, Terms, Workload};
use crate::measure::{Figure, KindInfo, Plan, Script, WorkloadInfo};
use crate::subject::session::{DbError, Session, Statement, Value};

/// How many counters there are: the holder's, and one for each client that writes another.
const KEYS: i64 = 1_000;

/// The counter that the holder increments.
const HELD: i64 = 1;

/// How long a trial is, in long transactions: half of the time none is open, so there are about
/// half as many.
const HOLDS: f64 = 20.0;

/// The mean time between two operations of a client that waits, in long transactions: rare enough
/// that even a slow disk keeps up, so that what is waited for is the long transaction.
const BETWEEN: f64 = 2.0;

/// The kinds of operation, as they are counted; also the order in which clients take their parts,
/// the first one alone.
const HOLDING: usize = 0;
const SAME_ROW: usize = 1;
const OTHER_ROW: usize = 2;
const READING: usize = 3;

/// One client holds, the others wait.
pub static LONG_TRANSACTION: LongTransaction = LongTransaction;

/// Long transactions.
#[derive(Debug)]
pub struct LongTransaction;

impl Workload for LongTransaction {
    fn name(&self) -> &'static str {
        "long-transaction"
    }

    fn seconds(&self, asked: f64, hold_seconds: f64) -> f64 {
        asked.max(HOLDS * hold_seconds)
    }

    fn kinds(&self) -> usize {
        4
    }

    fn setup(&self) -> Vec<String> {
        counters::setup(KEYS)
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        counters::expected(KEYS, tally)
    }
}

impl Benchmark for LongTransaction {
    fn info(&self, plan: &Plan) -> WorkloadInfo {
        let hold = plan.hold_seconds * 1e3;
        let kind = |name: &str, summary: String| KindInfo {
            name: name.to_owned(),
            summary,
        };
        WorkloadInfo {
            name: self.name().to_owned(),
            version: self.version(),
            title: "Waiting for a long transaction".to_owned(),
            summary: format!(
                "One client increments a counter and holds the transaction open for {hold} ms before it commits, again and again, with none open for about half of the time. \
                 The others increment the same counter, increment one of their own, or read the held one, at random moments about {} ms apart, whether the operation before has ended or not. \
                 A wait counts from the moment the operation was due.",
                hold * BETWEEN
            ),
            figure: Figure::Waits,
            seconds: self.seconds(plan.seconds, plan.hold_seconds),
            careful: Script {
                sql: vec![
                    "BEGIN".to_owned(),
                    INCREMENT.to_owned(),
                    format!("COMMIT -- after {hold} ms; the other clients: {INCREMENT}, or {READ}"),
                ],
                statements: 3,
            },
            naive: {
                let mut naive = counters::naive_script();
                naive.sql.pop();
                naive.sql.push(format!("COMMIT -- after {hold} ms; the other clients: the same without the pause, or {READ}"));
                naive
            },
            kinds: vec![
                kind(
                    "hold",
                    format!("Increments a counter and keeps the transaction open for {hold} ms."),
                ),
                kind(
                    "write, same row",
                    "Increments the counter that the long transaction has incremented.".to_owned(),
                ),
                kind(
                    "write, other row",
                    "Increments a counter that nobody else does.".to_owned(),
                ),
                kind(
                    "read",
                    "Reads the counter that the long transaction has incremented.".to_owned(),
                ),
            ],
        }
    }

    fn paces_itself(&self) -> bool {
        true
    }

    fn loads(&self) -> Loads {
        Loads {
            full: Choice {
                main: &[10],
                naive: &[10],
                ..Choice::NONE
            },
            default: Choice {
                main: &[10],
                ..Choice::NONE
            },
            quick: Choice::NONE,
        }
    }

    fn clients(&self) -> RangeInclusive<u32> {
        // One for each kind.
        self.kinds() as u32..=KEYS as u32
    }
}

impl Clients for LongTransaction {
    type Client = Participant;

    fn client(&self, number: u32, terms: &Terms, random: StdRng) -> Participant {
        let kind = match number {
            0 => HOLDING,
            other => SAME_ROW + (other as usize - 1) % 3,
        };
        Participant {
            kind,
            key: match kind {
                OTHER_ROW => HELD + i64::from(number),
                _ => HELD,
            },
            hold: Duration::from_secs_f64(terms.hold_seconds),
            random,
            read: None,
            counters: Counters::new(terms.discipline),
        }
    }
}

/// The client that holds, or one of those that wait.
#[derive(Debug)]
pub struct Participant {
    kind: usize,
    key: i64,
    hold: Duration,
    random: StdRng,
    read: Option<Statement>,
    counters: Counters,
}

impl Participant {
    async fn hold<S: Session>(&self, session: &mut S) -> Result<(), DbError> {
        session.begin().await?;
        let work = self.counters.add_one(session, self.key).await;
        if work.is_ok() {
            session.pause(self.hold).await;
        }
        session.finish(work).await
    }
}

impl Client for Participant {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.read = Some(session.prepare(READ).await?);
        self.counters.prepare(session).await
    }

    fn draw(&mut self) -> Due {
        // Uniform around the mean, so that nobody keeps step with anybody.
        let random = self.random.random_range(0.0..2.0);
        Due::After(match self.kind {
            HOLDING => self.hold.mul_f64(1.0 + random),
            _ => self.hold.mul_f64(BETWEEN * random),
        })
    }

    fn kind(&self) -> usize {
        self.kind
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        match self.kind {
            HOLDING => self.hold(session).await,
            READING => {
                let read = self.read.expect("prepared before the first attempt");
                session.read(read, &[Value::Integer(self.key)]).await?;
                Ok(())
            }
            _ => self.counters.increment(session, self.key).await,
        }
    }

    fn done(&self) -> Tally {
        match self.kind {
            READING => Tally::default(),
            _ => counters::one(self.key),
        }
    }
}
