//! 4 × 25 increments at once, in every way that people write them.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::series::{Case, INSTANCES};
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::load::style::{HOLD, Style};
use crate::measure::experiment::{Extent, Observation, Unit, View};
use crate::measure::{Discipline, Engine, Measurement};
use crate::subject::Subject;
use crate::subject::engine::{Begin, Isolation, Manner};
use crate::workload::racing_increment::{self, RacingIncrement};
use crate::workload::{Workload, slow_increment};

/// Increments of each instance in the document.
const OF_DOCUMENT: u32 = 25;

/// Increments of each instance where many are made.
const MANY: u32 = 3_000;

/// The same with a rollback journal, whose commits take several times as long: a trial whose clients
/// are not through half a minute after its end has failed.
const MANY_IN_JOURNAL: u32 = 1_000;

/// The lock timeout of the document, in milliseconds.
const TIMEOUT_MS: u32 = 5_000;

/// How often each way is tried: the least that decides a claim.
const REPEATS: u32 = 3;

/// Read and write are transactions of their own.
const AUTOCOMMIT: &str = "autocommit";

/// Read and write are one transaction, which takes a lock when it first reads or writes.
const DEFERRED: &str = "deferred";

/// A way to increment, beside those of the document.
#[derive(Debug, Clone, Copy)]
struct Way {
    name: &'static str,
    workload: &'static RacingIncrement,
    how: How,
    /// The least extent to which it is tried.
    from: Extent,
}

/// Where a way is possible, and in what manner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Anywhere,
    Sqlite(Begin),
    Postgres(Isolation),
}

const fn way(
    name: &'static str,
    workload: &'static RacingIncrement,
    how: How,
    from: Extent,
) -> Way {
    Way {
        name,
        workload,
        how,
        from,
    }
}

/// Every way; those that lose come first.
static WAYS: [Way; 11] = [
    way(
        AUTOCOMMIT,
        &racing_increment::APART,
        How::Anywhere,
        Extent::Short,
    ),
    way(
        DEFERRED,
        &racing_increment::TOGETHER,
        How::Sqlite(Begin::Deferred),
        Extent::Short,
    ),
    way(
        "deferred, only the write retried",
        &racing_increment::STALE,
        How::Sqlite(Begin::Deferred),
        Extent::Full,
    ),
    way(
        "immediate",
        &racing_increment::TOGETHER,
        How::Sqlite(Begin::Immediate),
        Extent::Full,
    ),
    way(
        "read committed",
        &racing_increment::TOGETHER,
        How::Postgres(Isolation::ReadCommitted),
        Extent::Short,
    ),
    way(
        "repeatable read",
        &racing_increment::TOGETHER,
        How::Postgres(Isolation::RepeatableRead),
        Extent::Full,
    ),
    way(
        "repeatable read, only the write retried",
        &racing_increment::STALE,
        How::Postgres(Isolation::RepeatableRead),
        Extent::Full,
    ),
    way(
        "serializable",
        &racing_increment::TOGETHER,
        How::Postgres(Isolation::Serializable),
        Extent::Full,
    ),
    way(
        "select for update",
        &racing_increment::LOCKED,
        How::Postgres(Isolation::ReadCommitted),
        Extent::Full,
    ),
    way(
        "value = value + 1",
        &racing_increment::ADDED,
        How::Anywhere,
        Extent::Short,
    ),
    way(
        "compare and swap",
        &racing_increment::SWAPPED,
        How::Anywhere,
        Extent::Full,
    ),
];

/// A subject whose commits are slow, and on which ways that keep others out behave as with a
/// write-ahead log.
const IN_JOURNAL: &str = "sqlite-delete-full";

impl Way {
    fn tried(&self, subject: &Subject, extent: Extent) -> bool {
        let possible = match self.how {
            How::Sqlite(_) => subject.engine() == Engine::Sqlite,
            How::Postgres(_) => subject.engine() == Engine::Postgres,
            How::Anywhere => true,
        };
        // The others go alike with either journal.
        let alike = self.name != AUTOCOMMIT;
        let from = match subject.name == IN_JOURNAL && alike {
            true => Extent::Full,
            false => self.from,
        };
        possible && extent >= from
    }

