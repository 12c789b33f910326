//! What requests ask, as JSON: read strictly, and checked before anything is done.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::Refusal;
use super::config::LONGEST_BODY;
use super::work::{LARGEST, Work};

/// The longest name of a counter or an item, in bytes: an index of PostgreSQL takes no more than
/// about 2,700 of them (postgresql.org/docs/current/btree.html).
const LONGEST_NAME: usize = 256;

/// The longest that a transaction is held open.
const LONGEST_HOLD_MS: u64 = 60_000;

/// What a request asks, once it is read.
pub trait Asked: DeserializeOwned {
    /// The work, if it makes sense.
    ///
    /// # Errors
    /// If it does not.
    fn work(self) -> Result<Work, Refusal>;
}

macro_rules! asked {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),+ } => |$it:ident| $work:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($field: $kind),+ }

            impl Asked for $name {
                fn work(self) -> Result<Work, Refusal> {
                    let $it = self;
                    Ok($work)
                }
            }
        )+
    };
}

asked! {
    /// Of `/api/increment`.
    Increment { key: String } => |it| Work::Increment { key: name("key", it.key)? };
    /// Of `/api/hold`.
    Hold { key: String, milliseconds: u64 } => |it| Work::Hold {
        key: name("key", it.key)?,
        time: Duration::from_millis(within("milliseconds", it.milliseconds, LONGEST_HOLD_MS)?),
    };
    /// Of `/api/write`.
    Write { data: String } => |it| Work::Write { data: text("data", it.data)? };
    /// Of `/api/stock`.
    SetStock { item: String, quantity: i64 } => |it| Work::SetStock {
        item: name("item", it.item)?,
        quantity: amount("quantity", it.quantity, 0)?,
    };
    /// Of `/api/sell`.
    Sell { item: String, quantity: i64 } => |it| Work::Sell {
        item: name("item", it.item)?,
        quantity: amount("quantity", it.quantity, 1)?,
    };
    /// Of `/api/accounts`.
    SetAccount { id: i64, balance: i64 } => |it| Work::SetAccount {
        id: it.id,
        balance: amount("balance", it.balance, 0)?,
    };
    /// Of `/api/pay`.
    Pay { from: i64, to: i64, amount: i64 } => |it| match it.from == it.to {
        true => return Err(Refusal::bad("`from` and `to` are the same account")),
        false => Work::Pay {
            from: it.from,
            to: it.to,
            amount: amount("amount", it.amount, 1)?,
        },
    };
    /// Of `/api/operation`.
    Operation { client: u32, operation: u64 } => |it| match it.operation {
        0 => return Err(Refusal::bad("`operation` counts from 1")),
        number => Work::Operation { client: it.client, number },
    };
}

/// A text that both engines can store.
fn text(field: &str, text: String) -> Result<String, Refusal> {
    match text.contains('\0') {
        true => Err(Refusal::bad(format!("`{field}` holds a NUL character"))),
        false => Ok(text),
    }
}

/// The name of something.
///
/// # Errors
/// If nothing can be called so.
pub fn name(field: &str, name: String) -> Result<String, Refusal> {
    match name.len() {
        1..=LONGEST_NAME => text(field, name),
        length => Err(Refusal::bad(format!(
            "`{field}` has {length} bytes: it must have 1 to {LONGEST_NAME}"
        ))),
    }
}

fn within(field: &str, number: u64, most: u64) -> Result<u64, Refusal> {
    match number <= most {
        true => Ok(number),
        false => Err(Refusal::bad(format!("`{field}` may be {most} at most"))),
    }
}

fn amount(field: &str, number: i64, least: i64) -> Result<i64, Refusal> {
    match (least..=LARGEST).contains(&number) {
        true => Ok(number),
        false => Err(Refusal::bad(format!(
            "`{field}` must be from {least} to {LARGEST}"
        ))),
    }
}

/// Reads what a request asks.
///
/// # Errors
/// If the body is of another kind, too long, too slow, or not what it should be.
pub async fn read<T: Asked>(request: Request, patience: Duration) -> Result<Work, Refusal> {
    expect_json(&request)?;
    let body = Limited::new(request.into_body(), LONGEST_BODY);
    let body = tokio::time::timeout(patience, collect(body)).await;
    let body = body.map_err(|_| Refusal {
        status: StatusCode::REQUEST_TIMEOUT,
        why: format!("the body was not sent within {patience:?}"),
    })??;
    let asked: T = serde_json::from_slice(&body)
        .map_err(|error| Refusal::bad(format!("the body is not what it should be: {error}")))?;
    asked.work()
}

async fn collect(body: Limited<Body>) -> Result<axum::body::Bytes, Refusal> {
    let collected = body.collect().await;
    collected.map(|body| body.to_bytes()).map_err(|error| {
        match error.downcast_ref::<LengthLimitError>() {
            Some(_) => Refusal {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                why: format!("the body is longer than {LONGEST_BODY} bytes"),
            },
            None => Refusal::bad(format!("the body broke off: {error}")),
        }
    })
}

/// Takes JSON that says so, and what says nothing or calls it text, as `fetch` of the document does.
fn expect_json(request: &Request) -> Result<(), Refusal> {
    let Some(kind) = request.headers().get(CONTENT_TYPE) else {
        return Ok(());
    };
    let kind = kind.to_str().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let json = ["application/json", "text/json", "text/plain"];
    if json.iter().any(|json| kind.eq_ignore_ascii_case(json)) {
        return Ok(());
    }
    Err(Refusal {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        why: "the body must be JSON: send it with content-type: application/json".to_owned(),
    })
}
