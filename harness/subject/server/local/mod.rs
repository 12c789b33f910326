//! A throwaway cluster from the PostgreSQL binaries on this machine.

mod account;
mod binaries;
mod cluster;
mod full;
mod throwaway;

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::lab::{Interrupt, Interrupted, place_of};
use crate::measure::Provision;

use super::{Found, Keeper, Order, Progress, ProvideError, Secret, ServerUrl, child};
pub(super) use account::Account;
pub(super) use binaries::Binaries;
pub use binaries::directories as binary_directories;
use cluster::Cluster;
pub use throwaway::Crash;
pub(super) use throwaway::Throwaway;

/// How long a fresh cluster may take until it listens.
const START: Duration = Duration::from_secs(60);
/// How often another port is tried when somebody took the one that was free.
const PORTS: u32 = 5;

/// Why there is no throwaway cluster. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// No binaries.
    #[error(
        "No PostgreSQL 14 or newer was found on this machine{found}: install its server package \
         (Debian: apt install postgresql, macOS: brew install postgresql@18), or put the directory of \
         initdb and postgres on PATH."
    )]
    NoBinaries {
        /// Which older ones were found, e.g. ` (only 13.4)`.
        found: String,
    },
    /// Root without somebody to become.
    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody: \
         create one, or run as another user."
    )]
    NoAccount,
    /// The other user cannot get there.
    #[error(
        "User {user} must run PostgreSQL but may not pass through {}: let it (chmod a+x), or choose \
         another directory for the databases.",
        directory.display()
    )]
    Closed {
        /// Who.
        user: String,
        /// The directory that is closed.
        directory: PathBuf,
    },
    /// Somebody else's server.
    #[error("Only a server of the run's own is killed on purpose.")]
    NotThrowaway,
    /// `initdb` failed.
    #[error("initdb failed: {0}")]
    Initdb(String),
    /// The server ended, or never listened.
    #[error("PostgreSQL did not start: {0}")]
    Start(String),
    /// The system refused.
    #[error("Cannot {action}: {source}.")]
    Io {
        /// What failed.
        action: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Why [`start`] came back without a server.
pub(super) enum Failed {
    Interrupted(Interrupted),
    Local(LocalError),
}

impl From<LocalError> for Failed {
    fn from(error: LocalError) -> Self {
        Self::Local(error)
    }
}

impl From<Interrupted> for Failed {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}

impl From<Failed> for ProvideError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Interrupted(interrupted) => interrupted.into(),
            Failed::Local(error) => error.into(),
        }
    }
}

/// Makes a cluster from the newest binaries on this machine.
pub(super) fn start(order: &Order<'_>) -> Result<Found, Failed> {
    (order.tell)(Progress::Trying(Provision::Local));
    let binaries = Binaries::newest()?;
    let account = Account::for_server()?;
    start_from(order, binaries, account)
}

/// Makes a cluster from these binaries in the scratch directory and starts it on a free port of 127.0.0.1.
pub(super) fn start_from(
    order: &Order<'_>,
    binaries: Binaries,
    account: Option<Account>,
) -> Result<Found, Failed> {
    let home = create_home(order, account.as_ref())?;
    let data = home.join("data");
    let password = Secret::random();
    initdb(order, &binaries, account.as_ref(), &home, &password)?;
    let server = listen(order.interrupt, binaries, account, home)?;
    let url = ServerUrl::plain("127.0.0.1", server.port(), "postgres", &password)
        .map_err(|error| LocalError::Start(error.to_string()))?;
    Ok(Found {
        keeper: Keeper::Local(server),
        provision: Provision::Local,
        url,
        transport: "TCP on 127.0.0.1".to_owned(),
        image: None,
        package: None,
        data: place_of(&data).ok(),
    })
}

/// Which binaries there are, and whether a cluster of theirs could have its data in `directory`.
/// Nothing is started.
pub(super) fn inspect(directory: &Path) -> Result<String, LocalError> {
    let found = Binaries::newest()?.described();
    let user = runs_as(directory, Account::for_server()?.as_ref())?;
    Ok(format!("{found}{user}"))
}

/// Who would run a server with its data in `directory`, in words that follow others.
pub(super) fn runs_as(directory: &Path, account: Option<&Account>) -> Result<String, LocalError> {
    Ok(match account {
        None => String::new(),
        Some(account) => {
            account.can_reach(&directory.join("cluster"))?;
            format!(", to run as user {}", account.name)
        }
    })
}

/// A directory for data, log and password file, owned by who runs the server.
fn create_home(order: &Order<'_>, account: Option<&Account>) -> Result<PathBuf, LocalError> {
    let home = order
        .fresh_directory("local", 0o700)
        .map_err(|source| cannot("create a directory for the cluster".into(), source))?;
    if let Some(account) = account {
        account.can_reach(&home)?;
        chown(&home, Some(account.uid), Some(account.gid))
            .map_err(|source| cannot(format!("give {} away", home.display()), source))?;
    }
    Ok(home)
}

