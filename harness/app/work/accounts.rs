//! Accounts, and payments between them.

use super::{Answer, Habits, LARGEST, changed_one, end};
use crate::load::style::Style;
use crate::subject::session::{DbError, Session, Value};

const SET: &str = "INSERT INTO accounts (id, balance) VALUES ($1, $2) \
                   ON CONFLICT (id) DO UPDATE SET balance = $2";
const READ: &str = "SELECT balance FROM accounts WHERE id = $1";
const TAKE: &str = "UPDATE accounts SET balance = balance - $2 \
                    WHERE id = $1 AND balance >= $2 RETURNING balance";
const GIVE: &str = "UPDATE accounts SET balance = balance + $2 \
                    WHERE id = $1 AND balance <= 9007199254740991 - $2 RETURNING balance";
const WRITE: &str = "UPDATE accounts SET balance = $2 WHERE id = $1";
const RECORD: &str = "INSERT INTO payments (source, target, amount) VALUES ($1, $2, $3)";

pub(super) async fn set<S: Session>(
    session: &mut S,
    id: i64,
    balance: i64,
) -> Result<Answer, DbError> {
    let set = session.prepare(SET).await?;
    let values = [Value::Integer(id), Value::Integer(balance)];
    changed_one(session.execute(set, &values).await?)?;
    Ok(Answer::Value(balance))
}

pub(super) async fn read<S: Session>(session: &mut S, id: i64) -> Result<Answer, DbError> {
    let balance = find(session, id).await?;
    Ok(balance.map_or_else(|| missing(id), Answer::Value))
}

/// Pays; the value is what is left on the account that paid. A careful instance has the database
/// subtract and add, others write the balances that they have calculated.
pub(super) async fn pay<S: Session>(
    session: &mut S,
    (from, to): (i64, i64),
    amount: i64,
    habits: &Habits,
) -> Result<Answer, DbError> {
    session.begin().await?;
    let work = async {
        let taken = change(session, from, -amount, habits).await?;
        if !taken.done() {
            return Ok(taken);
        }
        let given = change(session, to, amount, habits).await?;
        if !given.done() {
            return Ok(given);
        }
        let record = session.prepare(RECORD).await?;
        let values = [from, to, amount].map(Value::Integer);
        changed_one(session.execute(record, &values).await?)?;
        Ok(taken)
    };
    let work = work.await;
    end(session, work).await
}

/// Changes the balance of an account, if it stays between zero and the largest.
async fn change<S: Session>(
    session: &mut S,
    id: i64,
    by: i64,
    habits: &Habits,
) -> Result<Answer, DbError> {
    if habits.style != Style::Careful {
        let Some(balance) = find(session, id).await? else {
            return Ok(missing(id));
        };
        if !(0..=LARGEST).contains(&(balance + by)) {
            return Ok(refused(id, balance, by));
        }
        let write = session.prepare(WRITE).await?;
        let values = [id, balance + by].map(Value::Integer);
        changed_one(session.execute(write, &values).await?)?;
        return Ok(Answer::Value(balance + by));
    }
    let change = session.prepare(if by < 0 { TAKE } else { GIVE }).await?;
    let values = [id, by.abs()].map(Value::Integer);
    if let Some(balance) = session.find(change, &values).await? {
        return Ok(Answer::Value(balance));
    }
    let balance = find(session, id).await?;
    Ok(balance.map_or_else(|| missing(id), |balance| refused(id, balance, by)))
}

fn refused(id: i64, balance: i64, by: i64) -> Answer {
    match by {
        ..0 => Answer::Refused {
            code: "INSUFFICIENT_FUNDS",
            why: format!("account {id} has only {balance}"),
        },
        _ => Answer::Refused {
            code: "LIMIT",
            why: format!("account {id} has {balance} and may have {LARGEST} at most"),
        },
    }
}

async fn find<S: Session>(session: &mut S, id: i64) -> Result<Option<i64>, DbError> {
    let read = session.prepare(READ).await?;
    session.find(read, &[Value::Integer(id)]).await
}

fn missing(id: i64) -> Answer {
    Answer::Missing(format!("there is no account {id}"))
}
