//! Two containers sell from the same stock, as the document tells it.

use std::collections::BTreeMap;

use anyhow::Result;

use super::play::Play;
use super::series::Case;
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::measure::experiment::{Extent, Observation, Timeline, Unit, View};
use crate::measure::{Discipline, Engine, Measurement};
use crate::subject::Subject;
use crate::workload::sale::{self, OPENING, SALES, Sale, UNITS};

const READ: &str = "SELECT amount FROM stock WHERE item = 1";

/// How many sell at random, and how much each: 1,000 sales.
const SELLERS: u32 = 8;
const SALES_OF_EACH: u32 = 125;

/// How often 1,000 sales are made each way: the least that decides a claim.
const REPEATS: u32 = 3;

/// The ways to sell.
static WAYS: [Way; 3] = [
    Way {
        name: "careful",
        workload: &sale::TAKEN,
        discipline: Discipline::Careful,
    },
    Way {
        name: "careful but for the look",
        workload: &sale::CHECKED,
        discipline: Discipline::Careful,
    },
    Way {
        name: "naive",
        workload: &sale::WRITTEN,
        discipline: Discipline::Naive,
    },
];

/// How a client sells.
struct Way {
    name: &'static str,
    workload: &'static Sale,
    /// How it begins, waits and tries again.
    discipline: Discipline,
}

impl Way {
    fn case(&self, subject: &'static Subject) -> Case {
        let conduct = Conduct::of(self.discipline);
        let case = Case::burst(subject, self.workload, SELLERS, conduct);
        let case = Case {
            conduct: Conduct {
                operations: Some(SALES_OF_EACH),
                pace: None,
                ..case.conduct.clone()
            },
            // Where losing is the point, the loss is the figure.
            may_lose: true,
            ..case
        };
        case.named("way", self.name)
    }
}

/// The document's first scenario.
#[derive(Debug)]
pub struct Inventory;

impl Experiment for Inventory {
    fn name(&self) -> &'static str {
        "inventory"
    }

    fn question(&self) -> &'static str {
        "Of a stock of 50, A sells 10 while B wants to sell 5: is B refused, and does the stock end at 35 once B has tried again? And of 1,000 random sales, is any lost, or made of nothing?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A12"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        Some(match extent {
            Extent::Quick => 1.0,
            Extent::Short => 5.0,
            Extent::Full => 45.0,
        })
    }

    fn version(&self) -> u32 {
        2
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Quick => vec!["1,000 random sales.".to_owned()],
            Extent::Short => {
                vec![
                    "Random sales with a rollback journal and on postgres.".to_owned(),
                    "Random sales by clients that are careful but for the look.".to_owned(),
                ]
            }
            Extent::Full => Vec::new(),
        }
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        let of_way = |way: &Way| {
            let begin = Conduct::of(way.discipline).manner.begin.sql();
            (way.name.to_owned(), way.workload.sql(begin))
        };
        WAYS.iter().map(of_way).collect()
    }

    fn views(&self) -> Vec<View> {
        let row = ["way"];
        let view = |name, title, figure| {
            View::of(name, title, figure, Unit::Count)
                .panels(&["subject"])
                .series(&row)
        };
        vec![
            view("oversold", "Units sold that were not there", "oversold")
                .saying("Of a stock of 4,000 units. What a client was told is sold, beyond what there was to sell."),
            view("lost", "Units by which the stock is wrong", "lost")
                .saying("The stock left, against the opening stock less the acknowledged sales."),
            view("refused", "Sales that ended in an error", "given_up").saying(
                "Of 1,000. One that was declined because the stock had run out is none of them.",
            ),
        ]
    }

    fn method(&self) -> &'static str {
        "Two sessions, stepped by hand in the order in which the document tells it. On PostgreSQL the second sale waits where it is refused on SQLite. \
         Then eight clients in four instances make 125 sales each, of 1 to 10 units at random, from a stock of 4,000 that does not suffice; nothing in the tables keeps it from falling below zero. \
         A sale that is declined because there is too little is committed and sells nothing. \
         Careful clients have the database look and subtract in one statement; careful ones but for the look read the stock, decide, and have it subtract; naive ones read, decide, and write what they have calculated. \
         Transactions of the first two begin IMMEDIATE on SQLite, are READ COMMITTED on PostgreSQL, and are tried again after an error."
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for subject in lab.sqlite().chain(lab.postgres()) {
            lab.check()?;
            findings.add(subject.name, play(lab, subject));
        }
        let cases: Vec<Case> = lab
            .sqlite()
            .chain(lab.postgres())
            .flat_map(|subject| cases(subject, lab.extent))
            .collect();
        lab.series(&cases, REPEATS, &mut findings, |_, measurement, seen| {
            with_sales(measurement, seen)
        })?;
        Ok(findings)
    }
}

/// The random sales on a subject to this extent.
fn cases(subject: &'static Subject, extent: Extent) -> impl Iterator<Item = Case> {
    // Immediate transactions keep others out with either journal, whoever looks.
    let on_wal = subject.name == "sqlite-wal-full";
    let tried = move |way: &&Way| match extent {
        Extent::Quick => false,
        Extent::Short => match way.name {
            "naive" | "careful" => on_wal,
            _ => false,
        },
        Extent::Full => true,
    };
    WAYS.iter().filter(tried).map(move |way| way.case(subject))
}

/// What was sold, and how much of it was not there.
fn with_sales(measurement: &Measurement, seen: Observation) -> Observation {
    let of = |unit: &str| {
        let mut losses = measurement.losses.iter();
        let loss = losses.find(|loss| loss.unit == unit);
        loss.map_or(0, |loss| loss.acknowledged)
    };
    let (units, sales) = (of(UNITS), of(SALES));
    let answered = measurement.committed + measurement.late;
    seen.with("sold", units as f64)
        .with("sales", sales as f64)
        .with("declined", answered.saturating_sub(sales) as f64)
        .with("oversold", units.saturating_sub(OPENING) as f64)
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
