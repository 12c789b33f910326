//! DEFERRED, IMMEDIATE and EXCLUSIVE: what each is good for.

mod load;
mod schema;
mod upgrade;

use std::time::Duration;

use anyhow::Result;

use super::series::CONVERGED;
use super::{Experiment, Findings, Lab};
use crate::lab::sentence;
use crate::measure::Engine;
use crate::measure::experiment::{Extent, Unit, View};
use crate::subject::Subject;

/// How a transaction begins on SQLite.
const ON_SQLITE: &[&str] = &["DEFERRED", "IMMEDIATE", "EXCLUSIVE"];

/// What PostgreSQL has in its place: how much a transaction sees of others
/// (postgresql.org/docs/current/transaction-iso.html).
const ON_POSTGRES: &[&str] = &["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

/// The same transactions, begun in each way.
#[derive(Debug)]
pub struct BeginModes {
    /// How often each load is made.
    pub repeats: u32,
    /// How long each is.
    pub stretch: Duration,
}

/// With a load that is long enough for its figures.
pub static BEGIN_MODES: BeginModes = BeginModes {
    repeats: 3,
    stretch: CONVERGED,
};

impl Experiment for BeginModes {
    fn name(&self) -> &'static str {
        "begin-modes"
    }

    fn question(&self) -> &'static str {
        "Is DEFERRED of no use: does it fail where IMMEDIATE and EXCLUSIVE do not, around a change of the schema, around what reads, and around what reads and then writes?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["B5"]
    }

    fn version(&self) -> u32 {
        2
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        Some(match extent {
            Extent::Quick | Extent::Short => 1.0,
            Extent::Full => 115.0,
        })
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Quick | Extent::Short => vec![
                "The load under each way to begin: how many transactions are refused, and how many only read in a second."
                    .to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "Three parts. A statement of the legacy interface is executed after another connection has made a table, with each way to begin around the change or around the reading. Two transactions that read and then write are stepped by hand. And 8 threads, each with a connection of its own and a lock timeout of 100 ms, do transactions for a fixed time that read a counter, hold it for 1 ms, and write it one higher or only end; a transaction that fails is counted and not tried again. PostgreSQL does the same load at each of its isolation levels, which is how its transactions differ; at READ COMMITTED it loses updates, which is a figure and voids nothing."
    }

    fn views(&self) -> Vec<View> {
        let of = |name: &str, title: &str, figure: &str, unit, kind: &str| {
            View::of(name, title, figure, unit)
                .only("transaction", kind)
                .panels(&["subject"])
                .series(&["begin"])
        };
        vec![
            of(
                "errors",
                "Transactions that read and write: errors per attempt",
                "errors_per_attempt",
                Unit::Share,
                load::Kind::Write.name(),
            )
            .saying("8 clients, a lock timeout of 100 ms, each attempt counted once. DEFERRED asks for the write lock in the middle of the transaction and is refused at once if another has it, or, with a write-ahead log, has committed since the read."),
            of(
                "commits",
                "Transactions that read and write: commits per second",
                "commits_per_s",
                Unit::PerSecond,
                load::Kind::Write.name(),
            )
            .saying("The same load. A transaction that failed is not tried again."),
            of(
                "reads",
                "Transactions that only read: commits per second",
                "commits_per_s",
                Unit::PerSecond,
                load::Kind::Read.name(),
            )
            .saying("8 clients that hold what they have read for 1 ms. IMMEDIATE and EXCLUSIVE let one of them in at a time, DEFERRED all of them."),
        ]
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for subject in lab.sqlite() {
            for begin in ON_SQLITE {
                lab.check()?;
                let what = format!("{}, {begin}", subject.name);
                findings.add(&what, upgrade::play(lab, subject, begin));
            }
            for case in schema::cases() {
                lab.check()?;
                let what = format!("{}, {case}", subject.name);
                findings.observe(&what, schema::observe(lab, subject, &case));
            }
        }
        if lab.extent < Extent::Full {
            return Ok(findings);
        }
        for repeat in 1..=self.repeats {
            for subject in lab.sqlite().chain(lab.postgres()) {
                add_load(&mut findings, lab, subject, self.stretch, repeat)?;
            }
        }
        Ok(findings)
    }
}

fn add_load(
    findings: &mut Findings,
    lab: &Lab<'_>,
    subject: &Subject,
    stretch: Duration,
    repeat: u32,
) -> Result<()> {
    let begins = match subject.engine() {
        Engine::Postgres => ON_POSTGRES,
        _ => ON_SQLITE,
    };
    let mut database = match lab.fresh(subject, &[]) {
        Ok(database) => database,
        Err(error) => {
            let failure = format!("{}, the load: {}", subject.name, sentence(&error));
            findings.failures.push(failure);
            return lab.check();
        }
    };
    for begin in begins {
        for kind in load::Kind::ALL {
            lab.check()?;
            let what = format!("{}, {begin}, {}", subject.name, kind.name());
            let observation =
                load::observe(database.store(), subject, begin, kind, stretch, repeat);
            findings.observe(&what, observation);
        }
    }
    Ok(())
}
