//! The first connection: whether the database can be used, its tables and its settings.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sqlx::{AssertSqlSafe, Executor as _};

use super::postgres::nothing_stored;
use crate::app::config::Store;
use crate::app::work::tables::TABLES;
use crate::load::retry::{Policy, Retry};
use crate::measure::Discipline;
use crate::subject::engine::postgres::{self, PostgresSession, shown};
use crate::subject::engine::sqlite;
use crate::subject::engine::{Manner, Settings, deviations};
use crate::subject::server::redact;
use crate::subject::session::DbError;

/// How long a server may take to let an instance in.
const CONNECTING: Duration = Duration::from_secs(10);

/// SQLSTATEs of who makes a table in the instant in which another instance makes it, in spite of IF
/// NOT EXISTS: unique_violation, duplicate_table, and duplicate_object for the type that comes with it.
const MADE_MEANWHILE: [&str; 3] = ["23505", "42P07", "42710"];

/// Makes the tables, if they are wanted and not there, and reads back the settings, which must be
/// those that were asked for.
pub fn set_up(store: &Store, tables: bool) -> Result<Settings> {
    let (settings, asserted) = match store {
        Store::Sqlite(target) => {
            let parent = target
                .path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            if let Some(parent) = parent
                && !parent.is_dir()
            {
                bail!(
                    "The directory {} of DB_PATH does not exist: make it, or give another path",
                    parent.display()
                );
            }
            let settings = patiently(|| file(target, tables))
                .with_context(|| format!("Cannot use the database {}", target.path.display()))?;
            (settings, asserted_of_file(target))
        }
        Store::Postgres { target, place } => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let settings = patiently(|| {
                let work = runtime.block_on(async {
                    tokio::time::timeout(CONNECTING, server(target, tables)).await
                });
                work.unwrap_or_else(|_| Err(silent()))
            })
            .map_err(|error| DbError {
                message: redact(&error.message),
                ..error
            })
            .with_context(|| format!("Cannot use the PostgreSQL database at {place}"))?;
            (settings, asserted_of_server(target))
        }
    };
    let deviations = deviations(&asserted, &settings);
    if !deviations.is_empty() {
        bail!(
            "The database does not take its settings: {}",
            deviations.join(", ")
        );
    }
    Ok(settings)
}

/// Tries again while others are in the way: all instances start at once.
fn patiently<T>(mut attempt: impl FnMut() -> Result<T, DbError>) -> Result<T, DbError> {
    let mut retry = Retry::new(&Policy::CAREFUL, rand::random());
    let begun = Instant::now();
    let mut attempts = 0;
    loop {
        let error = match attempt() {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        attempts += 1;
        let elapsed = begun.elapsed().as_nanos() as u64;
        match retry.pause(error.class, attempts, elapsed) {
            Some(pause) => std::thread::sleep(pause),
            None if MADE_MEANWHILE.contains(&error.code.as_str()) && attempts < 10 => {}
            None => return Err(error),
        }
    }
}

fn silent() -> DbError {
    DbError {
        class: crate::measure::Outcome::Other,
        code: "connect".to_owned(),
        message: format!("it did not answer within {} s", CONNECTING.as_secs()),
    }
}

fn file(target: &sqlite::Target, tables: bool) -> Result<Settings, DbError> {
    if tables {
        let patient = sqlite::Target {
            manner: Manner::of(Discipline::Careful),
            ..target.clone()
        };
        let sql = sqlite::dialect(&TABLES.join("; "));
        sqlite::open(&patient)?.execute_batch(&format!("BEGIN IMMEDIATE; {sql}; COMMIT"))?;
    }
    sqlite::read_back(&sqlite::open(target)?)
}

async fn server(target: &postgres::Target, tables: bool) -> Result<Settings, DbError> {
    let mut connection = postgres::connect(target).await.map_err(nothing_stored)?;
    if tables {
        for table in TABLES {
            let sql = AssertSqlSafe(postgres::dialect(table));
            connection.execute(sqlx::raw_sql(sql)).await?;
        }
    }
    let mut session = PostgresSession::over(connection);
    let settings = session.settings().await?;
    session.close().await;
    Ok(settings)
}

fn asserted_of_file(target: &sqlite::Target) -> Settings {
    [
        ("journal_mode", target.journal_mode.clone()),
        ("synchronous", target.synchronous.clone()),
        ("busy_timeout", target.manner.busy_timeout_ms().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn asserted_of_server(target: &postgres::Target) -> Settings {
    let mut asserted = Settings::from([(
        "synchronous_commit".to_owned(),
        target.synchronous_commit.clone(),
    )]);
    if let Some(timeout) = target.manner.lock_timeout_ms {
        asserted.insert("lock_timeout".to_owned(), shown(timeout));
    }
    asserted
}
