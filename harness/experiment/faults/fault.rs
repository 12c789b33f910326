//! What breaks, and how it is brought about.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use crate::load::system::Instances;
use crate::load::trial::Scene;
use crate::measure::Engine;
use crate::subject::engine::http::{HttpSession, Target};
use crate::subject::session::{DbError, Session as _, Value};
use crate::workload::{Tally, api};

/// How long before the fault the instance that is paused with the lock is asked to take it.
const AHEAD: Duration = Duration::from_millis(200);

/// How long it is asked to hold the lock: it is paused in the middle.
const HELD: Duration = Duration::from_millis(400);

/// The instance that is struck.
const STRUCK: usize = 0;

/// As far as files may be written on a disk that is full: a page of SQLite's, which is less than any log
/// or journal takes, be it SQLite's or PostgreSQL's.
const ROOM: u64 = 4_096;

/// Something that breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An instance is killed, and started again later.
    Killed,
    /// An instance is paused, and goes on later.
    Paused,
    /// The same, in the middle of a transaction that holds the lock.
    PausedWithLock,
    /// PostgreSQL is killed, and started again at once.
    ServerKilled,
    /// Nothing more can be written, and later it can again.
    DiskFull,
}

/// When, after the beginning of the stretch.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// When it breaks.
    pub fault: Duration,
    /// When it is undone.
    pub undone: Duration,
}

impl Fault {
    /// Every one.
    pub const ALL: [Fault; 5] = [
        Fault::Killed,
        Fault::Paused,
        Fault::PausedWithLock,
        Fault::ServerKilled,
        Fault::DiskFull,
    ];

    /// Its name, as observations have it.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Killed => "instance-killed",
            Fault::Paused => "instance-paused",
            Fault::PausedWithLock => "instance-paused-with-lock",
            Fault::ServerKilled => "server-killed",
            Fault::DiskFull => "disk-full",
        }
    }

    /// Whether it can befall this engine.
    pub fn befalls(self, engine: Engine) -> bool {
        match self {
            Fault::Killed | Fault::Paused | Fault::PausedWithLock | Fault::DiskFull => {
                engine != Engine::Noop
            }
            Fault::ServerKilled => engine == Engine::Postgres,
        }
    }

    /// Breaks it and undoes that, at these times; what it had the app store itself.
    ///
    /// # Errors
    /// If it cannot be broken, or not undone; or when the user wants the run to end.
    pub fn strike(self, engine: Engine, times: Times, scene: &Scene<'_>) -> Result<Tally> {
        let instances = scene.system.instances();
        match self {
            Fault::Killed => {
                scene.wait_until(times.fault)?;
                instances.kill(STRUCK)?;
                scene.wait_until(times.undone)?;
                scene.system.restart(STRUCK, scene.interrupt)?;
            }
            Fault::Paused => pause(times, instances, scene)?,
            Fault::PausedWithLock => return pause_with_lock(times, instances, scene),
            Fault::ServerKilled => {
                scene.wait_until(times.fault)?;
                scene.server.context("There is no server")?.crash()?;
            }
            Fault::DiskFull if engine == Engine::Postgres => fill_servers_disk(times, scene)?,
            Fault::DiskFull => {
                let every = 0..instances.addresses().len();
                scene.wait_until(times.fault)?;
                every
                    .clone()
                    .try_for_each(|index| instances.limit_files(index, Some(ROOM)))?;
                scene.wait_until(times.undone)?;
                every
                    .clone()
                    .try_for_each(|index| instances.limit_files(index, None))?;
            }
        }
        Ok(Tally::default())
    }
}

fn pause(times: Times, instances: &dyn Instances, scene: &Scene<'_>) -> Result<()> {
    scene.wait_until(times.fault)?;
    instances.pause(STRUCK)?;
    scene.wait_until(times.undone)?;
    instances.resume(STRUCK)
}

/// Lets PostgreSQL write no more, for which it ends, and starts it again when it can.
fn fill_servers_disk(times: Times, scene: &Scene<'_>) -> Result<()> {
    let server = scene.server.context("There is no server")?;
    scene.wait_until(times.fault)?;
    let full = server.fill_disk(ROOM)?;
    let waited = scene.wait_until(times.undone);
    // Other trials need it, too.
    server.free_disk(&full)?;
    waited
}

/// Pauses an instance that was asked to hold the lock just before. That request is an increment, too,
/// which is acknowledged once the instance goes on.
fn pause_with_lock(times: Times, instances: &dyn Instances, scene: &Scene<'_>) -> Result<Tally> {
    let addresses = instances.addresses();
    let address = addresses.into_iter().nth(STRUCK);
    let address = address.context("There is no instance")?;
    scene.wait_until(times.fault.saturating_sub(AHEAD))?;
    std::thread::scope(|scope| {
        let holding = scope.spawn(move || hold(address));
        let paused = pause(times, instances, scene);
        if paused.is_err() {
            // Whoever is asked answers only when it goes on.
            let _ = instances.resume(STRUCK);
        }
        let held = holding.join().map_err(|_| anyhow!("A client panicked"))?;
        paused?;
        held.context("The lock was not held")?;
        Ok(Tally {
            units: 1,
            checksum: 0,
        })
    })
}

/// Has an instance increment the clients' counter in a transaction that takes its time.
fn hold(address: String) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let target = Target {
        addresses: vec![address],
        remote: false,
    };
    let held = async {
        let mut session = HttpSession::new(&target, 0)?;
        let request = r#"POST /api/hold {"key":$1,"milliseconds":$2}"#;
        let statement = session.prepare(request).await?;
        let values = [
            Value::Text(api::KEY),
            Value::Integer(HELD.as_millis() as i64),
        ];
        session.execute(statement, &values).await
    };
    let held: Result<u64, DbError> = runtime.block_on(held);
    held?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_held_from_before_the_fault_until_after_it() {
        assert!(AHEAD < HELD);
    }

    #[test]
    fn each_fault_befalls_an_engine_that_it_can_befall() {
        let names = |engine| {
            let befall = Fault::ALL.into_iter().filter(|fault| fault.befalls(engine));
            befall.map(Fault::name).collect::<Vec<_>>()
        };
        let apps = [
            "instance-killed",
            "instance-paused",
            "instance-paused-with-lock",
        ];
        assert_eq!(
            names(Engine::Postgres),
            [&apps[..], &["server-killed", "disk-full"]].concat()
        );
        assert_eq!(names(Engine::Sqlite), [&apps[..], &["disk-full"]].concat());
        assert!(names(Engine::Noop).is_empty());
    }
}
