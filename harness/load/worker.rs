//! A worker: a process that holds some of the clients of a trial, as one instance, or all of them,
//! as instances that are threads.
//!
//! An SQLite client has a thread to itself, since a call into SQLite blocks its thread and a
//! client that cannot run while another waits would find the database busy for no reason of its
//! own; unless that is what is to be seen, in clients that share a connection. The PostgreSQL clients
//! of an instance share one thread and take turns while they wait for the server, and so do all
//! clients of apps, whose instances are elsewhere.

use std::io::{BufRead, Write};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures::executor::block_on;
use futures::future::join_all;
use rand::RngExt;
use serde::Serialize;
use tokio::sync::watch;

use super::client;
use super::generators::Generators;
use super::numbered::Numbered;
use super::pace::{Arrivals, Pace};
use super::protocol::{Answer, Done, Job, VERSION};
use super::recorder::{Counts, Schedule};
use super::refused::Refused;
use super::remote::Remote;
use super::retry::{Policy, Retry};
use super::statements::CountedSession;
use crate::lab::clock::{Clock, Monotonic, process_cpu, sleep_until};
use crate::lab::sentence;
use crate::measure::Outcome;
use crate::subject::engine::counting::CountingVfs;
use crate::subject::engine::http::{self, HttpSession};
use crate::subject::engine::postgres::{self, PostgresSession};
use crate::subject::engine::sqlite::{self, SqliteSession};
use crate::subject::engine::{Settings, Target, noop::NoopSession};
use crate::subject::session::Session;
use crate::workload::{self, Client, Clients, Terms, Visitor};

/// Serves one trial on this process's stdin and stdout.
pub fn serve() -> Result<()> {
    serve_with(work)
}

/// Does work that is told over stdin, and says if it fails.
pub(super) fn serve_with(work: impl FnOnce(&mpsc::Receiver<String>) -> Result<()>) -> Result<()> {
    let lines = read_lines_or_exit();
    let result = work(&lines);
    if let Err(error) = &result {
        say(&Answer::Failed {
            reason: sentence(error),
        })?;
    }
    result
}

/// Reads stdin on a thread of its own. When it closes, the parent is gone or wants us gone.
pub(crate) fn read_lines_or_exit() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    receiver
}

/// Says something to the parent, as one line of JSON.
pub(crate) fn say(answer: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_string(answer)?;
    line.push('\n');
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(line.as_bytes())
        .and_then(|()| stdout.flush())
        .context("The parent does not listen")
}

/// Waits for the parent's next line.
pub(crate) fn hear<T: serde::de::DeserializeOwned>(lines: &mpsc::Receiver<String>) -> Result<T> {
    Ok(serde_json::from_str(&lines.recv()?)?)
}

/// The job, if the parent is of the same build.
pub(super) fn hear_job(lines: &mpsc::Receiver<String>) -> Result<Job> {
    let job: Job = hear(lines).context("A worker is started by `contend bench`, not by hand")?;
    ensure!(
        job.protocol == VERSION,
        "The parent speaks protocol {}, this worker {VERSION}: they are of different builds",
        job.protocol
    );
    Ok(job)
}