    /// A careful client but for its transactions: what is lost is lost by the way, not by a client
    /// that does not wait or gives up early.
    fn conduct(&self) -> Conduct {
        let Conduct { manner, retry, .. } = Conduct::of(Discipline::Careful);
        let manner = match self.how {
            How::Anywhere => manner,
            How::Sqlite(begin) => Manner { begin, ..manner },
            How::Postgres(isolation) => Manner {
                isolation: Some(isolation),
                ..manner
            },
        };
        Conduct {
            manner,
            retry,
            operations: None,
            pace: None,
        }
    }

    fn sql(&self) -> Vec<String> {
        self.workload.sql(&match self.how {
            How::Sqlite(begin) => begin.sql().to_owned(),
            How::Postgres(level) => {
                format!("BEGIN -- {}", level.name().to_uppercase())
            }
            How::Anywhere => String::new(),
        })
    }

    fn case(&self, subject: &'static Subject, each: u32, pause: Duration) -> Case {
        one_by_one(subject, self.workload, self.conduct(), each, pause).named("way", self.name)
    }
}

/// In each of four instances one client, which does so many increments, one after the other: what
/// an instance does that has one connection and a driver that handles one request at a time.
fn one_by_one(
    subject: &'static Subject,
    workload: &'static dyn Workload,
    conduct: Conduct,
    each: u32,
    pause: Duration,
) -> Case {
    let case = Case::burst(subject, workload, INSTANCES, conduct);
    let conduct = Conduct {
        operations: Some(each),
        pace: None,
        ..case.conduct.clone()
    };
    described(Case { conduct, ..case }, INSTANCES * each, pause)
}

/// The document's own code. All requests come in the same instant, each with a client of its own.
fn at_once(subject: &'static Subject, style: Style) -> Case {
    let increments = INSTANCES * OF_DOCUMENT;
    let conduct = style.conduct(TIMEOUT_MS);
    let case = Case::burst(subject, style.workload(), increments, conduct);
    described(case, increments, HOLD).named("way", style.name())
}

/// The document's own code, but for the requests of an instance, which come one after the other.
fn in_turn(subject: &'static Subject, style: Style) -> Case {
    let conduct = style.conduct(TIMEOUT_MS);
    one_by_one(subject, style.workload(), conduct, OF_DOCUMENT, HOLD).named("way", style.name())
}

fn described(case: Case, increments: u32, pause: Duration) -> Case {
    let clients = case.clients;
    Case {
        // Where losing is the point, the loss is the figure.
        may_lose: true,
        hold: pause,
        ..case
    }
    .named("increments", increments)
    .named("clients", clients)
    .named("pause_ms", pause.as_millis())
}

/// Everything that is tried on a subject to this extent.
fn cases(subject: &'static Subject, extent: Extent) -> Vec<Case> {
    let in_journal = subject.name == IN_JOURNAL;
    let on_sqlite = subject.engine() == Engine::Sqlite;
    let mut cases = Vec::new();
    for way in WAYS.iter().filter(|way| way.tried(subject, extent)) {
        // Without a pause 25 increments may be over before another instance has begun its own.
        let full = extent == Extent::Full;
        let paused = way.name == AUTOCOMMIT;
        if full || !paused {
            cases.push(way.case(subject, OF_DOCUMENT, Duration::ZERO));
        }
        if full || paused {
            cases.push(way.case(subject, OF_DOCUMENT, HOLD));
        }
        if full {
            let many = match in_journal {
                true => MANY_IN_JOURNAL,
                false => MANY,
            };
            cases.push(way.case(subject, many, Duration::ZERO));
        }
    }
    // A connection that is shared is one of SQLite's.
    if on_sqlite {
        cases.push(at_once(subject, Style::AsWritten));
    }
    if extent == Extent::Full || on_sqlite && !in_journal {
        cases.push(in_turn(subject, Style::AsIntended));
    }
    if extent == Extent::Full {
        cases.push(at_once(subject, Style::AsIntended));
    }
    cases
}

/// What increments are lost, and whether anybody is told.
#[derive(Debug)]
pub struct LostUpdates;

