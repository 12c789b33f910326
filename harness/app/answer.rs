//! Answers to requests, always as JSON.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use rusqlite::ffi;
use serde::Serialize;

use super::config::Store;
use super::work::Answer;
use super::work::tries::Report;
use crate::measure::Outcome;
use crate::subject::engine::http::wire::Reply;
use crate::subject::server::redact;
use crate::subject::session::DbError;

/// What the log says of an answer.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// How the work ended, if there was any.
    pub outcome: Option<Outcome>,
    /// The name or code of the error.
    pub code: Option<String>,
    /// How many attempts were made.
    pub attempts: u32,
}

/// Why a request was not even tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// Why, in words.
    pub why: String,
}

impl Refusal {
    /// What was asked is not what it should be.
    pub fn bad(why: impl Into<String>) -> Refusal {
        Refusal {
            status: StatusCode::BAD_REQUEST,
            why: why.into(),
        }
    }

    /// The answer.
    pub fn response(self, container: &str) -> Response {
        let reply = Reply {
            container: container.to_owned(),
            error: Some(self.why),
            ..Reply::default()
        };
        json(self.status, &reply)
    }
}

/// How work ended, in the vocabulary of the suite; `None` if there was nothing to do.
pub fn outcome(report: &Report) -> Option<Outcome> {
    match &report.result {
        Ok(answer) => answer.done().then_some(Outcome::Committed),
        Err(error) => Some(error.class),
    }
}

/// The answer to a request whose work came to this.
pub fn to_work(report: Report, took: Duration, container: &str, store: &Store) -> Response {
    let mut told = Told {
        outcome: outcome(&report),
        code: None,
        attempts: report.attempts,
    };
    let mut reply = Reply {
        duration: Some(took.as_secs_f64() * 1e3),
        container: container.to_owned(),
        attempts: report.attempts,
        errors: report.errors,
        ..Reply::default()
    };
    let status = match report.result {
        Ok(answer) => {
            reply.success = answer.done();
            done(answer, &mut reply)
        }
        Err(error) => failed(error, &mut reply, store),
    };
    told.code.clone_from(&reply.code);
    let mut response = json(status, &reply);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let second = HeaderValue::from_static("1");
        response.headers_mut().insert(RETRY_AFTER, second);
    }
    response.extensions_mut().insert(told);
    response
}

fn done(answer: Answer, reply: &mut Reply) -> StatusCode {
    match answer {
        Answer::Done | Answer::Totals { .. } => {}
        Answer::Value(value) => reply.value = Some(value),
        Answer::Id(id) => reply.id = Some(id),
        Answer::Missing(why) => {
            reply.error = Some(why);
            return StatusCode::NOT_FOUND;
        }
        Answer::Refused { code, why } => {
            reply.code = Some(code.to_owned());
            reply.error = Some(why);
            return StatusCode::CONFLICT;
        }
    }
    StatusCode::OK
}

fn failed(error: DbError, reply: &mut Reply, store: &Store) -> StatusCode {
    let contention = contention(error.class);
    reply.class = Some(error.class);
    reply.code = Some(code(&error, store));
    reply.error = Some(match contention {
        true => "Database is busy".to_owned(),
        false => redact(&error.message),
    });
    match contention {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whether others were in the way, so that the same may go well a second later.
fn contention(class: Outcome) -> bool {
    match class {
        Outcome::Busy
        | Outcome::BusySnapshot
        | Outcome::Locked
        | Outcome::Deadlock
        | Outcome::Serialization
        | Outcome::LockTimeout
        | Outcome::TooManyConnections
        | Outcome::Timeout => true,
        Outcome::Committed | Outcome::Schema | Outcome::Unknown | Outcome::Other => false,
    }
}

/// The names of SQLite's primary result codes (sqlite.org/rescode.html).
const NAMES: [(i32, &str); 26] = [
    (ffi::SQLITE_ERROR, "SQLITE_ERROR"),
    (ffi::SQLITE_INTERNAL, "SQLITE_INTERNAL"),
    (ffi::SQLITE_PERM, "SQLITE_PERM"),
    (ffi::SQLITE_ABORT, "SQLITE_ABORT"),
    (ffi::SQLITE_BUSY, "SQLITE_BUSY"),
    (ffi::SQLITE_LOCKED, "SQLITE_LOCKED"),
    (ffi::SQLITE_NOMEM, "SQLITE_NOMEM"),
    (ffi::SQLITE_READONLY, "SQLITE_READONLY"),
    (ffi::SQLITE_INTERRUPT, "SQLITE_INTERRUPT"),
    (ffi::SQLITE_IOERR, "SQLITE_IOERR"),
    (ffi::SQLITE_CORRUPT, "SQLITE_CORRUPT"),
    (ffi::SQLITE_NOTFOUND, "SQLITE_NOTFOUND"),
    (ffi::SQLITE_FULL, "SQLITE_FULL"),
    (ffi::SQLITE_CANTOPEN, "SQLITE_CANTOPEN"),
    (ffi::SQLITE_PROTOCOL, "SQLITE_PROTOCOL"),
    (ffi::SQLITE_EMPTY, "SQLITE_EMPTY"),
    (ffi::SQLITE_SCHEMA, "SQLITE_SCHEMA"),
    (ffi::SQLITE_TOOBIG, "SQLITE_TOOBIG"),
    (ffi::SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"),
    (ffi::SQLITE_MISMATCH, "SQLITE_MISMATCH"),
    (ffi::SQLITE_MISUSE, "SQLITE_MISUSE"),
    (ffi::SQLITE_NOLFS, "SQLITE_NOLFS"),
    (ffi::SQLITE_AUTH, "SQLITE_AUTH"),
    (ffi::SQLITE_FORMAT, "SQLITE_FORMAT"),
    (ffi::SQLITE_RANGE, "SQLITE_RANGE"),
    (ffi::SQLITE_NOTADB, "SQLITE_NOTADB"),
];

/// The code as the document's app has it: for SQLite the name of the primary result code, for
/// PostgreSQL the SQLSTATE.
pub fn code(error: &DbError, store: &Store) -> String {
    let primary = || {
        let extended: i32 = error.code.parse().ok()?;
        let same = |(code, _): &&(i32, &str)| *code == extended & 0xff;
        NAMES.iter().find(same).map(|(_, name)| (*name).to_owned())
    };
    match store {
        Store::Sqlite(_) => primary().unwrap_or_else(|| error.code.clone()),
        Store::Postgres { .. } => error.code.clone(),
    }
}

/// An answer with this body.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("an answer has only texts and numbers");
    let json = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, json)], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Discipline;
    use crate::subject::engine::{Manner, sqlite};

    #[test]
    fn every_variant_of_an_error_has_the_name_the_document_knows() {
        let store = Store::Sqlite(sqlite::Target {
            path: "app.db".into(),
            journal_mode: "wal".to_owned(),
            synchronous: "full".to_owned(),
            manner: Manner::of(Discipline::Careful),
            counted: false,
        });
        for (extended, name) in [
            ("5", "SQLITE_BUSY"),
            ("261", "SQLITE_BUSY"),
            ("517", "SQLITE_BUSY"),
            ("6", "SQLITE_LOCKED"),
            ("1", "SQLITE_ERROR"),
            ("2067", "SQLITE_CONSTRAINT"),
            ("POOL_TIMEOUT", "POOL_TIMEOUT"),
        ] {
            let error = DbError {
                class: Outcome::Other,
                code: extended.to_owned(),
                message: String::new(),
            };
            assert_eq!(code(&error, &store), name);
        }
    }
}
