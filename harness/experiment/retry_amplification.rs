//! Retries, from none to three, after pauses of several kinds: what they cost, and what they gain.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::series::Case;
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::load::retry::Policy;
use crate::load::style::{self, HOLD, Style};
use crate::measure::Measurement;
use crate::measure::experiment::{Extent, Observation, Unit, View};
use crate::subject::Subject;
use crate::subject::engine::{Isolation, Manner};

/// Increments that come in one instant. Holding the lock for [`HOLD`] each, they would take a fifth
/// of a second one after the other: far longer than they are given without retries.
pub(super) const CLIENTS: u32 = 20;

/// How often every condition is tried.
const REPEATS: u32 = 3;

/// How long an attempt waits for a lock, in milliseconds. The first makes every collision an error.
const TIMEOUTS: [u32; 2] = [0, 100];

/// The most retries of the document.
const MOST: u32 = 3;

/// The pause before a retry, unless it is the document's: as long as a lock is held.
const SHORT: Duration = HOLD;

/// The document's table: retries, and the mean response in milliseconds.
const STATED: [(u32, f64); 4] = [(0, 50.0), (1, 200.0), (2, 800.0), (3, 3_200.0)];

/// Retries against the same work without them.
#[derive(Debug)]
pub struct RetryAmplification;

/// How long to pause before a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backoff {
    Fixed,
    Exponential,
    FullJitter,
    Document,
}

impl Backoff {
    const ALL: [Backoff; 4] = [
        Backoff::Fixed,
        Backoff::Exponential,
        Backoff::FullJitter,
        Backoff::Document,
    ];

    fn name(self) -> &'static str {
        match self {
            Backoff::Fixed => "fixed",
            Backoff::Exponential => "exponential",
            Backoff::FullJitter => "full jitter",
            Backoff::Document => "document",
        }
    }

    fn policy(self, retries: u32) -> Policy {
        let short = Policy {
            retries,
            first: SHORT,
            ..style::RETRY
        };
        match self {
            Backoff::Fixed => Policy {
                doubles: false,
                ..short
            },
            Backoff::Exponential => short,
            Backoff::FullJitter => Policy {
                jitter: true,
                ..short
            },
            Backoff::Document => Policy {
                retries,
                ..style::RETRY
            },
        }
    }
}

/// One condition.
#[derive(Debug, Clone, Copy)]
struct Tried {
    subject: &'static Subject,
    timeout_ms: u32,
    backoff: Backoff,
    retries: u32,
}

impl Tried {
    /// Whether there is time for it: the document's pauses add up to seven seconds.
    fn made(self, extent: Extent) -> bool {
        let few = match (self.backoff, self.subject.name) {
            (Backoff::Document, "sqlite-wal-full") => self.retries <= 1,
            // As many retries as the document's, but with short pauses.
            (Backoff::Fixed, "sqlite-wal-full") => self.retries <= 1,
            (Backoff::FullJitter, "sqlite-wal-full") => self.retries == MOST,
            _ => false,
        };
        match extent {
            Extent::Full => true,
            Extent::Short => few && self.timeout_ms == TIMEOUTS[0],
            Extent::Quick => false,
        }
    }

    fn case(self) -> Case {
        let Conduct { manner, .. } = Style::AsIntended.conduct(self.timeout_ms);
        let conduct = Conduct {
            // Where it would refuse nobody, PostgreSQL is asked for what SQLite gives.
            manner: Manner {
                isolation: Some(Isolation::Serializable),
                ..manner
            },
            retry: self.backoff.policy(self.retries),
            operations: None,
            pace: None,
        };
        Case {
            hold: HOLD,
            ..Case::burst(self.subject, Style::AsIntended.workload(), CLIENTS, conduct)
        }
        .named("timeout_ms", self.timeout_ms)
        .named("backoff", self.backoff.name())
        .named("retries", self.retries)
    }
}

/// Every condition that there is time for. Without retries there are no pauses to tell apart: that
/// is tried once.
fn cases(lab: &Lab<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for subject in lab.sqlite().chain(lab.postgres()) {
        for timeout_ms in TIMEOUTS {
            for backoff in Backoff::ALL {
                let fewest = u32::from(backoff != Backoff::ALL[0]);
                let tried = (fewest..=MOST).map(|retries| Tried {
                    subject,
                    timeout_ms,
                    backoff,
                    retries,
                });
                let made = tried.filter(|tried| tried.made(lab.extent));
                cases.extend(made.map(Tried::case));
            }
        }
    }
    cases
}

