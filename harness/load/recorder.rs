//! What is kept of each operation, client by client, and how it is added up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lab::clock::Nanoseconds;
use crate::measure::outcome::ErrorCount;
use crate::measure::{KindCounts, Latencies, Outcome};
use crate::subject::session::DbError;
use crate::workload::Tally;

/// Into how many equal parts the stretch is cut to see how goodput went over time.
pub const PARTS: usize = 50;

/// When a trial begins, when it is measured and when it ends, on the machine's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The warm-up begins; to a client, its own first operation.
    pub start: Nanoseconds,
    /// The measured stretch begins; before it, the warm-up.
    pub measure: Nanoseconds,
    /// The measured stretch ends, and no operation begins any more.
    pub end: Nanoseconds,
}

impl Schedule {
    /// How far apart clients begin at most.
    pub fn spread(&self) -> Nanoseconds {
        (self.measure - self.start) * 5 / 6
    }
}

/// What several clients did. One client's is made by a [`Recorder`]; they add up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// See [`crate::measure::Measurement::committed`]; by client.
    pub committed_per_client: Vec<u64>,
    /// See [`crate::measure::Measurement::committed_over_time`].
    pub committed_over_time: Vec<u64>,
    /// See [`crate::measure::Measurement::late`].
    pub late: u64,
    /// See [`crate::measure::Measurement::given_up`].
    pub given_up: BTreeMap<Outcome, u64>,
    /// Operations of which it is not known whether they are stored, those of the warm-up and after
    /// the end included.
    pub unknown: u64,
    /// See [`crate::measure::Measurement::attempts`].
    pub attempts: u64,
    /// See [`crate::measure::Measurement::errors`].
    pub errors: Vec<ErrorCount>,
    /// See [`crate::measure::Measurement::success`].
    pub success: Latencies,
    /// See [`crate::measure::Measurement::failure`].
    pub failure: Latencies,
    /// See [`crate::measure::Measurement::lag`].
    pub lag: Latencies,
    /// See [`crate::measure::trial::Offered::due`].
    pub due: u64,
    /// See [`crate::measure::trial::Offered::behind`].
    pub behind: u64,
    /// See [`crate::measure::trial::Offered::skipped`].
    pub skipped: u64,
    /// See [`crate::measure::Measurement::kinds`].
    pub kinds: Vec<KindCounts>,
    /// What all operations acknowledged since the database was made add up to, those of the
    /// warm-up and after the end included.
    pub tally: Tally,
    /// Statements that the clients sent, those of the warm-up and after the end included; see
    /// [`crate::measure::CommitWork::statements`].
    pub statements: u64,
    /// How late a client began at most, in nanoseconds after its scheduled start.
    pub start_skew: Nanoseconds,
    /// When the last operation ended, after the end of the stretch, in nanoseconds.
    pub drain: Nanoseconds,
}

impl Counts {
    /// Adds what other clients did. Their order is kept.
    pub fn merge(&mut self, other: &Counts) {
        self.committed_per_client
            .extend(&other.committed_per_client);
        self.committed_over_time.resize(PARTS, 0);
        for (mine, theirs) in self
            .committed_over_time
            .iter_mut()
            .zip(&other.committed_over_time)
        {
            *mine += theirs;
        }
        self.late += other.late;
        for (class, count) in &other.given_up {
            *self.given_up.entry(*class).or_default() += count;
        }
        self.unknown += other.unknown;
        self.attempts += other.attempts;
        for error in &other.errors {
            add_error(&mut self.errors, error.clone());
        }
        self.success.merge(&other.success);
        self.failure.merge(&other.failure);
        self.lag.merge(&other.lag);
        self.due += other.due;
        self.behind += other.behind;
        self.skipped += other.skipped;
        let most = self.kinds.len().max(other.kinds.len());
        self.kinds.resize_with(most, KindCounts::default);
        for (mine, theirs) in self.kinds.iter_mut().zip(&other.kinds) {
            mine.merge(theirs);
        }
        self.tally += other.tally;
        self.statements += other.statements;
        self.start_skew = self.start_skew.max(other.start_skew);
        self.drain = self.drain.max(other.drain);
    }
}

/// Adds errors to those of the same class and code.
fn add_error(errors: &mut Vec<ErrorCount>, error: ErrorCount) {
    let same = |known: &&mut ErrorCount| known.class == error.class && known.code == error.code;
    match errors.iter_mut().find(same) {
        Some(known) => known.attempts += error.attempts,
        None => errors.push(error),
    }
}

