//! Whether an instance is healthy, and what it read back from its database.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;

use crate::lab::Interrupt;
use crate::subject::engine::Settings;

/// How often an instance that is not healthy yet is asked again.
const AGAIN: Duration = Duration::from_millis(10);

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// What is needed of the answer to `GET /health`.
#[derive(Deserialize)]
struct Health {
    status: String,
    #[serde(default)]
    settings: Settings,
    error: Option<String>,
}

/// Waits until an instance is healthy; its settings as read back. `ended` says why it has ended, if
/// it has.
pub fn wait(
    address: &str,
    within: Duration,
    interrupt: &Interrupt,
    ended: impl Fn() -> Option<String>,
) -> Result<Settings> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let deadline = Instant::now() + within;
    loop {
        interrupt.check()?;
        let asked = async { tokio::time::timeout(ANSWER, ask(address)).await };
        let problem = match runtime.block_on(asked) {
            Ok(Ok(health)) if health.status == "healthy" => return Ok(health.settings),
            Ok(Ok(health)) => health.error.unwrap_or(health.status),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => format!("no answer within {} s", ANSWER.as_secs()),
        };
        if let Some(why) = ended() {
            bail!("An instance of the app ended as it began: {why}");
        }
        if Instant::now() > deadline {
            bail!(
                "The app at {address} was not healthy within {} s: {problem}",
                within.as_secs()
            );
        }
        std::thread::sleep(AGAIN);
    }
}

async fn ask(address: &str) -> Result<Health> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = Request::get("/health")
        .header("host", address)
        .body(Empty::<Bytes>::new())?;
    let body = sender.send_request(request).await?.into_body();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    serde_json::from_slice(&body).context("It answers with something else than its health")
}
