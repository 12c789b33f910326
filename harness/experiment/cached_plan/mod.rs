//! What a prepared statement of PostgreSQL comes to when somebody else changes the schema, whoever
//! keeps it, and what SQLite's comes to on the same steps.

mod keeper;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;

use super::play::Play;
use super::statement::Call;
use super::{Experiment, Findings, Lab};
use crate::lab::sentence;
use crate::measure::experiment::{Answer, Extent, Observation, Timeline};
use crate::measure::{Discipline, Engine};
use crate::subject::Subject;
use crate::subject::engine::Store;
use keeper::{Keeper, without_cache};

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

/// Whether the statement is executed within a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    /// One that had not read the table before it was changed.
    Begun,
    /// One that had.
    HasRead,
}

impl Transaction {
    const ALL: [Transaction; 3] = [Transaction::None, Transaction::Begun, Transaction::HasRead];

    fn name(self) -> &'static str {
        match self {
            Transaction::None => "none",
            Transaction::Begun => "begun before the change",
            Transaction::HasRead => "has read before the change",
        }
    }
}

/// Prepared statements and changes of the schema, on both engines.
#[derive(Debug)]
pub struct CachedPlan;

impl Experiment for CachedPlan {
    fn name(&self) -> &'static str {
        "cached-plan"
    }

    fn question(&self) -> &'static str {
        "If another session adds a column to a table, does a prepared SELECT * of PostgreSQL fail, for how long, who recovers, and what does not fail?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["B6"]
    }

    fn seconds(&self, _extent: Extent) -> Option<f64> {
        Some(2.2)
    }

    fn method(&self) -> &'static str {
        "A session executes a query that it keeps prepared, another session changes the table, and the query is executed twice more and then prepared anew, stepped by hand: by PREPARE and EXECUTE, by the Rust driver sqlx with its cache of statements and without, and on SQLite by sqlite3_prepare_v2. SELECT * against a new column is also tried in a transaction that began before the change and in one that had read before it."
    }

    fn version(&self) -> u32 {
        2
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        for subject in lab.sqlite().chain(lab.postgres()) {
            if let Err(error) = on(lab, subject, &mut findings) {
                let failure = format!("{}: {}", subject.name, sentence(&error));
                findings.failures.push(failure);
            }
        }
        Ok(findings)
    }
}

fn on(lab: &Lab<'_>, subject: &Subject, findings: &mut Findings) -> Result<()> {
    let mut database = lab.fresh(subject, &[])?;
    for keeper in Keeper::of(subject.engine()) {
        for case in Case::of(*keeper) {
            lab.check()?;
            let timeline = case.play(subject, database.store())?;
            findings.observations.push(case.observation(&timeline));
            if case.telling() {
                findings.timelines.push(timeline);
            }
        }
    }
    Ok(())
}

/// One way to keep a statement against one change.
struct Case {
    keeper: Keeper,
    query: (&'static str, &'static str),
    change: (&'static str, &'static str),
    transaction: Transaction,
}

impl Case {
    /// Every query against every change, and within transactions the one that is told of.
    fn of(keeper: Keeper) -> Vec<Case> {
        let mut cases = Vec::new();
        for query in QUERIES {
            for change in CHANGES {
                let told = query == QUERIES[0] && change == CHANGES[0];
                let transactions = if told { 3 } else { 1 };
                cases.extend(
                    Transaction::ALL[..transactions]
                        .iter()
                        .map(|transaction| Case {
                            keeper,
                            query,
                            change,
                            transaction: *transaction,
                        }),
                );
            }
        }
        cases
    }

    /// Whether its steps are worth a look, and not only what they came to.
    fn telling(&self) -> bool {
        self.query == QUERIES[0]
            && self.change == CHANGES[0]
            && match self.transaction {
                Transaction::None => true,
                Transaction::Begun => self.keeper == Keeper::Driver,
                Transaction::HasRead => false,
            }
    }