fn work(lines: &mpsc::Receiver<String>) -> Result<()> {
    let job = hear_job(lines)?;
    let (events, from_clients) = mpsc::channel();
    let (start, wait) = watch::channel(None);
    let threads = start_clients(&job, &wait, &events)?;
    drop(events);

    let mut settings: Option<Settings> = None;
    for _ in 0..job.clients {
        match from_clients
            .recv()
            .context("A client died while it connected")?
        {
            // A server that is full lets nobody read its settings.
            Event::Connected(Ok(found)) if found.is_empty() => {}
            Event::Connected(Ok(found)) => {
                let first = settings.get_or_insert_with(|| found.clone());
                ensure!(
                    *first == found,
                    "Two clients read back different settings: {first:?} and {found:?}"
                );
            }
            Event::Connected(Err(error)) => return Err(error.context("A client could not connect")),
            Event::Done(..) => bail!("A client was through before it began"),
        }
    }
    // What connecting did is not the work of any commit.
    let counted = match &job.target {
        Target::Sqlite(target) if target.counted => Some(CountingVfs::of_process()?),
        _ => None,
    };
    let before = counted.map(CountingVfs::written);
    say(&Answer::Ready {
        settings: settings.unwrap_or_default(),
    })?;

    let schedule: Schedule = hear(lines)?;
    let arrivals = |pace: &Pace| Arc::new(Arrivals::new(pace, schedule));
    start
        .send(Some(Start {
            schedule,
            arrivals: job.pace.as_ref().map(arrivals),
        }))
        .context("No client waits for the start")?;
    sleep_until(schedule.measure);
    let cpu_before = process_cpu();
    sleep_until(schedule.end);
    let cpu_after = process_cpu();

    let mut by_client: Vec<Option<Box<Counts>>> = vec![None; job.clients as usize];
    for _ in 0..job.clients {
        match from_clients
            .recv()
            .context("A client died while it worked")?
        {
            Event::Done(seat, result) => by_client[seat as usize] = Some(result?),
            Event::Connected(result) => {
                result.context("A client failed as it began")?;
            }
        }
    }
    let mut counts = Counts::default();
    for client in by_client {
        let client = client.context("A client reported twice")?;
        counts.merge(&client);
    }
    let written = counted.map(|vfs| vfs.written().since(&before.unwrap_or_default()));
    let cpu_seconds = (cpu_after - cpu_before) as f64 / 1e9;
    say(&Answer::Done(Box::new(Done {
        counts,
        cpu_seconds,
        written,
    })))?;
    drop(start);
    // Connections are closed in order, so that what a store does at the last close is done.
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

/// What the clients of a worker are told when they may begin.
#[derive(Debug, Clone)]
struct Start {
    schedule: Schedule,
    /// What arrives for whichever of them is free; `None` in a closed loop.
    arrivals: Option<Arc<Arrivals>>,
}

/// What a client tells the worker it runs in.
enum Event {
    /// It is connected and prepared, with these settings; or it cannot.
    Connected(Result<Settings>),
    /// The client in this seat is through.
    Done(u32, Result<Box<Counts>>),
}

/// One client's place in a worker.
#[derive(Clone)]
struct Seat {
    /// Its number within the worker.
    seat: u32,
    /// Its number within the trial.
    number: u32,
    workload: String,
    terms: Terms,
    retry: Policy,
    operations: Option<u32>,
    /// Whether an app does the operations that this client asks for.
    remote: bool,
    #[cfg(feature = "gate-trial")]
    harm: Option<crate::subject::worse::Harm>,
    seed: u64,
    start: watch::Receiver<Option<Start>>,
    events: mpsc::Sender<Event>,
}

/// Starts every client, each on the kind of thread its engine needs.
fn start_clients(
    job: &Job,
    start: &watch::Receiver<Option<Start>>,
    events: &mpsc::Sender<Event>,
) -> Result<Vec<JoinHandle<()>>> {
    let mut seats = (0..job.clients).map(|seat| Seat {
        seat,
        number: job.first_client + seat,
        workload: job.workload.clone(),
        terms: job.terms,
        retry: job.retry.clone(),
        operations: job.operations,
        remote: matches!(&job.target, Target::Http(target) if target.remote),
        #[cfg(feature = "gate-trial")]
        harm: job.harm,
        seed: job.seed,
        start: start.clone(),
        events: events.clone(),
    });
    let by_instance = match &job.target {
        Target::Postgres(_) => true,
        Target::Sqlite(target) => target.manner.shared,
        Target::Http(_) | Target::Noop => false,
    };
    let groups: Vec<Vec<Seat>> = match &job.target {
        // Its instances are elsewhere, and these are their callers.
        Target::Http(_) => vec![seats.collect()],
        _ if by_instance => shares(job.clients, job.instances)
            .map(|share| seats.by_ref().take(share as usize).collect())
            .collect(),
        _ => seats.map(|seat| vec![seat]).collect(),
    };
    groups
        .into_iter()
        .map(|group| {
            let target = job.target.clone();
            std::thread::Builder::new()
                .name(format!("client-{}", group[0].number))
                .spawn(move || run_group(&target, group))
                .context("Cannot start a thread for a client")
        })
        .collect()
}

/// How many clients each instance holds, as even as can be.
pub fn shares(clients: u32, instances: u32) -> impl Iterator<Item = u32> {
    let more = clients % instances;
    (0..instances).map(move |instance| clients / instances + u32::from(instance < more))
}

fn run_group(target: &Target, seats: Vec<Seat>) {
    match target {
        Target::Sqlite(target) if target.manner.shared => run_shared(target, &seats),
        Target::Sqlite(target) => {
            seats
                .iter()
                .for_each(|seat| seat.report(run_sqlite(target, seat)));
        }
        Target::Noop => seats.iter().for_each(|seat| {
            let mut session = NoopSession;
            let settings = session.settings();
            seat.report(block_on(seat.drive(&mut session, settings)));
        }),
        Target::Postgres(target) => run_together(seats, |seat| {
            let target = target.clone();
            async move { seat.report(run_postgres(&target, &seat).await) }
        }),
        Target::Http(target) => run_together(seats, |seat| {
            let target = target.clone();
            async move { seat.report(run_http(&target, &seat).await) }
        }),
    }
}

fn run_sqlite(target: &sqlite::Target, seat: &Seat) -> Result<()> {
    let connection = sqlite::open(target)?;
    let settings = sqlite::read_back(&connection)?;
    let mut session = SqliteSession::new(&connection, &target.manner)?;
    block_on(seat.drive(&mut session, settings))
}

/// All clients of an instance on one connection: they take turns whenever one of them pauses.
fn run_shared(target: &sqlite::Target, seats: &[Seat]) {
    let result = || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let connection = sqlite::open(target)?;
        let settings = sqlite::read_back(&connection)?;
        let drive = async |seat: &Seat| {
            let mut session = SqliteSession::new(&connection, &target.manner)?;
            seat.drive(&mut session, settings.clone()).await
        };
        runtime.block_on(join_all(
            seats
                .iter()
                .map(async |seat| seat.report(drive(seat).await)),
        ));
        Ok(())
    };
    seats[0].report(result());
}

