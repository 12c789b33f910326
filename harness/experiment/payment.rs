//! Two payments lock the same two accounts in opposite order, as the document tells it.

use std::collections::BTreeMap;

use anyhow::Result;

use super::play::Play;
use super::series::Case;
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::measure::experiment::{Extent, Observation, Timeline, Unit, View};
use crate::measure::{Discipline, Engine, Measurement, Outcome};
use crate::subject::engine::{Begin, Manner};
use crate::subject::{self, Subject};
use crate::workload::payment::{self, MISPLACED};

const TAKE_1: &str = "UPDATE accounts SET balance = balance - 100 WHERE id = 1";
const TAKE_2: &str = "UPDATE accounts SET balance = balance - 100 WHERE id = 2";
const GIVE_1: &str = "UPDATE accounts SET balance = balance + 100 WHERE id = 1";
const GIVE_2: &str = "UPDATE accounts SET balance = balance + 100 WHERE id = 2";
const PATIENT: &str = "PRAGMA busy_timeout = 300";

/// How many pay at random, and how often each: 8,000 payments.
const PAYERS: u32 = 16;
const PAYMENTS_OF_EACH: u32 = 500;

/// The same with a rollback journal, whose commits are slow.
const FEWER_OF_EACH: u32 = 50;

/// How often they are made each way: the least that decides a claim.
const REPEATS: u32 = 3;

/// How a client pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The database adds and subtracts; what fails is tried again.
    Careful,
    /// The same, but on SQLite transactions begin deferred, as they do unless one says otherwise.
    CarefulDeferred,
    /// What was read is reckoned with and written, and nothing is tried again.
    Naive,
}

impl Way {
    /// The ways on an engine.
    fn on(engine: Engine) -> &'static [Way] {
        match engine {
            Engine::Sqlite => &[Way::CarefulDeferred, Way::Careful, Way::Naive],
            _ => &[Way::Careful, Way::Naive],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Way::Careful => "careful",
            Way::CarefulDeferred => "careful, deferred",
            Way::Naive => "naive",
        }
    }

    fn discipline(self) -> Discipline {
        match self {
            Way::Naive => Discipline::Naive,
            _ => Discipline::Careful,
        }
    }

    fn conduct(self, operations: u32) -> Conduct {
        let conduct = Conduct::of(self.discipline());
        let begin = match self {
            Way::Careful => Begin::Immediate,
            Way::CarefulDeferred | Way::Naive => Begin::Deferred,
        };
        Conduct {
            manner: Manner {
                begin,
                ..conduct.manner
            },
            operations: Some(operations),
            pace: None,
            ..conduct
        }
    }

    fn case(self, subject: &'static Subject, each: u32) -> Case {
        let conduct = self.conduct(each);
        let case = Case {
            conduct: conduct.clone(),
            // What careful clients lose voids the trial; that is seen, and no figure.
            may_lose: self == Way::Naive,
            ..Case::burst(subject, &payment::FEW, PAYERS, conduct)
        };
        case.named("way", self.name())
            .named("payments", PAYERS * each)
    }
}

/// The document's second scenario.
#[derive(Debug)]
pub struct Payment;

