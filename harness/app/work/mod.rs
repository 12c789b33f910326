//! What a request asks of the database, written once for both engines.

mod accounts;
mod counters;
mod data;
pub mod operations;
mod stock;
pub mod tables;
pub mod tries;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::load::retry::Policy;
use crate::load::style::{self, Style};
use crate::measure::Outcome;
use crate::subject::session::{DbError, Session};

/// The largest number that an amount, a balance or a stock may be: what every JSON parser reads
/// exactly (RFC 8259, section 6).
pub const LARGEST: i64 = 9_007_199_254_740_991;

/// What a request asks of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Adds one to a counter, in the way of the discipline.
    Increment {
        /// Which counter.
        key: String,
    },
    /// Reads a counter.
    Counter {
        /// Which counter.
        key: String,
    },
    /// Adds one to a counter and keeps the transaction open.
    Hold {
        /// Which counter.
        key: String,
        /// For how long.
        time: Duration,
    },
    /// Stores a text.
    Write {
        /// The text.
        data: String,
    },
    /// Says how much there is of an item.
    SetStock {
        /// Which item.
        item: String,
        /// How much.
        quantity: i64,
    },
    /// Reads how much there is of an item.
    Stock {
        /// Which item.
        item: String,
    },
    /// Takes from the stock of an item, if there is enough.
    Sell {
        /// Which item.
        item: String,
        /// How much.
        quantity: i64,
    },
    /// Says what is on an account.
    SetAccount {
        /// Which account.
        id: i64,
        /// How much.
        balance: i64,
    },
    /// Reads what is on an account.
    Account {
        /// Which account.
        id: i64,
    },
    /// Moves money from one account to another, if there is enough.
    Pay {
        /// From which account.
        from: i64,
        /// To which.
        to: i64,
        /// How much.
        amount: i64,
    },
    /// An operation of a workload's client.
    Operation {
        /// The client's number.
        client: u32,
        /// The operation's number, from 1.
        number: u64,
    },
    /// Asks whether the database answers.
    Ping,
    /// Counts rows and counters.
    Totals,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done, and there is nothing to tell.
    Done,
    /// It is done: a number that was read or has come of it.
    Value(i64),
    /// It is done: the number of the row that was written.
    Id(i64),
    /// How much is stored.
    Totals {
        /// Texts.
        records: i64,
        /// Counters.
        counters: i64,
    },
    /// What was asked for does not exist; nothing was changed.
    Missing(String),
    /// It cannot be done as things stand; nothing was changed.
    Refused {
        /// What a program reads.
        code: &'static str,
        /// What a person reads.
        why: String,
    },
}

impl Answer {
    /// Whether the work was done.
    pub fn done(&self) -> bool {
        !matches!(self, Answer::Missing(_) | Answer::Refused { .. })
    }
}

/// Raised when the app is to end.
pub type Closing = Arc<AtomicBool>;

/// How an instance goes about its work.
#[derive(Debug, Clone)]
pub struct Habits {
    /// The discipline.
    pub style: Style,
    /// How it tries again; `None` as the discipline does.
    pub retries: Option<u32>,
    /// The pause between reading and writing in an increment.
    pub hold: Duration,
    /// Once it is raised nothing is tried again, and nothing is held for longer.
    pub closing: Closing,
}

impl Habits {
    /// How this work is tried again.
    pub fn policy(&self, work: &Work) -> Policy {
        let own = match (self.style, work) {
            // The document loses the errors of its increments only: what it writes it tries again.
            (Style::AsWritten, Work::Write { .. }) => style::RETRY,
            _ => self.style.conduct(0).retry,
        };
        match self.retries {
            None => own,
            // Who never tries again has no pauses of its own.
            Some(retries) if own == Policy::NEVER && retries > 0 => Policy {
                retries,
                ..Policy::CAREFUL
            },
            Some(retries) => Policy { retries, ..own },
        }
    }

    fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

/// Makes one attempt at work other than an operation. After an error nothing of it is stored.
pub async fn attempt<S: Session>(
    work: &Work,
    session: &mut S,
    habits: &Habits,
) -> Result<Answer, DbError> {
    match work {
        Work::Increment { key } => counters::increment(session, key, habits).await,
        Work::Counter { key } => counters::read(session, key).await,
        Work::Hold { key, time } => counters::hold(session, key, *time, habits).await,
        Work::Write { data } => data::write(session, data).await,
        Work::SetStock { item, quantity } => stock::set(session, item, *quantity).await,
        Work::Stock { item } => stock::read(session, item).await,
        Work::Sell { item, quantity } => stock::sell(session, item, *quantity, habits).await,
        Work::SetAccount { id, balance } => accounts::set(session, *id, *balance).await,
        Work::Account { id } => accounts::read(session, *id).await,
        Work::Pay { from, to, amount } => {
            accounts::pay(session, (*from, *to), *amount, habits).await
        }
        Work::Ping => data::ping(session).await,
        Work::Totals => data::totals(session).await,
        Work::Operation { .. } => Ok(no_operations()),
    }
}

/// The answer of an instance that was given no workload.
fn no_operations() -> Answer {
    Answer::Missing("this instance has no workload: OPERATIONS is not set".to_owned())
}

/// Ends a transaction: commits what was done, rolls back what was not.
async fn end<S: Session>(
    session: &mut S,
    work: Result<Answer, DbError>,
) -> Result<Answer, DbError> {
    match work {
        Ok(answer) if !answer.done() => {
            session.rollback().await?;
            Ok(answer)
        }
        Ok(answer) => session.finish(Ok(())).await.map(|()| answer),
        Err(error) => Err(session.finish(Err(error)).await.expect_err("it failed")),
    }
}

/// A statement that changed another number of rows than one did not do its work.
fn changed_one(rows: u64) -> Result<(), DbError> {
    match rows {
        1 => Ok(()),
        rows => Err(DbError {
            class: Outcome::Other,
            code: "rows".to_owned(),
            message: format!("the statement changed {rows} rows instead of one"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retries(style: Style, retries: Option<u32>, work: &Work) -> u32 {
        let habits = Habits {
            style,
            retries,
            hold: Duration::ZERO,
            closing: Closing::default(),
        };
        let policy = habits.policy(work);
        assert!(policy.retries == 0 || policy.patience > Duration::ZERO);
        policy.retries
    }

    #[test]
    fn work_is_tried_again_as_the_discipline_does_or_as_often_as_was_asked_for() {
        let increment = Work::Increment {
            key: "k".to_owned(),
        };
        let write = Work::Write {
            data: "d".to_owned(),
        };
        assert_eq!(retries(Style::Careful, None, &increment), 9);
        assert_eq!(retries(Style::AsIntended, None, &increment), 3);
        assert_eq!(retries(Style::AsWritten, None, &increment), 0);
        assert_eq!(retries(Style::AsWritten, None, &write), 3);
        assert_eq!(retries(Style::Naive, None, &write), 0);
        assert_eq!(retries(Style::Naive, Some(2), &write), 2);
        assert_eq!(retries(Style::Careful, Some(0), &increment), 0);
    }
}
