//! The database behind an instance: a pool of connections, a single one that all share, or one for
//! each request.

mod cached;
mod job;
mod pool;
mod postgres;
mod setup;
mod sqlite;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use futures::executor::block_on;
use tokio::sync::{mpsc as queue, oneshot};

use super::config::{self, Config, Store};
use super::work::operations::{Drawn, Nobody, Operate};
use super::work::tries::Report;
use super::work::{Closing, Habits, Work};
use crate::load::system::Operations;
use crate::measure::Outcome;
use crate::subject::engine::{Settings, deviations};
use crate::subject::session::DbError;
use crate::workload::{self, Clients, Visitor};
use job::{Crew, Job, Jobs, Running};
use pool::Pool;

/// The code of a request that waited for a connection of the pool in vain.
pub const POOL_TIMEOUT: &str = "POOL_TIMEOUT";

/// The database behind an instance.
pub struct Database {
    /// What the engine says of the settings of its connections.
    pub settings: Settings,
    way: Way,
    threads: Mutex<Vec<JoinHandle<()>>>,
    running: Arc<AtomicUsize>,
    waiting: Arc<AtomicUsize>,
    patience: std::time::Duration,
}

/// How work reaches a connection.
enum Way {
    /// Through a place in a pool.
    Pool(Pool),
    /// Through one queue, to a connection that all share or to whoever opens one for each.
    Queue {
        connections: u32,
        queue: Mutex<Option<queue::UnboundedSender<Job>>>,
    },
}

/// How busy the database is kept.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How many connections are kept.
    pub connections: u32,
    /// How many requests have work running.
    pub busy: usize,
    /// How many requests wait for a connection.
    pub waiting: usize,
}

impl Database {
    /// Makes the tables, unless the harness has made a workload's, and connects.
    ///
    /// # Errors
    /// If the database cannot be reached or used, or does not take the settings.
    pub fn start(config: &Config, closing: &Closing) -> Result<Database> {
        let Some(operations) = &config.operations else {
            return start(config, closing, Nobody);
        };
        let name = &operations.workload;
        let starter = Starter {
            config,
            closing,
            operations,
        };
        block_on(workload::with(name, starter))
            .with_context(|| format!("There is no workload {name}, which OPERATIONS names"))?
    }

    /// Has work done, and waits for what comes of it.
    pub async fn run(&self, work: Work) -> Report {
        let (answer, report) = oneshot::channel();
        let (place, queue) = match &self.way {
            Way::Pool(pool) => {
                let waiting = Running::new(&self.waiting);
                let place = pool.place(self.patience).await;
                drop(waiting);
                let Some(place) = place else {
                    return Report::refused(self.pool_timeout());
                };
                let queue = place.queue();
                (Some(place), Some(queue))
            }
            Way::Queue { queue, .. } => {
                (None, queue.lock().expect("nobody panics with it").clone())
            }
        };
        let job = Job {
            work,
            answer,
            place,
            running: Running::new(&self.running),
        };
        // A job that nobody takes is dropped, and so is its answer.
        let _ = queue.map(|queue| queue.send(job));
        report.await.unwrap_or_else(|_| {
            Report::refused(DbError {
                class: Outcome::Unknown,
                code: "connection".to_owned(),
                message: "the connection to the database was closed".to_owned(),
            })
        })
    }

    /// How busy it is kept.
    pub fn load(&self) -> Load {
        Load {
            connections: match &self.way {
                Way::Pool(pool) => pool.size(),
                Way::Queue { connections, .. } => *connections,
            },
            busy: self.running.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    /// Waits until nothing runs, and closes every connection.
    pub async fn close(&self) {
        match &self.way {
            Way::Pool(pool) => pool.close().await,
            Way::Queue { queue, .. } => drop(queue.lock().expect("nobody panics with it").take()),
        }
        let threads = std::mem::take(&mut *self.threads.lock().expect("nobody panics with it"));
        let _ = tokio::task::spawn_blocking(move || {
            for thread in threads {
                let _ = thread.join();
            }
        })
        .await;
    }

    fn pool_timeout(&self) -> DbError {
        DbError {
            class: Outcome::Timeout,
            code: POOL_TIMEOUT.to_owned(),
            message: format!(
                "no connection of the pool was free for {} ms",
                self.patience.as_millis()
            ),
        }
    }
}

/// Starts a database whose instance does the operations of a workload's clients.
struct Starter<'a> {
    config: &'a Config,
    closing: &'a Closing,
    operations: &'a Operations,
}

impl Visitor for Starter<'_> {
    type Output = Result<Database>;