/// Keeps what one client does.
#[derive(Debug)]
pub struct Recorder {
    schedule: Schedule,
    counts: Counts,
    committed: u64,
    begun: bool,
    /// Which kind of operation is running; of no use if there is only one.
    kind: usize,
    /// Errors of the operation that is running.
    pending: Vec<DbError>,
}

impl Recorder {
    /// A recorder, of operations of so many kinds, that has seen nothing yet.
    pub fn new(schedule: Schedule, kinds: usize) -> Recorder {
        Recorder {
            schedule,
            counts: Counts {
                committed_over_time: vec![0; PARTS],
                kinds: match kinds {
                    0 | 1 => Vec::new(),
                    several => vec![KindCounts::default(); several],
                },
                ..Counts::default()
            },
            committed: 0,
            begun: false,
            kind: 0,
            pending: Vec::new(),
        }
    }

    /// An operation that was due at `due` begins.
    pub fn begin(&mut self, kind: usize, due: Nanoseconds, now: Nanoseconds) {
        self.kind = kind;
        if !std::mem::replace(&mut self.begun, true) {
            let scheduled = self.schedule.start.max(due);
            self.counts.start_skew = now.saturating_sub(scheduled);
        }
    }

    /// An operation arrived at `due`, and the client that takes it is free at `now`; false if that is
    /// after the end, so that it is skipped.
    pub fn arrived(&mut self, due: Nanoseconds, now: Nanoseconds) -> bool {
        let begins = now < self.schedule.end;
        if due >= self.schedule.measure {
            self.counts.due += 1;
            self.counts.behind += u64::from(begins && due < now);
            self.counts.skipped += u64::from(!begins);
        }
        begins
    }

    /// An operation for which its client had slept until it was due began so much later.
    pub fn overslept(&mut self, lag: Nanoseconds) {
        self.counts.lag.record(lag);
    }

    /// An attempt of the running operation returned an error.
    pub fn error(&mut self, error: DbError) {
        self.pending.push(error);
    }

    /// The operation that began at `begun` was acknowledged.
    pub fn committed(&mut self, begun: Nanoseconds, now: Nanoseconds, tally: Tally) {
        self.counts.tally += tally;
        if self.ended(now) {
            self.counts.attempts += 1;
            self.counts.success.record(now - begun);
            let in_time = now < self.schedule.end;
            if let Some(kind) = self.counts.kinds.get_mut(self.kind) {
                kind.attempts += 1;
                kind.success.record(now - begun);
                kind.committed += u64::from(in_time);
                kind.late += u64::from(!in_time);
            }
            if in_time {
                self.committed += 1;
                let length = self.schedule.end - self.schedule.measure;
                let part = (now - self.schedule.measure) * PARTS as u64 / length;
                self.counts.committed_over_time[part as usize] += 1;
            } else {
                self.counts.late += 1;
            }
        }
    }

    /// The operation that began at `begun` was given up.
    pub fn given_up(&mut self, begun: Nanoseconds, now: Nanoseconds, class: Outcome) {
        self.counts.unknown += u64::from(class == Outcome::Unknown);
        if self.ended(now) {
            self.counts.failure.record(now - begun);
            *self.counts.given_up.entry(class).or_default() += 1;
            if let Some(kind) = self.counts.kinds.get_mut(self.kind) {
                kind.failure.record(now - begun);
                *kind.given_up.entry(class).or_default() += 1;
            }
        }
    }

    /// Counts the failed attempts of an operation that ended; false if that was in the warm-up,
    /// of which nothing is counted but the tally.
    fn ended(&mut self, now: Nanoseconds) -> bool {
        let counted = now >= self.schedule.measure;
        self.counts.drain = self.counts.drain.max(now.saturating_sub(self.schedule.end));
        for DbError {
            class,
            code,
            message,
        } in self.pending.drain(..)
        {
            if counted {
                self.counts.attempts += 1;
                if let Some(kind) = self.counts.kinds.get_mut(self.kind) {
                    kind.attempts += 1;
                }
                add_error(
                    &mut self.counts.errors,
                    ErrorCount {
                        class,
                        code,
                        message,
                        attempts: 1,
                    },
                );
            }
        }
        counted
    }

    /// What the client did.
    pub fn finish(mut self) -> Counts {
        self.counts.committed_per_client = vec![self.committed];
        self.counts
    }
}
