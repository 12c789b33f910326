//! A stock that must not be sold twice.

use super::{Answer, Habits, changed_one, end};
use crate::load::style::Style;
use crate::subject::session::{DbError, Session, Value};

const SET: &str = "INSERT INTO stock (item, quantity) VALUES ($1, $2) \
                   ON CONFLICT (item) DO UPDATE SET quantity = $2";
const READ: &str = "SELECT quantity FROM stock WHERE item = $1";
const TAKE: &str = "UPDATE stock SET quantity = quantity - $2 \
                    WHERE item = $1 AND quantity >= $2 RETURNING quantity";
const WRITE: &str = "UPDATE stock SET quantity = $2 WHERE item = $1";

pub(super) async fn set<S: Session>(
    session: &mut S,
    item: &str,
    quantity: i64,
) -> Result<Answer, DbError> {
    let set = session.prepare(SET).await?;
    let values = [Value::Text(item), Value::Integer(quantity)];
    changed_one(session.execute(set, &values).await?)?;
    Ok(Answer::Value(quantity))
}

pub(super) async fn read<S: Session>(session: &mut S, item: &str) -> Result<Answer, DbError> {
    let left = find(session, item).await?;
    Ok(left.map_or_else(missing, Answer::Value))
}

/// A careful instance has the database look whether there is enough, and subtract; others look
/// themselves, and write what they have calculated.
pub(super) async fn sell<S: Session>(
    session: &mut S,
    item: &str,
    quantity: i64,
    habits: &Habits,
) -> Result<Answer, DbError> {
    session.begin().await?;
    let work = match habits.style {
        Style::Careful => take(session, item, quantity).await,
        _ => write(session, item, quantity).await,
    };
    end(session, work).await
}

async fn take<S: Session>(session: &mut S, item: &str, quantity: i64) -> Result<Answer, DbError> {
    let take = session.prepare(TAKE).await?;
    let values = [Value::Text(item), Value::Integer(quantity)];
    if let Some(left) = session.find(take, &values).await? {
        return Ok(Answer::Value(left));
    }
    let left = find(session, item).await?;
    Ok(left.map_or_else(missing, out_of_stock))
}

async fn write<S: Session>(session: &mut S, item: &str, quantity: i64) -> Result<Answer, DbError> {
    let left = match find(session, item).await? {
        None => return Ok(missing()),
        Some(left) if left < quantity => return Ok(out_of_stock(left)),
        Some(left) => left - quantity,
    };
    let write = session.prepare(WRITE).await?;
    let values = [Value::Text(item), Value::Integer(left)];
    changed_one(session.execute(write, &values).await?)?;
    Ok(Answer::Value(left))
}

async fn find<S: Session>(session: &mut S, item: &str) -> Result<Option<i64>, DbError> {
    let read = session.prepare(READ).await?;
    session.find(read, &[Value::Text(item)]).await
}

fn missing() -> Answer {
    Answer::Missing("there is no such item".to_owned())
}

fn out_of_stock(left: i64) -> Answer {
    Answer::Refused {
        code: "OUT_OF_STOCK",
        why: format!("only {left} are left"),
    }
}