    fn name(&self) -> String {
        match self.transaction {
            Transaction::None => self.keeper.name().to_owned(),
            _ => format!("{}-in-transaction", self.keeper.name()),
        }
    }

    fn play(&self, subject: &Subject, store: &mut dyn Store) -> Result<Timeline> {
        store.execute(&[
            "DROP TABLE IF EXISTS counters".to_owned(),
            "CREATE TABLE counters (key {key}, value BIGINT NOT NULL)".to_owned(),
            "INSERT INTO counters VALUES (1, 41)".to_owned(),
        ])?;
        let target = store.target(Discipline::Naive);
        let mut play = Play::new();
        match self.keeper {
            Keeper::NoCache => play.enter("A", &without_cache(&target)?)?,
            _ => play.enter("A", &target)?,
        }
        play.enter("B", &target)?;
        if subject.engine() == Engine::Postgres && self.transaction == Transaction::HasRead {
            play.does("B", "SET lock_timeout = 20")?;
        }
        for order in self.keeper.prepare(self.query.1, false) {
            play.does("A", order)?;
        }
        self.execute(&mut play, "before")?;
        if self.transaction != Transaction::None {
            play.does("A", "BEGIN")?;
        }
        if self.transaction == Transaction::HasRead {
            self.execute(&mut play, "in the transaction")?;
        }
        play.labelled("change", "B", self.change.1)?;
        self.execute(&mut play, "after")?;
        self.execute(&mut play, "after again")?;
        if self.transaction != Transaction::None {
            play.does("A", "ROLLBACK")?;
            self.execute(&mut play, "after rollback")?;
        }
        if subject.engine() == Engine::Postgres {
            let kept = "SELECT COUNT(*) FROM pg_prepared_statements";
            play.labelled("kept", "A", kept)?;
        }
        for order in self.keeper.prepare(self.query.1, true) {
            play.does("A", order)?;
        }
        self.execute(&mut play, "prepared anew")?;
        let mut title = format!("{}, and a new column", self.keeper.words());
        if self.transaction != Transaction::None {
            write!(title, ", in a transaction")?;
        }
        play.timeline(
            &self.name(),
            &title,
            subject.name,
            &[],
            store,
            &[("rows", 1, "SELECT COUNT(*) FROM counters")],
        )
    }

    fn execute(&self, play: &mut Play, label: &str) -> Result<()> {
        play.labelled(label, "A", self.keeper.execute(self.query.1))?;
        if self.keeper == Keeper::V2 {
            play.does("A", Call::Columns)?;
            play.does("A", Call::Reset)?;
        }
        Ok(())
    }

    fn observation(&self, timeline: &Timeline) -> Observation {
        let code = |label: &str| {
            let step = timeline.step(label);
            step.map(|step| step.answer.code().unwrap_or("done").to_owned())
        };
        let conditions = [
            ("subject", timeline.subject.as_str()),
            ("statement", self.keeper.name()),
            ("query", self.query.0),
            ("change", self.change.0),
            ("transaction", self.transaction.name()),
        ];
        let mut observation = Observation::under(conditions);
        let answers: BTreeMap<&str, &str> = BTreeMap::from([
            ("change", "answer to the change"),
            ("after", "answer after it"),
            ("after again", "answer again"),
            ("after rollback", "answer after ROLLBACK"),
            ("prepared anew", "answer after prepare"),
        ]);
        for (label, condition) in answers {
            let answer = code(label).map(|code| (condition.to_owned(), code));
            observation.conditions.extend(answer);
        }
        let failed = |label| code(label).map(|code| f64::from(code != "done"));
        for (label, figure) in [("after", "failed"), ("after again", "failed again")] {
            if let Some(failed) = failed(label) {
                observation = observation.with(figure, failed);
            }
        }
        if let Some(Answer::Done { value: Some(kept) }) =
            timeline.step("kept").map(|step| &step.answer)
            && let Ok(kept) = kept.parse()
        {
            observation = observation.with("statements kept by the server", kept);
        }
        observation.audit = timeline.ending.clone();
        observation
    }
}
