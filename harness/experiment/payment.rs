//! Two payments lock the same two accounts in opposite order, as the document tells it.

use anyhow::Result;

use super::play::Play;
use super::{Experiment, Findings, Lab};
use crate::measure::Discipline;
use crate::measure::experiment::Timeline;
use crate::subject::{self, Subject};

const TAKE_1: &str = "UPDATE accounts SET balance = balance - 100 WHERE id = 1";
const TAKE_2: &str = "UPDATE accounts SET balance = balance - 100 WHERE id = 2";
const GIVE_1: &str = "UPDATE accounts SET balance = balance + 100 WHERE id = 1";
const GIVE_2: &str = "UPDATE accounts SET balance = balance + 100 WHERE id = 2";
const PATIENT: &str = "PRAGMA busy_timeout = 300";

/// The document's second scenario.
#[derive(Debug)]
pub struct Payment;

impl Experiment for Payment {
    fn name(&self) -> &'static str {
        "payment"
    }

    fn question(&self) -> &'static str {
        "If two payments lock each other, do both time out and fail, and what does it take for both to get through?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A13"]
    }

    fn seconds(&self) -> f64 {
        4.0
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for subject in lab.sqlite() {
            lab.check()?;
            let deferred = format!("{}, deferred", subject.name);
            findings.add(&deferred, deferred_on_sqlite(lab, subject));
            let immediate = format!("{}, immediate", subject.name);
            findings.add(&immediate, immediate_on_sqlite(lab, subject));
        }
        let impatient = lab
            .postgres()
            .and_then(|_| subject::find("postgres-deadlock-50ms"));
        for subject in lab.postgres().into_iter().chain(impatient) {
            lab.check()?;
            findings.add(subject.name, on_postgres(lab, subject));
        }
        Ok(findings)
    }
}

fn setup() -> [String; 2] {
    [
        "CREATE TABLE accounts (id {key}, balance BIGINT NOT NULL)".to_owned(),
        "INSERT INTO accounts VALUES (1, 1000), (2, 1000)".to_owned(),
    ]
}

/// What both accounts must hold after so many payments of 100 from the first to the second, and
/// back.
fn ending(there: i64, back: i64) -> [(&'static str, i64, &'static str); 2] {
    [
        (
            "balance of account 1",
            1000 - 100 * there + 100 * back,
            "SELECT balance FROM accounts WHERE id = 1",
        ),
        (
            "money on both accounts",
            2000,
            "SELECT CAST(SUM(balance) AS BIGINT) FROM accounts",
        ),
    ]
}

fn deferred_on_sqlite(lab: &Lab<'_>, subject: &Subject) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &setup())?;
    let target = database.store().target(Discipline::Naive);
    let mut play = Play::new();
    play.enter("A", &target)?;
    play.enter("B", &target)?;
    for actor in ["A", "B"] {
        play.does(actor, PATIENT)?;
    }
    play.does("A", "BEGIN")?;
    play.does("A", "SELECT balance FROM accounts WHERE id = 1")?;
    play.does("B", "BEGIN")?;
    play.does("B", "SELECT balance FROM accounts WHERE id = 2")?;
    play.labelled("first of A", "A", TAKE_1)?;
    play.labelled("first of B", "B", TAKE_2)?;
    play.labelled("second of A", "A", GIVE_2)?;
    let mut there = play.labelled("commit A", "A", "COMMIT")?.done();
    play.does("B", "ROLLBACK")?;
    if !there {
        there = play.labelled("commit A again", "A", "COMMIT")?.done();
    }
    play.does("B", "BEGIN")?;
    play.does("B", "SELECT balance FROM accounts WHERE id = 2")?;
    play.does("B", TAKE_2)?;
    play.does("B", GIVE_1)?;
    let back = play.labelled("commit B", "B", "COMMIT")?.done();
    play.timeline(
        "deferred",
        "Two payments, each a deferred transaction",
        subject.name,
        &[("busy_timeout", "300 ms".to_owned())],
        database.store(),
        &ending(there.into(), back.into()),
    )
}

fn immediate_on_sqlite(lab: &Lab<'_>, subject: &Subject) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &setup())?;
    let target = database.store().target(Discipline::Careful);
    let mut play = Play::new();
    play.enter("A", &target)?;
    play.enter("B", &target)?;
    play.does("A", "BEGIN IMMEDIATE")?;
    play.begins("first of B", "B", "BEGIN IMMEDIATE")?;
    play.labelled("first of A", "A", TAKE_1)?;
    play.labelled("second of A", "A", GIVE_2)?;
    let there = play.labelled("commit A", "A", "COMMIT")?.done();
    play.answered("B")?;
    play.does("B", TAKE_2)?;
    play.does("B", GIVE_1)?;
    let back = play.labelled("commit B", "B", "COMMIT")?.done();
    play.timeline(
        "immediate",
        "Two payments, each an immediate transaction",
        subject.name,
        &[("busy_timeout", "5000 ms".to_owned())],
        database.store(),
        &ending(there.into(), back.into()),
    )
}

fn on_postgres(lab: &Lab<'_>, subject: &Subject) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &setup())?;
    let target = database.store().target(Discipline::Careful);
    let mut play = Play::new();
    play.enter("A", &target)?;
    play.enter("B", &target)?;
    play.does("A", "BEGIN")?;
    play.labelled("first of A", "A", TAKE_1)?;
    play.does("B", "BEGIN")?;
    play.labelled("first of B", "B", TAKE_2)?;
    // Each now wants what the other has. The server breaks it by refusing one of the two.
    play.begins("second of A", "A", GIVE_2)?;
    play.begins("second of B", "B", GIVE_1)?;
    let answers = [play.answered_or_told("A")?, play.answered_or_told("B")?];
    let (mut there, mut back) = (false, false);
    for (actor, answer, through) in [
        ("A", &answers[0], &mut there),
        ("B", &answers[1], &mut back),
    ] {
        match answer.done() {
            true => {
                *through = play
                    .labelled(&format!("commit {actor}"), actor, "COMMIT")?
                    .done()
            }
            false => drop(play.does(actor, "ROLLBACK")?),
        }
    }
    if !there {
        play.does("A", "BEGIN")?;
        play.does("A", TAKE_1)?;
        play.does("A", GIVE_2)?;
        there = play.labelled("commit A again", "A", "COMMIT")?.done();
    }
    if !back {
        play.does("B", "BEGIN")?;
        play.does("B", TAKE_2)?;
        play.does("B", GIVE_1)?;
        back = play.labelled("commit B again", "B", "COMMIT")?.done();
    }
    play.timeline(
        "opposite",
        "Two payments in opposite order",
        subject.name,
        &[],
        database.store(),
        &ending(there.into(), back.into()),
    )
}
