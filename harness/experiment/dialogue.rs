//! A connection that is talked to in text: an order in, what came back out.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row, ValueRef};

use super::statement::{Call, Prepared};
use crate::measure::Outcome;
use crate::measure::experiment::Answer;
use crate::subject::engine::{Target, postgres, sqlite};
use crate::subject::session::DbError;

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// One statement, as text.
    Sql(String),
    /// A call of SQLite's C interface.
    Call(Call),
    /// One query by the statements that the driver of PostgreSQL prepares by itself.
    Query {
        /// The query.
        sql: String,
        /// Whether the driver may keep the statement for the next time.
        persistent: bool,
    },
    /// Has the driver of PostgreSQL close every statement that it keeps.
    Forget,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Sql(sql) => f.write_str(sql),
            Order::Call(call) => call.fmt(f),
            Order::Query {
                sql,
                persistent: true,
            } => write!(f, "query(\"{sql}\")"),
            Order::Query { sql, .. } => write!(f, "query(\"{sql}\").persistent(false)"),
            Order::Forget => f.write_str("clear_cached_statements()"),
        }
    }
}

impl<T: AsRef<str> + ?Sized> From<&T> for Order {
    fn from(sql: &T) -> Order {
        Order::Sql(sql.as_ref().to_owned())
    }
}

impl From<Call> for Order {
    fn from(call: Call) -> Order {
        Order::Call(call)
    }
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply {
    /// How long it took.
    pub took: Duration,
    /// What it was.
    pub answer: Answer,
}

/// A connection that does what it is told.
pub enum Dialogue {
    /// With SQLite, and the statement that calls are on.
    Sqlite(Rc<Connection>, Option<Prepared>),
    /// With PostgreSQL.
    Postgres(Postgres),
}

impl Dialogue {
    /// Connects.
    ///
    /// # Errors
    /// If it cannot connect.
    pub fn open(target: &Target) -> Result<Dialogue> {
        Ok(match target {
            Target::Sqlite(target) => Dialogue::Sqlite(Rc::new(sqlite::open(target)?), None),
            Target::Postgres(target) => Dialogue::Postgres(Postgres::connect(target)?),
            Target::Http(_) | Target::Noop => bail!("Nobody acts without a database"),
        })
    }

    /// Does what is ordered, and times it.
    pub fn obey(&mut self, order: &Order) -> Reply {
        let began = Instant::now();
        let result = self.ask(order);
        let took = began.elapsed();
        let answer = match result {
            Ok(value) => Answer::Done { value },
            Err(error) => Answer::Refused {
                class: error.class,
                code: error.code,
                message: error.message,
            },
        };
        Reply { took, answer }
    }

    /// Does what is ordered.
    ///
    /// # Errors
    /// What the engine refused.
    pub fn ask(&mut self, order: &Order) -> Result<Option<String>, DbError> {
        match (self, order) {
            (Dialogue::Sqlite(connection, _), Order::Sql(sql)) => on_sqlite(connection, sql),
            (Dialogue::Sqlite(connection, held), Order::Call(Call::Prepare(interface, sql))) => {
                *held = Some(Prepared::new(connection, *interface, sql)?);
                Ok(None)
            }
            (Dialogue::Sqlite(_, Some(held)), Order::Call(call)) => held.call(call),
            (Dialogue::Postgres(postgres), Order::Sql(sql)) => postgres.ask(sql),
            (Dialogue::Postgres(postgres), Order::Query { sql, persistent }) => {
                postgres.query(sql, *persistent)
            }
            (Dialogue::Postgres(postgres), Order::Forget) => postgres.forget(),
            (_, order) => Err(DbError {
                class: Outcome::Other,
                code: "order".to_owned(),
                message: format!("{order} cannot be done here"),
            }),
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

/// A connection to PostgreSQL with what drives it.
pub struct Postgres {
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

    /// One query as the driver prepares it by itself; how many columns its row has.
    fn query(&mut self, sql: &str, persistent: bool) -> Result<Option<String>, DbError> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(persistent);
        let row = self
            .runtime
            .block_on(query.fetch_one(&mut self.connection))?;
        Ok(Some(format!("{} columns", row.len())))
    }

    fn forget(&mut self) -> Result<Option<String>, DbError> {
        self.runtime
            .block_on(self.connection.clear_cached_statements())?;
        Ok(None)
    }
}
