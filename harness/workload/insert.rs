//! Inserts: rows appended to a table, one or a hundred to a transaction; a hundred either row by row
//! or in one statement.

use std::ops::Range;
use std::sync::LazyLock;

use rand::RngExt;
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;

use super::{
    Benchmark, Choice, Client, Clients, Due, Expected, IfNaive, Loads, Moves, Tally, Terms,
    Workload,
};
use crate::measure::workload::{ROW_BY_ROW, ROWS_AT_ONCE};
use crate::measure::{Figure, Plan, Script, WorkloadInfo};
use crate::subject::session::{DbError, Session, Statement, Value};

/// Appends a row.
pub const INSERT: &str = "INSERT INTO entries (client, sequence, content) VALUES ($1, $2, $3)";

/// The rows of the transactions that have more than one.
const ROWS: u32 = 100;

/// Parameters of one row.
const COLUMNS: usize = 3;

/// Appends [`ROWS`] rows in one statement. Each row has parameters of its own, so that nothing but the
/// number of statements differs from as many times [`INSERT`]: 300 of them, where SQLite allows 32,766
/// (sqlite.org/limits.html) and PostgreSQL 65,535 (a 16-bit count in its Bind message).
static INSERT_ROWS: LazyLock<String> = LazyLock::new(|| {
    let row = |row: usize| {
        let first = row * COLUMNS + 1;
        format!("(${first}, ${}, ${})", first + 1, first + 2)
    };
    let rows: Vec<String> = (0..ROWS as usize).map(row).collect();
    format!(
        "INSERT INTO entries (client, sequence, content) VALUES {}",
        rows.join(", ")
    )
});

/// The length of the text in each row, in characters.
const CONTENT: usize = 100;

/// The length of the random text from which the rows' texts are cut, in characters: making a new
/// one for each row would cost more than some engines need to store it.
const TEXTS: usize = 65_536;

/// One row to a transaction.
pub static ONE: Insert = Insert {
    name: "insert-1",
    title: "Insert, 1 row per transaction",
    rows: 1,
    statement: Holds::OneRow,
    loads: Loads {
        full: Choice {
            main: &[1, 4, 16],
            variants: &[16],
            naive: &[16],
            harness: &[1],
        },
        default: Choice {
            main: &[16],
            ..Choice::NONE
        },
        quick: Choice::NONE,
    },
};

/// A hundred rows to a transaction, in a hundred statements.
pub static HUNDRED: Insert = Insert {
    name: ROW_BY_ROW,
    title: "Insert, 100 rows per transaction",
    rows: ROWS,
    statement: Holds::OneRow,
    loads: Loads {
        full: Choice {
            main: &[1, 16],
            ..Choice::NONE
        },
        default: Choice::NONE,
        quick: Choice::NONE,
    },
};

/// A hundred rows to a transaction, in one statement.
pub static HUNDRED_AT_ONCE: Insert = Insert {
    name: ROWS_AT_ONCE,
    title: "Insert, 100 rows per statement",
    rows: ROWS,
    statement: Holds::EveryRow,
    loads: Loads {
        full: Choice {
            main: &[1, 16],
            // Without a database every statement reports one row.
            ..Choice::NONE
        },
        default: Choice::NONE,
        quick: Choice::NONE,
    },
};

/// Inserts into a table that grows.
#[derive(Debug)]
pub struct Insert {
    name: &'static str,
    title: &'static str,
    rows: u32,
    statement: Holds,
    loads: Loads,
}

/// Which rows of a transaction a statement holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    OneRow,
    EveryRow,
}

impl Workload for Insert {
    fn name(&self) -> &'static str {
        self.name
    }

    fn setup(&self) -> Vec<String> {
        vec![
            "CREATE TABLE entries (id {identity}, client BIGINT NOT NULL, \
             sequence BIGINT NOT NULL, content TEXT NOT NULL)"
                .to_owned(),
        ]
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        let expect = |what, sql: &str, number, moves| Expected {
            what,
            sql: sql.to_owned(),
            number,
            if_naive: IfNaive::Void,
            moves,
        };
        vec![
            expect(
                "rows stored = rows acknowledged",
                "SELECT COUNT(*) FROM entries",
                tally.units,
                Moves::By(self.rows),
            ),
            expect(
                "sum of the rows' sequence numbers",
                "SELECT CAST(COALESCE(SUM(sequence), 0) AS BIGINT) FROM entries",
                tally.checksum,
                Moves::Up,
            ),
            expect(
                "rows that are not a copy of another",
                "SELECT COUNT(*) FROM (SELECT DISTINCT client, sequence FROM entries) AS d",
                tally.units,
                Moves::By(self.rows),
            ),
            expect(
                "characters of all texts",
                "SELECT CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) FROM entries",
                tally.units * CONTENT as i64,
                Moves::By(self.rows * CONTENT as u32),
            ),
        ]
    }
}

