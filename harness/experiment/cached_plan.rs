//! What a prepared statement of PostgreSQL comes to when somebody else changes the schema.

use anyhow::Result;

use super::play::Play;
use super::{Experiment, Findings, Lab};
use crate::measure::Discipline;
use crate::measure::experiment::Timeline;
use crate::subject::Subject;

/// What is prepared, a name for it, and its SQL.
const QUERIES: [(&str, &str); 2] = [
    ("all columns", "SELECT * FROM counters WHERE key = 1"),
    (
        "named columns",
        "SELECT key, value FROM counters WHERE key = 1",
    ),
];

/// What another session does: a name for it, and its SQL.
const CHANGES: [(&str, &str); 2] = [
    ("add a column", "ALTER TABLE counters ADD COLUMN note TEXT"),
    (
        "create an index",
        "CREATE INDEX by_value ON counters (value)",
    ),
];

/// Prepared statements and changes of the schema, on PostgreSQL.
#[derive(Debug)]
pub struct CachedPlan;

impl Experiment for CachedPlan {
    fn name(&self) -> &'static str {
        "cached-plan"
    }

    fn question(&self) -> &'static str {
        "If another session adds a column to a table, does a prepared SELECT * of PostgreSQL fail, for how long, and what does not?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["B6"]
    }

    fn seconds(&self) -> f64 {
        1.0
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let Some(subject) = lab.postgres() else {
            return Ok(findings);
        };
        for query in QUERIES {
            for change in CHANGES {
                lab.check()?;
                let what = format!("{}, {}, {}", subject.name, query.0, change.0);
                findings.add(&what, play(lab, subject, query, change));
            }
        }
        Ok(findings)
    }
}

fn play(
    lab: &Lab<'_>,
    subject: &Subject,
    query: (&str, &str),
    change: (&str, &str),
) -> Result<Timeline> {
    let setup = [
        "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)",
        "INSERT INTO counters VALUES (1, 41)",
    ];
    let mut database = lab.fresh(subject, &setup.map(str::to_owned))?;
    let target = database.store().target(Discipline::Naive);
    let prepare = format!("PREPARE cached AS {}", query.1);
    let mut play = Play::new();
    play.enter("A", &target)?;
    play.enter("B", &target)?;
    play.does("A", &prepare)?;
    play.labelled("before", "A", "EXECUTE cached")?;
    play.does("B", change.1)?;
    play.labelled("after", "A", "EXECUTE cached")?;
    play.labelled("after again", "A", "EXECUTE cached")?;
    play.does("A", "DEALLOCATE cached")?;
    play.does("A", &prepare)?;
    play.labelled("prepared anew", "A", "EXECUTE cached")?;
    play.timeline(
        &format!("{} / {}", query.0, change.0),
        &format!(
            "A prepared query of {}, and B's wish to {}",
            query.0, change.0
        ),
        subject.name,
        &[],
        database.store(),
        &[("rows", 1, "SELECT COUNT(*) FROM counters")],
    )
}
