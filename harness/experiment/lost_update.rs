//! Two clients read the same number, add one and write it back.

use anyhow::Result;

use super::play::Play;
use super::{Experiment, Findings, Lab};
use crate::measure::Discipline;
use crate::measure::experiment::{Extent, Timeline};
use crate::subject::Subject;

const READ: &str = "SELECT value FROM counters WHERE key = 1";

/// The interleaving of the documents, stepped by hand.
#[derive(Debug)]
pub struct LostUpdate;

/// How the two clients go about it.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Read and write are transactions of their own.
    Autocommit,
    /// Read and write are one transaction.
    Transaction,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Way::Autocommit => "autocommit",
            Way::Transaction => "transaction",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Way::Autocommit => "read and write each in a transaction of its own",
            Way::Transaction => "read and write in one transaction",
        }
    }
}

impl Experiment for LostUpdate {
    fn name(&self) -> &'static str {
        "lost-update"
    }

    fn question(&self) -> &'static str {
        "If two clients read 100, add one and write, does the counter end at 102, and if not, is anybody told?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A2"]
    }

    fn seconds(&self, _extent: Extent) -> Option<f64> {
        Some(0.5)
    }

    fn method(&self) -> &'static str {
        "Two sessions, stepped by hand in the order in which the document tells it: both read before either writes. What the counter holds in the end is compared with what was acknowledged."
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for subject in lab.sqlite().chain(lab.postgres()) {
            for way in [Way::Autocommit, Way::Transaction] {
                lab.check()?;
                let what = format!("{}, {}", subject.name, way.name());
                findings.add(&what, play(lab, subject, way));
            }
        }
        Ok(findings)
    }
}

fn play(lab: &Lab<'_>, subject: &Subject, way: Way) -> Result<Timeline> {
    let setup = [
        "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)",
        "INSERT INTO counters VALUES (1, 100)",
    ];
    let mut database = lab.fresh(subject, &setup.map(str::to_owned))?;
    let target = database.store().target(Discipline::Naive);
    let mut play = Play::new();
    play.enter("A", &target)?;
    play.enter("B", &target)?;
    let together = matches!(way, Way::Transaction);
    if together {
        play.does("A", "BEGIN")?;
        play.does("B", "BEGIN")?;
    }
    play.does("A", READ)?;
    play.does("B", READ)?;
    let mut acknowledged = 0;
    let wrote = play.labelled(
        "write A",
        "A",
        "UPDATE counters SET value = 101 WHERE key = 1",
    )?;
    let mut a_through = wrote.done();
    if together {
        a_through = play.labelled("commit A", "A", "COMMIT")?.done();
    }
    let wrote = play.labelled(
        "write B",
        "B",
        "UPDATE counters SET value = 101 WHERE key = 1",
    )?;
    if !together {
        acknowledged += i64::from(wrote.done());
    } else if wrote.done() {
        acknowledged += i64::from(play.labelled("commit B", "B", "COMMIT")?.done());
    } else {
        play.does("B", "ROLLBACK")?;
        if !a_through {
            // B's read lock was in the way, and is gone now.
            a_through = play.labelled("commit A again", "A", "COMMIT")?.done();
        }
    }
    acknowledged += i64::from(a_through);
    play.timeline(
        way.name(),
        &format!("Two increments, {}", way.words()),
        subject.name,
        &[("way", way.words().to_owned())],
        database.store(),
        &[(
            "counter = 100 + acknowledged increments",
            100 + acknowledged,
            READ,
        )],
    )
}