/// Makes the cluster: defaults, but passwords are asked for and text is bytes in order (C locale).
fn initdb(
    order: &Order<'_>,
    binaries: &Binaries,
    account: Option<&Account>,
    home: &Path,
    password: &Secret,
) -> Result<(), Failed> {
    let password_file = home.join("password");
    fs::write(&password_file, password.expose())
        .and_then(|()| fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600)))
        .and_then(|()| match account {
            Some(account) => chown(&password_file, Some(account.uid), Some(account.gid)),
            None => Ok(()),
        })
        .map_err(|source| cannot(format!("write {}", password_file.display()), source))?;
    let log = home.join("initdb.log");
    let mut command = command(&binaries.initdb, account, home, &log)?;
    command
        .arg("--pgdata")
        .arg(home.join("data"))
        .args(["--username=postgres", "--auth=scram-sha-256"])
        .args(["--encoding=UTF8", "--no-locale"])
        .arg("--pwfile")
        .arg(&password_file);
    let ended = child::run(&mut command, order.interrupt)?;
    let status =
        ended.map_err(|source| cannot(format!("run {}", binaries.initdb.display()), source))?;
    // Nobody needs it any more, whatever came of it.
    drop(fs::remove_file(&password_file));
    if status.success() {
        Ok(())
    } else {
        Err(LocalError::Initdb(tail(&log)).into())
    }
}

/// Starts the server on a port that is free now; if somebody takes it first, on another.
fn listen(
    interrupt: &Interrupt,
    binaries: Binaries,
    account: Option<Account>,
    home: PathBuf,
) -> Result<Throwaway, Failed> {
    for attempt in 1.. {
        let port = free_port().map_err(|source| cannot("find a free port".into(), source))?;
        let cluster = launch(&binaries, account.as_ref(), &home, port)?;
        if is_up(&cluster, &home, port, interrupt)? {
            return Ok(Throwaway::new(binaries, account, home, port, cluster));
        }
        let said = tail(&server_log(&home));
        if attempt == PORTS
            || !said.contains("could not bind") && !said.contains("could not create any TCP")
        {
            return Err(LocalError::Start(said).into());
        }
    }
    unreachable!("the loop above returns")
}

/// Starts a postmaster on the data in `home`.
fn launch(
    binaries: &Binaries,
    account: Option<&Account>,
    home: &Path,
    port: u16,
) -> Result<Cluster, LocalError> {
    let mut command = command(&binaries.postgres, account, home, &server_log(home))?;
    command
        .arg("-D")
        .arg(home.join("data"))
        .args(["-c", "listen_addresses=127.0.0.1"])
        .args(["-c", &format!("port={port}")])
        // No socket file: a directory's name may be too long for one.
        .args(["-c", "unix_socket_directories="]);
    Cluster::spawn(command)
        .map_err(|source| cannot(format!("run {}", binaries.postgres.display()), source))
}

/// Waits until the postmaster is ready; `false` if it ended instead.
fn is_up(cluster: &Cluster, home: &Path, port: u16, interrupt: &Interrupt) -> Result<bool, Failed> {
    let end = Instant::now() + START;
    loop {
        if is_ready(&home.join("data"), cluster.pid(), port) {
            return Ok(true);
        }
        if cluster.has_ended() {
            return Ok(false);
        }
        if Instant::now() > end {
            let sentence = format!("it was not ready within {} s.", START.as_secs());
            return Err(LocalError::Start(sentence).into());
        }
        interrupt.sleep(Duration::from_millis(20))?;
    }
}

fn server_log(home: &Path) -> PathBuf {
    home.join("server.log")
}

/// `postmaster.pid` says that it is ready in its eighth line, who it is in its first, and for which port
/// in its fourth. Neither somebody else's server on the same port nor the file of one that was killed
/// is taken for it.
fn is_ready(data: &Path, pid: u32, port: u16) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.first() == Some(&pid.to_string().as_str())
        && lines.get(3) == Some(&port.to_string().as_str())
        && lines.get(7) == Some(&"ready")
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// A command that runs as `account` in `home`, with its output in `log` and none of this process's
/// PG* variables.
fn command(
    program: &Path,
    account: Option<&Account>,
    home: &Path,
    log: &Path,
) -> Result<Command, LocalError> {
    let output = fs::File::create(log)
        .and_then(|file| Ok((file.try_clone()?, file)))
        .map_err(|source| cannot(format!("write {}", log.display()), source))?;
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        // macOS refuses a server without a locale in its environment.
        .env("LC_ALL", "C")
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(output.0)
        .stderr(output.1);
    if let Some(account) = account {
        account.apply(&mut command);
    }
    Ok(command)
}

/// The last lines of a log, as one.
fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines[lines.len().saturating_sub(4)..].join(" / ")
}

fn cannot(action: String, source: io::Error) -> LocalError {
    LocalError::Io { action, source }
}