impl Experiment for Payment {
    fn name(&self) -> &'static str {
        "payment"
    }

    fn question(&self) -> &'static str {
        "If two payments lock each other, do both time out and fail, and what does it take for both to get through? And under load, how many lock each other, and is any money lost?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A13"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        Some(match extent {
            Extent::Quick | Extent::Short => 2.8,
            Extent::Full => 90.0,
        })
    }

    fn version(&self) -> u32 {
        3
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Quick | Extent::Short => vec![
                "Payments at random: the share that lock each other, and the money that is lost."
                    .to_owned(),
            ],
            Extent::Full => Vec::new(),
        }
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        let ways = Way::on(Engine::Sqlite).iter();
        let of_way = |way: &Way| {
            let begin = way.conduct(1).manner.begin.sql();
            let sql = payment::FEW.sql(way.discipline(), begin);
            (way.name().to_owned(), sql)
        };
        ways.map(of_way).collect()
    }

    fn views(&self) -> Vec<View> {
        let view = |name, title, figure, unit| {
            View::of(name, title, figure, unit)
                .panels(&["subject"])
                .series(&["way"])
        };
        vec![
            view(
                "money-lost",
                "Money on wrong balances, and nobody was told",
                "money_lost_per_1000",
                Unit::Count,
            )
            .saying("Units of money by which balances differ from what the payments recorded say, for each 1,000 payments, of 50.5 on average."),
            view(
                "deadlocks",
                "Deadlocks that the server found",
                "deadlocks_per_1000",
                Unit::Count,
            )
            .saying("For each 1,000 payments. SQLite knows no such error: it refuses at once who has read and can no longer write."),
            view(
                "errors",
                "Errors that clients saw",
                "errors_per_operation",
                Unit::Ratio,
            )
            .saying("Per payment, over all attempts at it."),
            view("refused", "Payments given up", "share_given_up", Unit::Share)
                .saying("Naive clients give up at the first error, careful ones at the tenth."),
            view(
                "longest",
                "The longest payment",
                "settled_ms",
                Unit::Milliseconds,
            )
            .saying("Acknowledged or given up, over all attempts.")
            .logarithmic(),
        ]
    }

    fn method(&self) -> &'static str {
        "Two sessions, stepped by hand, lock two accounts in opposite order. Whoever is refused rolls back and begins anew; in the end no money may be missing. \
         Then 16 clients in four instances make 500 payments each (50 with a rollback journal), between two of 100 accounts and of 1 to 100 units at random. \
         Careful clients have the database add and subtract, wait 5 s for locks, and try the whole transaction again after an error; naive ones write what they have calculated and give up at the first error. \
         On PostgreSQL those who lock each other are told after deadlock_timeout, which is 1 s out of the box; on SQLite IMMEDIATE transactions cannot lock each other, and DEFERRED ones that want to write after they have read are refused at once if another is writing or, with a write-ahead log, has written since. \
         Money lost is what balances differ by from what the payments recorded say."
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
        let on_servers: Vec<_> = lab.postgres().into_iter().chain(impatient).collect();
        for subject in &on_servers {
            lab.check()?;
            findings.add(subject.name, on_postgres(lab, subject));
        }
        if lab.extent < Extent::Full {
            return Ok(findings);
        }
        let subjects = lab.sqlite().chain(on_servers);
        let cases: Vec<Case> = subjects.flat_map(cases).collect();
        lab.series(&cases, REPEATS, &mut findings, |_, measurement, seen| {
            with_money(measurement, seen)
        })?;
        Ok(findings)
    }
}

/// The payments at random on a subject.
fn cases(subject: &'static Subject) -> impl Iterator<Item = Case> {
    let each = match subject.name {
        "sqlite-delete-full" => FEWER_OF_EACH,
        _ => PAYMENTS_OF_EACH,
    };
    let ways = Way::on(subject.engine()).iter();
    ways.map(move |way| way.case(subject, each))
}

/// How often two locked each other as the server sees it, and what money is on wrong balances.
fn with_money(measurement: &Measurement, seen: Observation) -> Observation {
    let deadlocks = measurement.errors.iter();
    let deadlocks: u64 = deadlocks
        .filter(|error| error.class == Outcome::Deadlock)
        .map(|error| error.attempts)
        .sum();
    let wrong = measurement
        .losses
        .iter()
        .find(|loss| loss.unit == MISPLACED);
    let wrong = wrong.map_or(0, |loss| loss.lost);
    let per_1000 = |number: u64| 1e3 * number as f64 / measurement.operations().max(1) as f64;
    seen.with("deadlocks_per_1000", per_1000(deadlocks))
        .with("money_lost", wrong as f64)
        .with("money_lost_per_1000", per_1000(wrong))
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
