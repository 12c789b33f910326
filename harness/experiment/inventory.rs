//! Two containers sell from the same stock, as the document tells it.

use anyhow::Result;

use super::play::Play;
use super::{Experiment, Findings, Lab};
use crate::measure::experiment::Timeline;
use crate::measure::{Discipline, Engine};
use crate::subject::Subject;

const READ: &str = "SELECT amount FROM stock WHERE item = 1";

/// The document's first scenario.
#[derive(Debug)]
pub struct Inventory;

impl Experiment for Inventory {
    fn name(&self) -> &'static str {
        "inventory"
    }

    fn question(&self) -> &'static str {
        "Of a stock of 50, A sells 10 while B wants to sell 5: is B refused, and does the stock end at 35 once B has tried again?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A12"]
    }

    fn seconds(&self) -> f64 {
        1.0
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for subject in lab.sqlite().chain(lab.postgres()) {
            lab.check()?;
            findings.add(subject.name, play(lab, subject));
        }
        Ok(findings)
    }
}

fn play(lab: &Lab<'_>, subject: &Subject) -> Result<Timeline> {
    let setup = [
        "CREATE TABLE stock (item {key}, amount BIGINT NOT NULL CHECK (amount >= 0))",
        "INSERT INTO stock VALUES (1, 50)",
    ];
    let mut database = lab.fresh(subject, &setup.map(str::to_owned))?;
    let target = database.store().target(Discipline::Naive);
    // The lock is taken by the first statement of each: on SQLite the whole file's, on PostgreSQL
    // the row's.
    let (begin, lock) = match subject.engine() {
        Engine::Postgres => (
            "BEGIN",
            "SELECT amount FROM stock WHERE item = 1 FOR UPDATE",
        ),
        _ => ("BEGIN IMMEDIATE", READ),
    };
    let mut play = Play::new();
    play.enter("A", &target)?;
    play.enter("B", &target)?;
    play.does("A", begin)?;
    play.does("A", lock)?;
    play.does("A", "UPDATE stock SET amount = amount - 10 WHERE item = 1")?;
    let mut sold = 10;
    if subject.engine() == Engine::Postgres {
        play.does("B", begin)?;
        play.begins("second", "B", lock)?;
        play.does("A", "COMMIT")?;
        play.answered("B")?;
    } else {
        play.labelled("second", "B", begin)?;
        play.does("A", "COMMIT")?;
        play.labelled("second again", "B", begin)?;
        play.does("B", lock)?;
    }
    play.does("B", "UPDATE stock SET amount = amount - 5 WHERE item = 1")?;
    if play.labelled("commit B", "B", "COMMIT")?.done() {
        sold += 5;
    }
    play.timeline(
        "sales",
        "A sells 10 of 50 while B wants to sell 5",
        subject.name,
        &[(
            "lock timeout of B",
            match subject.engine() {
                Engine::Postgres => "none: it waits".to_owned(),
                _ => "0 ms".to_owned(),
            },
        )],
        database.store(),
        &[("stock = 50 less what was sold", 50 - sold, READ)],
    )
}