/// Clients that wait for somebody else's answers take turns on one thread.
fn run_together<F>(seats: Vec<Seat>, drive: impl Fn(Seat) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return seats[0].report(Err(error.into())),
    };
    let tasks = tokio::task::LocalSet::new();
    for seat in seats {
        tasks.spawn_local(drive(seat));
    }
    runtime.block_on(tasks);
}

async fn run_postgres(target: &postgres::Target, seat: &Seat) -> Result<()> {
    let mut session = match PostgresSession::connect(target).await {
        Ok(session) => session,
        // Who has a number of operations to do fails at each of them.
        Err(refused)
            if refused.class == Outcome::TooManyConnections && seat.operations.is_some() =>
        {
            return seat.drive(&mut Refused(refused), Settings::new()).await;
        }
        Err(error) => return Err(error.into()),
    };
    let settings = session.settings().await?;
    seat.drive(&mut session, settings).await?;
    session.close().await;
    Ok(())
}

/// An app tells its settings to whoever started it.
async fn run_http(target: &http::Target, seat: &Seat) -> Result<()> {
    let mut session = HttpSession::new(target, seat.number)?;
    seat.drive(&mut session, Settings::new()).await
}

impl Seat {
    /// Tells the worker why this client could not begin, if it could not.
    fn report(&self, result: Result<()>) {
        if let Err(error) = result {
            self.say(Event::Connected(Err(error)));
        }
    }

    #[cfg(feature = "gate-trial")]
    fn hindered<'s, S: Session>(&self, session: &'s mut S) -> super::hinder::Hindered<'s, S> {
        // Any number that differs from client to client.
        let offset = f64::from(self.number) * 0.618 % 1.0;
        super::hinder::Hindered::new(session, self.harm, offset)
    }

    fn say(&self, event: Event) {
        // The worker hears every client, unless it has failed already.
        let _ = self.events.send(event);
    }

    /// Takes a client from its first statement to its last operation.
    async fn drive<S: Session>(&self, session: &mut S, settings: Settings) -> Result<()> {
        #[cfg(feature = "gate-trial")]
        let session = &mut self.hindered(session);
        let visitor = Drive {
            seat: self,
            session,
            settings,
        };
        workload::with(&self.workload, visitor)
            .await
            .with_context(|| format!("There is no workload {}", self.workload))?
    }
}

/// Drives the client of one seat, whatever its workload.
struct Drive<'a, S> {
    seat: &'a Seat,
    session: &'a mut S,
    settings: Settings,
}

impl<S: Session> Visitor for Drive<'_, S> {
    type Output = Result<()>;

    async fn visit<W: Clients>(self, workload: &'static W) -> Result<()> {
        let Drive {
            seat,
            session,
            settings,
        } = self;
        let Generators {
            retry,
            operations,
            rest: mut random,
        } = Generators::of(seat.seed, seat.number);
        // An app tries again by itself; whoever asked it twice for the same operation would have it
        // done twice.
        let policy = match seat.remote {
            true => &Policy::NEVER,
            false => &seat.retry,
        };
        let mut retry = Retry::new(policy, retry);
        let client = workload.client(seat.number, &seat.terms, operations);
        let client = Remote::new(client, seat.remote.then_some(seat.number));
        let mut client = Numbered::new(client, seat.operations);
        client.prepare(session).await?;
        seat.say(Event::Connected(Ok(settings)));

        let mut start = seat.start.clone();
        let told = start.wait_for(Option::is_some).await?.clone();
        let Start { schedule, arrivals } = told.context("No schedule came")?;
        // Clients that all began in the same instant would find the database locked in the same
        // instant, too, and SQLite's busy handler would have them come back in step ever after.
        // So each begins at a moment of its own within the warm-up, but for its end: by then all
        // are at work.
        let begin = schedule.start + random.random_range(0..=schedule.spread());
        session
            .pause(Duration::from_nanos(begin.saturating_sub(Monotonic.now())))
            .await;
        let schedule = Schedule {
            start: begin,
            ..schedule
        };
        let kinds = workload.kinds();
        let mut session = CountedSession::new(session);
        let result = client::run(
            &mut client,
            &mut session,
            &Monotonic,
            schedule,
            kinds,
            &mut retry,
            arrivals.as_deref(),
        )
        .await;
        let result = result.map(|counts| {
            Box::new(Counts {
                statements: session.sent,
                ..counts
            })
        });
        seat.say(Event::Done(seat.seat, result.map_err(Into::into)));
        // Closing the last connection may make a checkpoint, which is not the work of any commit:
        // until the worker has let go of the schedule, this one stays open.
        while start.changed().await.is_ok() {}
        Ok(())
    }
}
