//! Texts that are stored, and what an instance asks of the database for its own sake.

use super::Answer;
use crate::subject::session::{DbError, Session, Value};

pub(super) async fn write<S: Session>(session: &mut S, data: &str) -> Result<Answer, DbError> {
    let insert = "INSERT INTO data (content) VALUES ($1) RETURNING id";
    let insert = session.prepare(insert).await?;
    let id = session.read(insert, &[Value::Text(data)]).await?;
    Ok(Answer::Id(id))
}

pub(super) async fn ping<S: Session>(session: &mut S) -> Result<Answer, DbError> {
    // A bare 1 is of 32 bits on PostgreSQL.
    let ping = session.prepare("SELECT CAST(1 AS BIGINT)").await?;
    session.read(ping, &[]).await?;
    Ok(Answer::Done)
}

pub(super) async fn totals<S: Session>(session: &mut S) -> Result<Answer, DbError> {
    let records = session.prepare("SELECT COUNT(*) FROM data").await?;
    let counters = session.prepare("SELECT COUNT(*) FROM counters").await?;
    Ok(Answer::Totals {
        records: session.read(records, &[]).await?,
        counters: session.read(counters, &[]).await?,
    })
}