impl Benchmark for Insert {
    fn info(&self, plan: &Plan) -> WorkloadInfo {
        let (summary, sql, statements) = match (self.rows, self.statement) {
            (1, _) => (
                format!(
                    "One operation inserts a row with a text of {CONTENT} characters. It is a single statement in its own transaction."
                ),
                vec![INSERT.to_owned()],
                1,
            ),
            (rows, Holds::OneRow) => (
                format!(
                    "One operation inserts {rows} rows with a text of {CONTENT} characters each, statement by statement, in one transaction."
                ),
                vec![
                    "BEGIN".to_owned(),
                    format!("{INSERT} -- {rows} times"),
                    "COMMIT".to_owned(),
                ],
                rows + 2,
            ),
            (rows, Holds::EveryRow) => (
                format!(
                    "One operation inserts {rows} rows with a text of {CONTENT} characters each, in one statement in a transaction."
                ),
                vec![
                    "BEGIN".to_owned(),
                    format!("{INSERT}, …, ($298, $299, $300) -- {rows} rows"),
                    "COMMIT".to_owned(),
                ],
                3,
            ),
        };
        let script = Script { sql, statements };
        WorkloadInfo {
            name: self.name.to_owned(),
            version: self.version(),
            title: self.title.to_owned(),
            summary,
            figure: Figure::Goodput,
            seconds: self.seconds(plan.seconds, plan.hold_seconds),
            // Nothing is read, so that careless clients differ in their patience only.
            careful: script.clone(),
            naive: script,
            kinds: Vec::new(),
        }
    }

    fn loads(&self) -> Loads {
        self.loads
    }
}

impl Clients for Insert {
    type Client = Inserter;

    fn client(&self, number: u32, _terms: &Terms, mut random: StdRng) -> Inserter {
        Inserter {
            number: i64::from(number),
            rows: i64::from(self.rows),
            holds: self.statement,
            texts: Alphanumeric.sample_string(&mut random, TEXTS),
            random,
            first: 0,
            next: 1,
            content: 0..CONTENT,
            statement: None,
        }
    }
}

/// A client that inserts. Its rows are numbered from 1, without a gap if none was given up.
#[derive(Debug)]
pub struct Inserter {
    number: i64,
    rows: i64,
    holds: Holds,
    random: StdRng,
    first: i64,
    next: i64,
    texts: String,
    content: Range<usize>,
    statement: Option<Statement>,
}

impl Inserter {
    async fn insert<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let statement = self.statement.expect("prepared before the first attempt");
        let content = &self.texts[self.content.clone()];
        let row = |sequence| {
            [
                Value::Integer(self.number),
                Value::Integer(sequence),
                Value::Text(content),
            ]
        };
        match self.holds {
            Holds::OneRow => {
                for sequence in self.first..self.next {
                    super::changed_one(session.execute(statement, &row(sequence)).await?)?;
                }
                Ok(())
            }
            Holds::EveryRow => {
                let rows: Vec<Value> = (self.first..self.next).flat_map(row).collect();
                let changed = session.execute(statement, &rows).await?;
                super::changed(changed, self.rows as u64)
            }
        }
    }
}

impl Client for Inserter {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let sql = match self.holds {
            Holds::OneRow => INSERT,
            Holds::EveryRow => INSERT_ROWS.as_str(),
        };
        self.statement = Some(session.prepare(sql).await?);
        Ok(())
    }

    fn draw(&mut self) -> Due {
        self.first = self.next;
        self.next += self.rows;
        let start = self.random.random_range(0..=TEXTS - CONTENT);
        self.content = start..start + CONTENT;
        Due::AtOnce
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        if self.rows == 1 {
            return self.insert(session).await;
        }
        session.begin().await?;
        let work = self.insert(session).await;
        session.finish(work).await
    }

    fn done(&self) -> Tally {
        Tally {
            units: self.rows,
            checksum: (self.first..self.next).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_holds_the_parameters_of_every_row_in_order() {
        let (text, rows) = INSERT_ROWS.split_once(" VALUES ").unwrap();
        assert_eq!(INSERT.split_once(" VALUES ").unwrap().0, text);
        let found: Vec<&str> = rows
            .split(|c: char| !(c == '$' || c.is_ascii_digit()))
            .filter(|part| !part.is_empty())
            .collect();
        let named: Vec<String> = (1..=300).map(|number| format!("${number}")).collect();
        assert_eq!(found, named);
        assert_eq!(rows.matches("), (").count() + 1, ROWS as usize);
    }
}