impl Experiment for RetryAmplification {
    fn name(&self) -> &'static str {
        "retry-amplification"
    }

    fn question(&self) -> &'static str {
        "What does each further retry add to the latency of an increment, how much of it is slept between attempts, and how many more increments succeed for it?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A14"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(8.2),
            Extent::Full => Some(320.0),
        }
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Short | Extent::Quick => vec![
                "The document's own backoff with two and three retries, which sleep 3 s and 7 s, and with any retry on other subjects than sqlite-wal-full.".to_owned(),
                "Pauses of 10 ms with two and three retries, full jitter with one and two, and exponential ones.".to_owned(),
                "sqlite-delete-full and postgres.".to_owned(),
                "A lock timeout of 100 ms.".to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "20 clients in four instances, each a process, begin one increment each in the same instant: a transaction that reads, pauses for 10 ms and writes. Each tries again up to so many times, the whole transaction; latencies count from the first attempt to the last answer. Pauses are 10 ms each (fixed), 10, 20 and 40 ms (exponential), drawn from zero to those (full jitter), or the document's 1, 2 and 4 s, never more than 5. Without a retry there is no pause: that trial is made once for all four, and stands at the beginning of each line. On SQLite the transaction is EXCLUSIVE and a lock that is taken is an error once busy_timeout is over. PostgreSQL would let all in and lose increments, so there it is SERIALIZABLE: whoever comes second gets 40001, or 55P03 if lock_timeout is over first, of which the least is 1 ms. Nothing may be lost. The document's driver is another one: a WebAssembly build of SQLite without a write-ahead log, with its own file locks."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        [("every backoff".to_owned(), Style::AsIntended.sql())].into()
    }

    fn views(&self) -> Vec<View> {
        views()
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        lab.series(&cases(lab), REPEATS, &mut findings, with_failures)?;
        begin_every_line(&mut findings.observations);
        Ok(findings)
    }
}

/// The charts, by retries.
pub(super) fn views() -> Vec<View> {
    let along = |view: View| {
        view.panels(&["backoff", "timeout_ms"])
            .series(&["subject"])
            .along("retries")
    };
    let latency = View::of(
        "latency",
        "Mean latency of an increment, retries included",
        "mean_ms",
        Unit::Milliseconds,
    )
    .saying("Acknowledged and given up together, as the document counts. Its own numbers do not go with its own pauses: who tries again sleeps 1 s, so a mean that rises from 50 to 200 ms means that 15 % of increments did; a second pause of 2 s then adds 300 ms at most, not 600.")
    .logarithmic();
    let latency = STATED.iter().fold(latency, |view, (retries, ms)| {
        view.stated(Some(f64::from(*retries)), *ms, *ms, &in_words(*ms))
    });
    vec![
        along(latency),
        along(
            View::of(
                "given-up",
                "Increments given up",
                "share_given_up",
                Unit::Share,
            )
            .saying("What retries are for. Pauses that are the same for all bring all back in the same instant, to collide again; jitter parts them."),
        ),
        along(
            View::of(
                "attempts",
                "Attempts per acknowledged increment",
                "attempts_per_commit",
                Unit::Ratio,
            )
            .saying("The load that retries make: each attempt takes a connection, a thread and a lock that others wait for."),
        ),
        along(
            View::of(
                "acknowledged-p99",
                "Latency of acknowledged increments, 99th percentile",
                "acknowledged_p99_ms",
                Unit::Milliseconds,
            )
            .saying("From the first attempt to the acknowledgement, pauses included.")
            .logarithmic(),
        ),
        along(
            View::of(
                "given-up-p99",
                "Latency of increments given up, 99th percentile",
                "given_up_p99_ms",
                Unit::Milliseconds,
            )
            .saying("How long a user waits to be told that it failed.")
            .logarithmic(),
        ),
    ]
}

fn in_words(ms: f64) -> String {
    format!("{ms} ms on average")
}

/// Adds how long those waited who were told no in the end.
pub(super) fn with_failures(_: &Case, measurement: &Measurement, seen: Observation) -> Observation {
    match measurement.failure.percentile(99.0) {
        Some(seconds) => seen.with("given_up_p99_ms", seconds * 1e3),
        None => seen,
    }
}

/// Without retries all backoffs are one: what was observed then is where the line of each begins.
fn begin_every_line(observations: &mut Vec<Observation>) {
    let without = |seen: &&Observation| seen.condition("retries") == "0";
    let first: Vec<Observation> = observations.iter().filter(without).cloned().collect();
    for begin in first {
        for backoff in Backoff::ALL.map(Backoff::name) {
            let of_line = |seen: &Observation| {
                let same = |name| seen.condition(name) == begin.condition(name);
                same("subject") && same("timeout_ms") && seen.condition("backoff") == backoff
            };
            if begin.condition("backoff") != backoff && observations.iter().any(of_line) {
                let mut begin = begin.clone();
                begin
                    .conditions
                    .insert("backoff".to_owned(), backoff.to_owned());
                observations.push(begin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_the_documents_or_short_and_never_before_the_first_attempt() {
        let of = |backoff: Backoff| backoff.policy(2);
        assert_eq!(of(Backoff::Document).first, Duration::from_secs(1));
        assert_eq!(of(Backoff::Fixed).first, HOLD);
        assert!(!of(Backoff::Fixed).doubles && of(Backoff::Exponential).doubles);
        assert!(of(Backoff::FullJitter).jitter);
        assert!(Backoff::ALL.iter().all(|backoff| of(*backoff).retries == 2));
    }

    #[test]
    fn what_was_seen_without_retries_begins_the_line_of_every_backoff_that_was_tried() {
        let seen = |subject: &str, backoff: &str, retries: &str| {
            Observation::under([
                ("subject", subject),
                ("timeout_ms", "0"),
                ("backoff", backoff),
                ("retries", retries),
            ])
        };
        let mut observations = vec![
            seen("postgres", "fixed", "0"),
            seen("postgres", "full jitter", "3"),
            seen("sqlite-wal-full", "document", "1"),
        ];
        begin_every_line(&mut observations);
        assert_eq!(observations.len(), 4);
        assert_eq!(observations[3], seen("postgres", "full jitter", "0"));
    }
}
