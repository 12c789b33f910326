//! The requests of the document's app, sent to an app over HTTP. Without one they mean nothing.

use std::ops::Range;

use rand::RngExt;
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;

use super::{Client, Clients, Due, Expected, IfNaive, Moves, Tally, Terms, Workload, changed_one};
use crate::subject::session::{DbError, Session, Statement, Value};

/// The app's tables that these requests change, as the app itself makes them.
pub const TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, value BIGINT NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS data (id {identity}, content TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
];

/// The counter that every client increments, as in the document.
pub const KEY: &str = "counter";

/// The length of the text that is written, in characters.
const CONTENT: usize = 100;

/// The length of the random text from which those are cut, in characters.
const TEXTS: usize = 4_096;

/// Adds one to the counter.
pub static INCREMENT: Api = Api {
    name: "api-increment",
    request: r#"POST /api/increment {"key":$1}"#,
    asks: Asks::Increment,
};

/// Writes a row.
pub static WRITE: Api = Api {
    name: "api-write",
    request: r#"POST /api/write {"data":$1}"#,
    asks: Asks::Write,
};

/// Asks how the app is.
pub static HEALTH: Api = Api {
    name: "api-health",
    request: "GET /health",
    asks: Asks::Health,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Increment,
    Write,
    Health,
}

/// One of the app's requests, again and again.
#[derive(Debug)]
pub struct Api {
    name: &'static str,
    request: &'static str,
    asks: Asks,
}

impl Workload for Api {
    fn name(&self) -> &'static str {
        self.name
    }

    fn asks_an_app(&self) -> bool {
        true
    }

    fn setup(&self) -> Vec<String> {
        TABLES.map(str::to_owned).into()
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        let rows = |what, sql: &str, number, moves| Expected {
            what,
            sql: sql.to_owned(),
            number,
            if_naive: IfNaive::Void,
            moves,
        };
        match self.asks {
            Asks::Increment => {
                let mut expected = super::counters::stored(tally).to_vec();
                expected.push(rows(
                    "counters that nobody asked for",
                    &format!("SELECT COUNT(*) FROM counters WHERE key <> '{KEY}'"),
                    0,
                    Moves::Not,
                ));
                expected
            }
            Asks::Write => vec![
                rows(
                    "rows stored = rows acknowledged",
                    "SELECT COUNT(*) FROM data",
                    tally.units,
                    Moves::By(1),
                ),
                rows(
                    "characters of all texts",
                    "SELECT CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) FROM data",
                    tally.units * CONTENT as i64,
                    Moves::By(CONTENT as u32),
                ),
            ],
            Asks::Health => Vec::new(),
        }
    }
}

impl Clients for Api {
    type Client = Caller;

    fn client(&self, _number: u32, _terms: &Terms, mut random: StdRng) -> Caller {
        Caller {
            request: self.request,
            asks: self.asks,
            texts: match self.asks {
                Asks::Write => Alphanumeric.sample_string(&mut random, TEXTS),
                Asks::Increment | Asks::Health => String::new(),
            },
            random,
            content: 0..0,
            statement: None,
        }
    }
}

/// A client that asks.
#[derive(Debug)]
pub struct Caller {
    request: &'static str,
    asks: Asks,
    random: StdRng,
    texts: String,
    content: Range<usize>,
    statement: Option<Statement>,
}

impl Client for Caller {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.statement = Some(session.prepare(self.request).await?);
        Ok(())
    }

    fn draw(&mut self) -> Due {
        if self.asks == Asks::Write {
            let start = self.random.random_range(0..=TEXTS - CONTENT);
            self.content = start..start + CONTENT;
        }
        Due::AtOnce
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let statement = self.statement.expect("prepared before the first attempt");
        let content = Value::Text(&self.texts[self.content.clone()]);
        let values: &[Value<'_>] = match self.asks {
            Asks::Increment => &[Value::Text(KEY)],
            Asks::Write => &[content],
            Asks::Health => &[],
        };
        changed_one(session.execute(statement, values).await?)
    }

    fn done(&self) -> Tally {
        Tally {
            units: i64::from(self.asks != Asks::Health),
            checksum: 0,
        }
    }
}
