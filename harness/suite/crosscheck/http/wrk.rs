//! wrk, a load generator in C that does nothing but ask (github.com/wg/wrk).

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use thiserror::Error;

use super::output::Summary;
use crate::lab::Interrupt;
use crate::lab::clock::ended_children_cpu;
use crate::measure::crosscheck::Figures;

/// How long it may take beyond its time.
const TO_FINISH: Duration = Duration::from_secs(30);

/// How often a wait looks whether it is over.
const GLANCE: Duration = Duration::from_millis(20);

/// There is no wrk.
#[derive(Debug, Error)]
#[error(
    "There is no wrk on this machine to hold the clients of apps against: install it (Debian: apt install wrk, \
     macOS: brew install wrk), or put its directory on PATH."
)]
pub struct NoWrk;

/// A wrk that runs.
#[derive(Debug)]
pub struct Wrk {
    path: PathBuf,
    version: String,
}

impl Wrk {
    /// The first on `PATH`.
    ///
    /// # Errors
    /// If there is none.
    pub fn find() -> Result<Wrk, NoWrk> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .find_map(|directory| Wrk::in_directory(&directory))
            .ok_or(NoWrk)
    }

    fn in_directory(directory: &Path) -> Option<Wrk> {
        let path = directory.join("wrk");
        if !directory.is_absolute() || !path.is_file() {
            return None;
        }
        // It tells its version and then, with exit code 1, how it is used.
        let output = Command::new(&path).arg("-v").output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said.strip_prefix("wrk ")?.split(" [").next()?;
        Some(Wrk {
            version: version.to_owned(),
            path,
        })
    }

    /// Its version, e.g. `debian/4.1.0-3+b2`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Asks for this URL on so many connections from one thread, for the next whole number of seconds,
    /// since it counts no others.
    ///
    /// # Errors
    /// Whatever keeps it from its work, or an answer that was an error.
    pub fn run(
        &self,
        url: &str,
        connections: u32,
        seconds: f64,
        interrupt: &Interrupt,
    ) -> Result<Figures> {
        let cpu_before = ended_children_cpu();
        let mut running = Running(
            Command::new(&self.path)
                .args(["--threads", "1", "--connections"])
                .arg(connections.to_string())
                .arg("--duration")
                .arg(format!("{}s", seconds.ceil()))
                .arg(url)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                // A Ctrl-C at the terminal is for the parent, which ends it.
                .process_group(0)
                .spawn()
                .with_context(|| format!("Cannot run {}", self.path.display()))?,
        );
        // What it prints fits into a pipe.
        let end = Instant::now() + Duration::from_secs_f64(seconds.ceil()) + TO_FINISH;
        while running.0.try_wait()?.is_none() {
            ensure!(Instant::now() < end, "wrk does not come to an end");
            interrupt.sleep(GLANCE)?;
        }
        let cpu = ended_children_cpu().saturating_sub(cpu_before);
        let stdout = running.0.stdout.take().context("stdout is a pipe")?;
        let text = std::io::read_to_string(stdout)?;
        let summary = Summary::parse(&text)
            .with_context(|| format!("wrk's summary is not understood: {text}"))?;
        if summary.errors > 0 {
            bail!("wrk met {} errors", summary.errors);
        }
        Ok(Figures {
            committed: summary.requests,
            errors: 0,
            seconds: summary.seconds,
            cpu_seconds: Some(cpu as f64 / 1e9),
        })
    }
}

/// Ends the process when it is dropped, if it still runs.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already is not an error.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
