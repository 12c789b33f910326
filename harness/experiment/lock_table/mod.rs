//! Which lock keeps whom out: every way to hold a lock against every way to ask for one.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

mod interleavings;

use super::play::Play;
use super::{Experiment, Findings, Lab};
use crate::lab::sentence;
use crate::measure::experiment::{Answer, Extent, Observation};
use crate::measure::{Audit, Discipline, Engine};
use crate::subject::Subject;

/// How long the second one waits, in milliseconds: long enough to tell waiting from not waiting.
const TIMEOUT_MS: u32 = 100;

const READ: &str = "SELECT value FROM counters WHERE key = 1";
const WRITE: &str = "UPDATE counters SET value = value + 1 WHERE key = 1";
const WRITE_OTHER: &str = "UPDATE counters SET value = value + 1 WHERE key = 2";

/// Holder's name and statements.
type Holder = (&'static str, &'static [&'static str]);

/// The other one's name and statements, of which the last one is asked about.
type Other = (&'static str, &'static [&'static str]);

const ON_SQLITE: (&[Holder], &[Other]) = (
    &[
        ("DEFERRED, has read", &["BEGIN", READ]),
        ("DEFERRED, has written", &["BEGIN", WRITE]),
        ("IMMEDIATE", &["BEGIN IMMEDIATE"]),
        ("EXCLUSIVE", &["BEGIN EXCLUSIVE"]),
    ],
    &[
        ("reads", &[READ]),
        ("writes", &[WRITE]),
        ("begins IMMEDIATE", &["BEGIN IMMEDIATE"]),
        ("begins EXCLUSIVE", &["BEGIN EXCLUSIVE"]),
        ("writes after it has read", &["BEGIN", READ, WRITE]),
    ],
);

const ON_POSTGRES: (&[Holder], &[Other]) = (
    &[
        ("has read", &["BEGIN", READ]),
        ("has written", &["BEGIN", WRITE]),
        (
            "has read FOR UPDATE",
            &[
                "BEGIN",
                "SELECT value FROM counters WHERE key = 1 FOR UPDATE",
            ],
        ),
    ],
    &[
        ("reads", &[READ]),
        ("writes the same row", &[WRITE]),
        ("writes another row", &[WRITE_OTHER]),
        ("writes after it has read", &["BEGIN", READ, WRITE]),
    ],
);

/// Every way to hold against every way to ask.
#[derive(Debug)]
pub struct LockTable;

impl Experiment for LockTable {
    fn name(&self) -> &'static str {
        "lock-table"
    }

    fn question(&self) -> &'static str {
        "While one transaction holds what it has taken, who else may read or write, and who is refused after waiting?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A1"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        (extent != Extent::Quick).then_some(5.3)
    }

    fn method(&self) -> &'static str {
        "One session holds what it has taken, stepped by hand; another asks, with a lock timeout of 100 ms, and is answered or refused. Every way to hold is tried against every way to ask, on a fresh database each time."
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for subject in lab.sqlite().chain(lab.postgres()) {
            let (holders, others) = match subject.engine() {
                Engine::Postgres => ON_POSTGRES,
                _ => ON_SQLITE,
            };
            for holder in holders {
                for other in others {
                    lab.check()?;
                    match observe(lab, subject, *holder, *other) {
                        Ok(observation) => findings.observations.push(observation),
                        Err(error) => findings.failures.push(format!(
                            "{}, {} against {}: {}",
                            subject.name,
                            other.0,
                            holder.0,
                            sentence(&error)
                        )),
                    }
                }
            }
            for (name, play) in interleavings::ALL {
                lab.check()?;
                findings.add(&format!("{}, {name}", subject.name), play(lab, subject));
            }
        }
        Ok(findings)
    }
}

fn setup() -> [String; 2] {
    [
        "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)",
        "INSERT INTO counters VALUES (1, 0), (2, 0)",
    ]
    .map(str::to_owned)
}

/// Has a session wait for locks no longer than the table has it.
fn patience(subject: &Subject) -> String {
    match subject.engine() {
        Engine::Postgres => format!("SET lock_timeout = {TIMEOUT_MS}"),
        _ => format!("PRAGMA busy_timeout = {TIMEOUT_MS}"),
    }
}

fn observe(lab: &Lab<'_>, subject: &Subject, holder: Holder, other: Other) -> Result<Observation> {
    let mut database = lab.fresh(subject, &setup())?;
    let target = database.store().target(Discipline::Naive);
    let mut play = Play::new();
    play.enter("holder", &target)?;
    play.enter("other", &target)?;
    play.does("other", &patience(subject))?;
    for sql in holder.1 {
        play.does("holder", sql)?;
    }
    // Who is refused before the last statement is asked nothing more.
    for sql in other.1 {
        if !play.does("other", sql)?.done() {
            break;
        }
    }
    let timeline = play.timeline("", "", subject.name, &[], database.store(), &[])?;
    let asked = timeline.steps.last().context("Nobody asked")?;
    let code = match &asked.answer {
        Answer::Done { .. } => "done".to_owned(),
        Answer::Refused { code, .. } => code.clone(),
    };
    let condition = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Ok(Observation {
        conditions: BTreeMap::from([
            condition("subject", subject.name),
            condition("one", holder.0),
            condition("the other", other.0),
            condition("answer", &code),
        ]),
        repeat: 1,
        latencies: BTreeMap::new(),
        figures: BTreeMap::from([
            ("refused".to_owned(), f64::from(!asked.answer.done())),
            ("waited_ms".to_owned(), asked.took_us / 1e3),
        ]),
        audit: Audit {
            checks: timeline.ending.checks,
        },
    })
}
