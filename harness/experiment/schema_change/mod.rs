//! What a prepared statement comes to when another process changes the schema.

mod changes;
mod exclusive;
mod limit;
mod matrix;
mod told;
mod weblog;

use anyhow::Result;

use super::elsewhere::Elsewhere;
use super::statement::Interface;
use super::{Experiment, Findings, Lab};
use crate::lab::sentence;
use crate::measure::experiment::{Extent, Timeline};
use crate::subject::Subject;
use changes::{CHANGES, VACUUM};

/// Prepared statements and changes of the schema, on SQLite.
#[derive(Debug)]
pub struct SchemaChange;

impl Experiment for SchemaChange {
    fn name(&self) -> &'static str {
        "schema-change"
    }

    fn question(&self) -> &'static str {
        "If another process changes the schema between prepare and execute, does the statement fail with SQLITE_SCHEMA (17), who of the two fails, and does BEGIN EXCLUSIVE around the change avoid it?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["B1", "B2", "B3", "B4"]
    }

    fn seconds(&self, _extent: Extent) -> Option<f64> {
        Some(1.8)
    }

    fn method(&self) -> &'static str {
        "A statement is prepared, another process changes the schema, and the statement is executed twice, then prepared anew, once for each kind of change and each interface of SQLite's C library: sqlite3_prepare, which old drivers call, v2 and v3. Result codes are those of the library; v2 and v3 count how often they prepare a statement again by themselves. The order of the steps is the script's, never chance's."
    }

    fn on_postgres(&self) -> bool {
        false
    }

    fn version(&self) -> u32 {
        2
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let elsewhere = match Elsewhere::start(lab.executable) {
            Ok(elsewhere) => elsewhere,
            Err(error) => {
                findings.failures.push(sentence(&error));
                return Ok(findings);
            }
        };
        for subject in lab.sqlite() {
            lab.check()?;
            add_timelines(&mut findings, lab, subject, &elsewhere);
            add_matrix(&mut findings, lab, subject, &elsewhere)?;
            for in_a_row in limit::IN_A_ROW {
                let what = format!("{}, {in_a_row} changes in a row", subject.name);
                findings.observe(&what, limit::observe(lab, subject, in_a_row));
            }
        }
        Ok(findings)
    }
}

fn add_timelines(findings: &mut Findings, lab: &Lab<'_>, subject: &Subject, elsewhere: &Elsewhere) {
    for interface in [Interface::Legacy, Interface::V2] {
        let mut add = |what: &str, timeline: Result<Timeline>| {
            let what = format!("{}, {}, {what}", subject.name, interface.name());
            findings.add(&what, timeline);
        };
        add("told", told::play(lab, subject, elsewhere, interface));
        add("late", told::late(lab, subject, elsewhere, interface));
        for order in weblog::Order::ALL {
            // With v2 the story as it was told is enough.
            if interface == Interface::Legacy || order == weblog::Order::Between {
                let played = weblog::play(lab, subject, elsewhere, interface, order);
                add(&format!("{order:?}"), played);
            }
        }
        add("open", exclusive::open(lab, subject, elsewhere, interface));
        let waited = exclusive::waiting(lab, subject, elsewhere, interface);
        add("waiting", waited);
    }
}

fn add_matrix(
    findings: &mut Findings,
    lab: &Lab<'_>,
    subject: &Subject,
    elsewhere: &Elsewhere,
) -> Result<()> {
    for change in CHANGES {
        for exclusive in [false, true] {
            if exclusive && change.sql == VACUUM {
                continue;
            }
            lab.check()?;
            match matrix::observe(lab, subject, elsewhere, change, exclusive) {
                Ok(observations) => findings.observations.extend(observations),
                Err(error) => findings.failures.push(format!(
                    "{}, {}: {}",
                    subject.name,
                    change.name,
                    sentence(&error)
                )),
            }
        }
    }
    Ok(())
}

/// A short name of an interface, for the names of timelines.
fn short(interface: Interface) -> &'static str {
    match interface {
        Interface::Legacy => "legacy",
        Interface::V2 => "v2",
        Interface::V3 => "v3",
    }
}
