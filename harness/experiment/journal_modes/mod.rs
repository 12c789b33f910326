//! What the journal mode changes.

mod counted;
mod subjects;
mod writes;

use std::collections::BTreeMap;

use anyhow::Result;

use super::series::{CONVERGED, Case};
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::measure::Discipline;
use crate::measure::experiment::{Extent, Unit, View};
use crate::subject::Subject;
use crate::workload::insert;

/// Clients of the closed loop.
const CLIENTS: u32 = 4;

/// The document's fourth test, and every journal mode.
#[derive(Debug)]
pub struct JournalModes;

impl Experiment for JournalModes {
    fn name(&self) -> &'static str {
        "journal-modes"
    }

    fn question(&self) -> &'static str {
        "What does the journal mode change in goodput, failures, durability and syncs, and how do 50 writes at once fare?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A7"]
    }

    fn version(&self) -> u32 {
        2
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(4.3),
            Extent::Full => Some(280.0),
        }
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Quick | Extent::Short => vec![
                "The 50 writes as the document's text means them and by naive clients; and they are made three times instead of six.".to_owned(),
                "Goodput and syncs of every journal mode in closed loops: the rounds of a run measure those of their own subjects.".to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "The document's test: 50 clients in four processes insert one row each, all in the same instant, in two or three ways. \
         As the document's code does, all clients of an instance share one connection, wait 5 s for a lock and try three times; \
         as its text says, each has a connection and retries up to three times; naive clients wait for no lock and try once. On PostgreSQL every client has a connection, and naive ones wait for ever. \
         Measured are successes, failures, and the time until the last client was through; times are divided repeat by repeat. \
         Beside it, four careful clients insert in a closed loop, one row to a transaction, with DELETE, TRUNCATE, PERSIST and a write-ahead log, with synchronous NORMAL, FULL and EXTRA (not MEMORY or OFF, which a crash may cost the file); \
         what a commit survives then differs, and only subjects of one durability tier compare. \
         Syncs are counted in trials of their own: on SQLite between the library and the system, on PostgreSQL by the server, of its log only."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        [("write".to_owned(), vec![insert::INSERT.to_owned()])].into()
    }

    fn views(&self) -> Vec<View> {
        let writes = |name, title, figure, unit| {
            View::of(name, title, figure, unit)
                .only("test", writes::NAME)
                .panels(&["discipline"])
        };
        let modes =
            |name, title, figure, unit| View::of(name, title, figure, unit).panels(&["tier"]);
        vec![
            writes(
                "failures",
                "Of 50 writes at once, those that failed",
                "given_up",
                Unit::Count,
            )
            .stated(None, 5.0, 50.0, "more than 5 fail with a write-ahead log"),
            writes(
                "duration",
                "Until the last of 50 writes was through",
                "settled_ms",
                Unit::Milliseconds,
            )
            .logarithmic()
            .saying("The write-ahead log is also the more durable of the two: it survives a loss of power, the rollback journal that is deleted survives it but for the last commit."),
            writes(
                "ratio",
                "The same, as a part of the time with a rollback journal",
                "by_delete",
                Unit::Ratio,
            )
            .saying("Repeat by repeat. Naive clients of SQLite give up at once, so that their time says little.")
            .stated(None, 0.0, 0.8, "less than 0.8 of the time"),
            modes("goodput", "Inserts in a closed loop, by durability tier", "goodput_per_s", Unit::PerSecond)
                .only("test", CLOSED_LOOP)
                .saying("Across tiers only one sentence is fair: that the more durable one was also the faster one."),
            modes("syncs", "Syncs per commit", "syncs_per_commit", Unit::Count)
                .only("test", counted::NAME)
                .saying("Counted in trials of their own; several clients of PostgreSQL may share one."),
        ]
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let full = lab.extent == Extent::Full;
        let repeats = if full { 6 } else { 3 };
        writes::add(lab, repeats, &mut findings)?;
        if !full {
            return Ok(findings);
        }
        let subjects = subjects::all().chain(lab.postgres());
        let cases: Vec<Case> = subjects.map(in_loops).collect();
        let looped = cases.iter().cloned();
        let looped: Vec<Case> = looped.map(|case| case.named("test", CLOSED_LOOP)).collect();
        lab.series(&looped, repeats, &mut findings, |_, _, seen| seen)?;
        counted::add(lab, &cases, &mut findings)?;
        Ok(findings)
    }
}

/// What the trials of clients in closed loops are called.
const CLOSED_LOOP: &str = "closed loop";

/// Careful clients who insert one row after the other.
fn in_loops(subject: &'static Subject) -> Case {
    let conduct = Conduct::of(Discipline::Careful);
    Case::loops(subject, &insert::ONE, CLIENTS, conduct, CONVERGED).named("tier", subject.tier)
}
