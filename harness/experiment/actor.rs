//! An actor of a play: a session on a thread of its own that does what it is told.

use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::Connection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row, ValueRef};

use crate::measure::experiment::Answer;
use crate::subject::engine::{Target, postgres, sqlite};
use crate::subject::session::DbError;

/// What an actor is told.
pub struct Order {
    /// One statement.
    pub sql: String,
}

/// What comes back.
pub struct Reply {
    /// How long it took.
    pub took: Duration,
    /// What it was.
    pub answer: Answer,
}

/// Connects, says so, and does what it is told until nobody tells it any more.
pub fn act(
    target: &Target,
    entered: &Sender<Result<()>>,
    orders: &Receiver<Order>,
    replies: &Sender<Reply>,
) {
    match target {
        Target::Sqlite(target) => match sqlite::open(target) {
            Ok(connection) => {
                let _ = entered.send(Ok(()));
                obey(orders, replies, |sql| on_sqlite(&connection, sql));
            }
            Err(error) => drop(entered.send(Err(error.into()))),
        },
        Target::Postgres(target) => match Postgres::connect(target) {
            Ok(mut postgres) => {
                let _ = entered.send(Ok(()));
                obey(orders, replies, |sql| postgres.ask(sql));
            }
            Err(error) => drop(entered.send(Err(error))),
        },
        Target::Noop => drop(entered.send(Err(anyhow::anyhow!("Nobody acts without a database")))),
    }
}

fn obey(
    orders: &Receiver<Order>,
    replies: &Sender<Reply>,
    mut ask: impl FnMut(&str) -> Result<Option<String>, DbError>,
) {
    for order in orders {
        let began = Instant::now();
        let result = ask(&order.sql);
        let took = began.elapsed();
        let answer = match result {
            Ok(value) => Answer::Done { value },
            Err(error) => Answer::Refused {
                class: error.class,
                code: error.code,
                message: error.message,
            },
        };
        if replies.send(Reply { took, answer }).is_err() {
            return;
        }
    }
}

/// One statement on SQLite; the first column of its first row, if it has rows.
fn on_sqlite(connection: &Connection, sql: &str) -> Result<Option<String>, DbError> {
    let mut statement = connection.prepare(sql)?;
    if statement.column_count() == 0 {
        statement.raw_execute()?;
        return Ok(None);
    }
    let mut rows = statement.raw_query();
    let value = match rows.next()? {
        Some(row) => Some(text(row.get_ref(0)?)),
        None => None,
    };
    // To its end, so that it holds no lock of its own.
    while rows.next()?.is_some() {}
    Ok(value)
}

fn text(value: rusqlite::types::ValueRef<'_>) -> String {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(integer) => integer.to_string(),
        ValueRef::Real(real) => real.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(blob) => format!("{} bytes", blob.len()),
    }
}

struct Postgres {
    runtime: tokio::runtime::Runtime,
    connection: PgConnection,
}

impl Postgres {
    fn connect(target: &postgres::Target) -> Result<Postgres> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let connection = runtime.block_on(postgres::connect(target))?;
        Ok(Postgres {
            runtime,
            connection,
        })
    }

    /// One statement, in the simple protocol, whose answers are text.
    fn ask(&mut self, sql: &str) -> Result<Option<String>, DbError> {
        let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let rows = self
            .runtime
            .block_on(statement.fetch_all(&mut self.connection))?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let value = row.try_get_raw(0)?;
        match value.is_null() {
            true => Ok(Some("NULL".to_owned())),
            false => Ok(value.as_str().ok().map(str::to_owned)),
        }
    }
}
