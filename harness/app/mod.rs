//! The app whose instances share a database: an HTTP service with the routes of the source document,
//! and more of its kind.
//!
//! A request goes through [`router`] to [`database`], which has a connection do its [`work`].

pub mod answer;
pub mod asked;
pub mod check;
pub mod config;
pub mod database;
pub mod listen;
pub mod log;
pub mod metrics;
pub mod router;
pub mod work;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use config::Config;
use database::Database;
use log::Log;
use metrics::Metrics;
use router::App;
use work::Closing;

/// How long requests may take to end once a signal came: container engines kill after ten seconds.
const GRACE: Duration = Duration::from_secs(8);

/// How long closing the database may take after that, and writing what is left of the log.
const LAST: Duration = Duration::from_millis(500);

/// The most threads that speak HTTP. Several instances share a machine with one another and with
/// their database, and what an instance does in HTTP never takes more than one processor.
const MOST_WORKERS: usize = 2;

/// Serves until a signal comes, and then ends what runs.
///
/// # Errors
/// If the database cannot be used, or the address cannot be listened on.
pub fn serve(config: Config) -> Result<ExitCode> {
    // A file that may not grow any more is an error of who writes, and no reason to die.
    signal_hook::flag::register(libc::SIGXFSZ, Arc::default())
        .context("Cannot wait for signals")?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers.min(MOST_WORKERS))
        .enable_all()
        .build()?;
    // Before the database is opened: the first process of a container ignores a signal that it has
    // no handler for.
    let signals = runtime.block_on(async { Signals::install() })?;
    let closing = Closing::default();
    let database = Database::start(&config, &closing)?;
    let result = runtime.block_on(run(config, database, &closing, signals));
    runtime.shutdown_background();
    result
}

async fn run(
    config: Config,
    database: Database,
    closing: &Closing,
    mut signals: Signals,
) -> Result<ExitCode> {
    let (listener, address) = bind(&config).await?;
    let log = Log::start()?;
    log.listening(&address, &config.container);
    let app = Arc::new(App {
        metrics: Metrics::new(&config.container),
        started: Instant::now(),
        database,
        log,
        config,
    });
    let requests = listen::Requests::default();
    let router = router::router(Arc::clone(&app), requests.clone());
    let accepting = tokio::spawn(listen::accept(listener, router, requests.clone()));
    signals.raised().await;
    tokio::spawn(async move {
        // Who asks twice does not want to wait.
        std::process::exit(128 + signals.raised().await);
    });
    accepting.abort();
    closing.store(true, Ordering::Relaxed);
    requests.close();
    let end = tokio::time::Instant::now() + GRACE;
    // A client that has not sent its whole request by then keeps nobody from ending.
    let _ = tokio::time::timeout_at(end, requests.idle()).await;
    let closed = tokio::time::timeout_at(end + LAST, app.database.close()).await;
    app.log.finish(LAST);
    match closed {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(_) => bail!(
            "Some work still ran {} s after the signal: it was cut off, and nobody was told that it is done",
            GRACE.as_secs()
        ),
    }
}

async fn bind(config: &Config) -> Result<(TcpListener, SocketAddr)> {
    let (host, port) = (config.host.as_str(), config.port);
    let listener = TcpListener::bind((host, port))
        .await
        .with_context(|| format!("Cannot listen on {host}:{port}"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The signals that end an instance.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn install() -> Result<Signals> {
        let install = |kind| signal(kind).context("Cannot wait for signals");
        Ok(Signals {
            terminate: install(SignalKind::terminate())?,
            interrupt: install(SignalKind::interrupt())?,
        })
    }

    /// The number of the next one.
    async fn raised(&mut self) -> i32 {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = self.interrupt.recv() => SignalKind::interrupt().as_raw_value(),
        }
    }
}
