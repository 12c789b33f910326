//! The ways in which the document's app and others increment its counter: disciplines beyond the
//! two of the benchmarks.

use std::time::Duration;

use super::conduct::Conduct;
use super::retry::Policy;
use crate::measure::Discipline;
use crate::subject::engine::{Begin, Manner};
use crate::workload::Workload;
use crate::workload::slow_increment::{self, SlowIncrement};

/// The pause of the document between reading and writing.
pub const HOLD: Duration = Duration::from_millis(10);

/// The retries of the document: after 1, 2 and 4 s, never more than 5.
pub const RETRY: Policy = Policy {
    retries: 3,
    first: Duration::from_secs(1),
    doubles: true,
    longest: Duration::from_secs(5),
    jitter: false,
    patience: Duration::from_secs(60),
};

/// How a client increments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As the document's code does: all requests of an instance on one connection, BEGIN EXCLUSIVE,
    /// the value read plus one written. The error of an increment arises where its code does not
    /// wait for it, so that it is never tried again.
    AsWritten,
    /// As the document's text says: a connection for each request, and up to three retries.
    AsIntended,
    /// What people write first: a deferred transaction, no waiting for locks, no retry.
    Naive,
    /// The database adds one, in an immediate transaction that is tried again after an error.
    Careful,
}

impl Style {
    /// Every style.
    pub const ALL: [Style; 4] = [
        Style::AsWritten,
        Style::AsIntended,
        Style::Naive,
        Style::Careful,
    ];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Style::AsWritten => "document-as-written",
            Style::AsIntended => "document-as-intended",
            Style::Naive => "naive",
            Style::Careful => "careful",
        }
    }

    /// What a client sends on SQLite, statement by statement.
    pub fn sql(self) -> Vec<String> {
        let begin = self.conduct(0).manner.begin.sql().to_owned();
        let mut sql = self.increment().sql();
        sql[0] = begin;
        sql
    }

    /// What its clients do.
    pub fn workload(self) -> &'static dyn Workload {
        self.increment()
    }

    fn increment(self) -> &'static SlowIncrement {
        match self {
            Style::Careful => &slow_increment::ATOMIC,
            _ => &slow_increment::DOCUMENT,
        }
    }

    /// How they conduct themselves, with this lock timeout. A naive client sets none.
    pub fn conduct(self, lock_timeout_ms: u32) -> Conduct {
        let discipline = match self {
            Style::Naive => return Conduct::of(Discipline::Naive),
            _ => Discipline::Careful,
        };
        let Conduct { manner, retry, .. } = Conduct::of(discipline);
        let manner = Manner {
            begin: match self {
                Style::Careful => Begin::Immediate,
                _ => Begin::Exclusive,
            },
            lock_timeout_ms: Some(lock_timeout_ms),
            shared: self == Style::AsWritten,
            ..manner
        };
        let retry = match self {
            Style::AsWritten => Policy::NEVER,
            Style::AsIntended => RETRY,
            Style::Naive | Style::Careful => retry,
        };
        Conduct {
            manner,
            retry,
            operations: None,
            pace: None,
        }
    }
}
