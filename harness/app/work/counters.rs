//! Counters, as the document has them: read, a pause, written.

use std::time::{Duration, Instant};

use super::{Answer, Habits, changed_one, end};
use crate::load::style::Style;
use crate::subject::session::{DbError, Session, Value};
use crate::workload::counters::READ;
use crate::workload::slow_increment::STORE;

/// Adds one, in one statement.
const ADD: &str = "INSERT INTO counters (key, value) VALUES ($1, 1) \
                   ON CONFLICT (key) DO UPDATE SET value = counters.value + 1 RETURNING value";

/// How often who holds a transaction looks whether the app is to end.
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn increment<S: Session>(
    session: &mut S,
    key: &str,
    habits: &Habits,
) -> Result<Answer, DbError> {
    let atomic = habits.style == Style::Careful;
    if atomic && habits.hold.is_zero() {
        // One statement is a transaction of its own.
        return add(session, key).await;
    }
    // A transaction that could not begin is not rolled back: on a connection that is shared it
    // would be somebody else's.
    session.begin().await?;
    let work = async {
        let statement = session.prepare(READ).await?;
        let value = session.find(statement, &[Value::Text(key)]).await?;
        if !habits.hold.is_zero() {
            session.pause(habits.hold).await;
        }
        match atomic {
            true => add(session, key).await,
            false => store(session, key, value.unwrap_or(0)).await,
        }
    };
    let work = work.await;
    end(session, work).await
}

async fn add<S: Session>(session: &mut S, key: &str) -> Result<Answer, DbError> {
    let statement = session.prepare(ADD).await?;
    let value = session.read(statement, &[Value::Text(key)]).await?;
    Ok(Answer::Value(value))
}

async fn store<S: Session>(session: &mut S, key: &str, read: i64) -> Result<Answer, DbError> {
    let Some(next) = read.checked_add(1) else {
        return Ok(Answer::Refused {
            code: "LIMIT",
            why: "the counter is as high as a number can be".to_owned(),
        });
    };
    let statement = session.prepare(STORE).await?;
    let values = [Value::Text(key), Value::Integer(next)];
    changed_one(session.execute(statement, &values).await?)?;
    Ok(Answer::Value(next))
}

pub(super) async fn read<S: Session>(session: &mut S, key: &str) -> Result<Answer, DbError> {
    let statement = session.prepare(READ).await?;
    let value = session.find(statement, &[Value::Text(key)]).await?;
    Ok(value.map_or_else(
        || Answer::Missing("there is no such counter".to_owned()),
        Answer::Value,
    ))
}

pub(super) async fn hold<S: Session>(
    session: &mut S,
    key: &str,
    time: Duration,
    habits: &Habits,
) -> Result<Answer, DbError> {
    session.begin().await?;
    let work = add(session, key).await;
    if work.is_ok() {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || habits.closing() {
                break;
            }
            session.pause(left.min(LOOK)).await;
        }
    }
    end(session, work).await
}