impl Experiment for LostUpdates {
    fn name(&self) -> &'static str {
        "lost-updates"
    }

    fn question(&self) -> &'static str {
        "Of 4 × 25 acknowledged increments, how many are lost, by which way of writing them, and is anybody told?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A5", "A16", "A18"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(13.6),
            Extent::Full => Some(500.0),
        }
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        let left_out: &[&str] = match extent {
            Extent::Full => &[],
            Extent::Quick | Extent::Short => &[
                "12,000 increments by each way (4,000 with a rollback journal).",
                "The document's pause of 10 ms between read and write, but for autocommit and the document's own code; and autocommit without it.",
                "The document's code as its text means it with all 100 requests in the same instant, and on postgres.",
                "IMMEDIATE, compare and swap, REPEATABLE READ, SERIALIZABLE, SELECT … FOR UPDATE, and the retry of the write alone.",
                "With a rollback journal: all but autocommit and the document's code as it is written.",
            ],
        };
        left_out.iter().map(|&words| words.to_owned()).collect()
    }

    fn method(&self) -> &'static str {
        "Four instances, each a process with one client, make 25 increments of one counter each, one after the other, as fast as they go. \
         An increment is acknowledged if its client got no error in the end; it is lost if it was acknowledged and the counter does not hold it. \
         Clients wait 5 s for locks and try again after an error, up to ten attempts, whatever the way. \
         The document's code pauses 10 ms between read and write and begins EXCLUSIVE: as written, all requests of an instance share a connection and none is tried again; as intended, each client has its own and tries up to three times more. As written, its 100 requests come all in the same instant; on PostgreSQL it begins plain transactions at READ COMMITTED. \
         What differs between the engines is how transactions begin on SQLite and how they are isolated on PostgreSQL; the other SQL is the same. \
         'Lost without error' is what was lost less the errors that anybody saw, since each error may have warned of one loss."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        let of_ways = WAYS.iter().map(|way| (way.name.to_owned(), way.sql()));
        let of_document = [Style::AsWritten, Style::AsIntended].map(|style| {
            let mut sql = slow_increment::DOCUMENT.sql();
            sql[0] = Begin::Exclusive.sql().to_owned();
            (style.name().to_owned(), sql)
        });
        of_ways.chain(of_document).collect()
    }

    fn views(&self) -> Vec<View> {
        let rows = ["way", "pause_ms", "clients"];
        vec![
            View::of(
                "lost-without-error",
                "Increments lost, and nobody was told",
                "share_lost_without_error",
                Unit::Share,
            )
            .saying("Of those acknowledged. Each error that somebody saw is taken for the warning of one loss, and not counted.")
            .panels(&["increments", "subject"])
            .series(&rows),
            View::of("stored", "What the counter ends at", "stored", Unit::Count)
                .saying("Of 100 increments. One that is missing was lost, or its client got an error: the other charts tell which.")
                .only("increments", "100")
                .panels(&["subject"])
                .series(&rows)
                .stated(None, 50.0, 100.0, "below 100 and above 50"),
            View::of("lost", "Increments lost", "share_lost", Unit::Share)
                .saying("Of those acknowledged, whether anybody saw an error or not.")
                .panels(&["increments", "subject"])
                .series(&rows),
            View::of(
                "errors",
                "Errors that clients saw",
                "errors_per_operation",
                Unit::Ratio,
            )
            .saying("Per increment, over all attempts at it: the price of losing nothing, where nothing is lost.")
            .panels(&["increments", "subject"])
            .series(&rows),
        ]
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let subjects = lab.sqlite().chain(lab.postgres());
        let cases: Vec<Case> = subjects
            .flat_map(|subject| cases(subject, lab.extent))
            .collect();
        lab.series(&cases, REPEATS, &mut findings, |_, measurement, seen| {
            with_losses(measurement, seen)
        })?;
        Ok(findings)
    }
}

/// What was acknowledged and is not there, and whether anybody was told.
fn with_losses(measurement: &Measurement, seen: Observation) -> Observation {
    let acknowledged = measurement.committed + measurement.late;
    let lost: u64 = measurement.losses.iter().map(|loss| loss.lost).sum();
    let silently = lost.saturating_sub(measurement.failed_attempts());
    let share = |part: u64| part as f64 / acknowledged.max(1) as f64;
    seen.with("stored", acknowledged.saturating_sub(lost) as f64)
        .with("share_lost", share(lost))
        .with("lost_without_error", silently as f64)
        .with("share_lost_without_error", share(silently))
}
