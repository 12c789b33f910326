//! A client's session with an app.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::header::HeaderValue;
use tokio::time::{Instant, Sleep, sleep_until};

use super::Target;
use super::answer::{Meaning, understand};
use super::connection::{Answer, Broken, Connection};
use super::request::Request;
use super::wire::Reply;
use crate::measure::Outcome;
use crate::subject::session::{DbError, Session, Statement, Value};

/// How long an answer is waited for: longer than any app tries, and load balancers give up before.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a client waits after nobody accepted its connection, so that it does not spin.
const REFUSED_PAUSE: Duration = Duration::from_millis(10);

/// A client of an app: a keep-alive connection to each of its instances, opened when it is needed.
/// Its statements are requests, such as `POST /api/write {"data":$1}`. The app's transactions are its
/// own, so that beginning and ending one does nothing.
///
/// It lives on a runtime of tokio's, with timers.
pub struct HttpSession {
    hosts: Vec<Host>,
    /// Which instance is asked next.
    next: usize,
    prepared: Vec<Request>,
    met: Vec<DbError>,
    deadline: Deadline,
}

/// One instance.
struct Host {
    address: String,
    name: HeaderValue,
    connection: Option<Connection>,
}

impl HttpSession {
    /// A session that has not connected yet. The first request goes to the instance at `first`,
    /// counted round and round, so that clients do not all begin at the same.
    ///
    /// # Errors
    /// A target without an address, or with one that is none.
    pub fn new(target: &Target, first: u32) -> Result<HttpSession, DbError> {
        let wrong = |message: String| DbError {
            class: Outcome::Other,
            code: "address".to_owned(),
            message,
        };
        if target.addresses.is_empty() {
            return Err(wrong("there is no app to ask".to_owned()));
        }
        let host = |address: &String| {
            Ok::<_, DbError>(Host {
                name: HeaderValue::from_str(address)
                    .map_err(|_| wrong(format!("{address:?} is no address")))?,
                address: address.clone(),
                connection: None,
            })
        };
        Ok(HttpSession {
            hosts: target
                .addresses
                .iter()
                .map(host)
                .collect::<Result<_, _>>()?,
            next: first as usize % target.addresses.len(),
            prepared: Vec::new(),
            met: Vec::new(),
            deadline: Deadline::new(),
        })
    }

    async fn ask(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Reply, DbError> {
        let request = &self.prepared[statement.0];
        let body = request.fill(values)?;
        let turn = self.next;
        self.next = (turn + 1) % self.hosts.len();
        let exchange = self.hosts[turn].exchange(request, body);
        let answer = match self.deadline.meet(exchange).await {
            Some(Ok(answer)) => answer,
            Some(Err(Broken::Sent(said))) => return Err(unknown("connection", &said)),
            Some(Err(Broken::Unsent(said))) => {
                self.pause(REFUSED_PAUSE).await;
                return Err(DbError {
                    class: Outcome::Other,
                    code: "connect".to_owned(),
                    message: format!("the app cannot be reached: {said}"),
                });
            }
            None => {
                let waited = format!("no answer within {} s", PATIENCE.as_secs());
                return Err(unknown("patience", &waited));
            }
        };
        let Meaning { result, met } = understand(&answer, request.reads());
        self.met.extend(met);
        result
    }
}

impl Host {
    /// Asks on the connection that is open, or on a new one if there is none, or if the app has
    /// closed it since the last request.
    async fn exchange(
        &mut self,
        request: &Request,
        body: hyper::body::Bytes,
    ) -> Result<Answer, Broken> {
        // Taken out, so that a wait that is broken off leaves no connection on which an answer to
        // the wrong request may come.
        if let Some(mut kept) = self.connection.take() {
            match kept.exchange(request.to(&self.name, body.clone())).await {
                Err(Broken::Unsent(_)) => {}
                answer => {
                    self.connection = answer.is_ok().then_some(kept);
                    return answer;
                }
            }
        }
        let mut fresh = Connection::open(&self.address).await?;
        let answer = fresh.exchange(request.to(&self.name, body)).await?;
        self.connection = Some(fresh);
        Ok(answer)
    }
}

/// An answer that never came: the work may have been done.
fn unknown(code: &str, said: &str) -> DbError {
    DbError {
        class: Outcome::Unknown,
        code: code.to_owned(),
        message: format!("the app's answer is lost: {said}"),
    }
}

/// Breaks off what takes longer than [`PATIENCE`], with one timer for all requests: it is set anew only
/// when it rings for a request that is over.
struct Deadline {
    timer: Pin<Box<Sleep>>,
}

impl Deadline {
    fn new() -> Deadline {
        Deadline {
            timer: Box::pin(sleep_until(Instant::now() + PATIENCE)),
        }
    }

    /// What comes of it; `None` if it takes too long.
    async fn meet<F: Future>(&mut self, work: F) -> Option<F::Output> {
        let end = Instant::now() + PATIENCE;
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.over(end, context).map(|()| None),
        })
        .await
    }

    fn over(&mut self, end: Instant, context: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= end {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(end);
        }
        Poll::Pending
    }
}

impl Session for HttpSession {
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        self.prepared.push(Request::parse(sql)?);
        Ok(Statement(self.prepared.len() - 1))
    }

    async fn execute(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<u64, DbError> {
        self.ask(statement, values).await.map(|_| 1)
    }

    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError> {
        let reply = self.ask(statement, values).await?;
        reply.value.ok_or_else(|| DbError {
            class: Outcome::Other,
            code: "value".to_owned(),
            message: "the app's answer has no value".to_owned(),
        })
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    async fn pause(&self, duration: Duration) {
        // As PostgreSQL's clients do.
        let _ = tokio::task::spawn_blocking(move || std::thread::sleep(duration)).await;
    }

    fn met(&mut self) -> Vec<DbError> {
        std::mem::take(&mut self.met)
    }

    fn counts_unknown(&self) -> bool {
        true
    }
}