    async fn visit<W: Clients>(self, workload: &'static W) -> Result<Database> {
        let drawn = Drawn::new(workload, self.operations);
        start(self.config, self.closing, drawn)
    }
}

fn start<O: Operate>(config: &Config, closing: &Closing, operations: O) -> Result<Database> {
    let settings = setup::set_up(&config.store, config.operations.is_none())?;
    let crew = Arc::new(Crew {
        habits: Habits {
            style: config.style,
            retries: config.retries,
            hold: config.hold,
            closing: Arc::clone(closing),
        },
        operations,
    });
    let (way, queues) = match config.pool {
        config::Pool::Size(size) if !config.store.shared() => {
            let (pool, queues) = Pool::new(size);
            (Way::Pool(pool), queues)
        }
        config::Pool::Size(_) | config::Pool::None => {
            let (queue, jobs) = queue::unbounded_channel();
            let queue = Mutex::new(Some(queue));
            let connections = u32::from(config.store.shared());
            (Way::Queue { connections, queue }, vec![jobs])
        }
    };
    let (tried, failures) = mpsc::channel();
    let threads = connect(config, &settings, queues, &crew, tried)?;
    // Everyone lets go of the sender when it has tried to connect. In a pool who failed tries again
    // when it is asked for something.
    if let Some(error) = failures.iter().next() {
        return Err(error.into());
    }
    Ok(Database {
        settings,
        way,
        threads: Mutex::new(threads),
        running: Arc::default(),
        waiting: Arc::default(),
        patience: config.pool_timeout,
    })
}

/// Starts the threads that hold the connections.
fn connect<O: Operate>(
    config: &Config,
    settings: &Settings,
    queues: Vec<Jobs>,
    crew: &Arc<Crew<O>>,
    tried: mpsc::Sender<DbError>,
) -> Result<Vec<JoinHandle<()>>> {
    let spawn = |work: Box<dyn FnOnce() + Send>| {
        std::thread::Builder::new()
            .name("database".to_owned())
            .spawn(work)
            .context("Cannot start a thread for the database")
    };
    let each = config.pool == config::Pool::None;
    match &config.store {
        Store::Postgres { target, .. } => {
            let place = postgres::Place {
                target: target.clone(),
                settings: settings.clone(),
            };
            let crew = Arc::clone(crew);
            let mut queues = queues;
            let thread = spawn(Box::new(move || match queues.as_mut_slice() {
                [jobs] if each => {
                    drop(tried);
                    postgres::open_for_each(&place, jobs, &crew);
                }
                _ => postgres::keep(&place, queues, &crew, tried),
            }))?;
            Ok(vec![thread])
        }
        Store::Sqlite(target) => queues
            .into_iter()
            .map(|mut jobs| {
                let place = sqlite::Place {
                    target: target.clone(),
                    settings: settings.clone(),
                };
                let (crew, tried) = (Arc::clone(crew), tried.clone());
                let shared = target.manner.shared;
                spawn(Box::new(move || match (shared, each) {
                    (true, _) => sqlite::share(&place, &mut jobs, &crew, tried),
                    (false, true) => {
                        drop(tried);
                        sqlite::open_for_each(&place, &mut jobs, &crew);
                    }
                    (false, false) => sqlite::keep(&place, &mut jobs, &crew, tried),
                }))
            })
            .collect(),
    }
}

/// Refuses a connection whose settings are not those of the others.
fn confirmed(expected: &Settings, found: &Settings) -> Result<(), DbError> {
    let deviations = deviations(expected, found);
    if deviations.is_empty() {
        return Ok(());
    }
    Err(DbError {
        class: Outcome::Other,
        code: "settings".to_owned(),
        message: deviations.join(", "),
    })
}
