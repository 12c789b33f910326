//! pgbench, doing what contend's clients do: the same statement, prepared, on the same server over
//! the same transport, in a database that was set up the same way.

mod output;
mod program;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use url::Url;

use crate::lab::Interrupt;
use crate::lab::clock::{cpu_of, ended_children_cpu};
use crate::measure::crosscheck::Figures;
use crate::subject::engine::{LOCK_TIMEOUT_MS, postgres::Target};
use crate::workload::{counters, increment};
use output::Summary;
pub use program::{NoPgbench, Pgbench};

/// How long it may take beyond its time: connecting, and one lock timeout at the end.
const TO_FINISH: Duration = Duration::from_secs(30);

/// How often a wait looks whether it is over.
const GLANCE: Duration = Duration::from_millis(20);

/// How long it warms up, in seconds: until its first report of progress.
pub const WARM_UP: u32 = 1;

/// What pgbench is to do.
pub struct Task<'a> {
    /// The database and the settings of its sessions.
    pub target: &'a Target,
    /// The workload, one of the increments.
    pub workload: &'a str,
    /// How many clients.
    pub clients: u32,
    /// How many threads hold them.
    pub threads: u32,
    /// How long to measure after its warm-up: whole seconds, since it counts no others.
    pub seconds: u32,
    /// A directory for its script.
    pub directory: &'a Path,
}

/// What pgbench did.
#[derive(Debug)]
pub struct Done {
    /// Within the measured stretch.
    pub figures: Figures,
    /// Every transaction it committed, those of its warm-up included.
    pub processed: u64,
}

impl Pgbench {
    /// Runs it.
    ///
    /// # Errors
    /// Whatever keeps it from doing all of its task, in its own words.
    pub fn run(&self, task: &Task<'_>, interrupt: &Interrupt) -> Result<Done> {
        let script = script(task)?;
        let mut command = self.command(task, &script)?;
        let children_before = ended_children_cpu();
        let mut running = Running(
            command
                .spawn()
                .with_context(|| format!("Cannot run {}", self.path().display()))?,
        );
        let process = running.0.id();
        let stdout = running.0.stdout.take().expect("stdout is a pipe");
        let stderr = running.0.stderr.take().expect("stderr is a pipe");
        // Its first report of progress ends the warm-up: what it used until then is noted at once.
        let (tell, hear) = mpsc::channel();
        let listener = thread::spawn(move || {
            let mut said = String::new();
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(progress) = output::progress(&line) {
                    let _ = tell.send((progress, cpu_of(process)));
                } else {
                    said.push_str(line.trim());
                    said.push(' ');
                }
            }
            said
        });
        let reader = thread::spawn(move || {
            let mut text = String::new();
            let _ = BufReader::new(stdout).read_to_string(&mut text);
            text
        });
        let end = Instant::now() + Duration::from_secs(task.seconds.into()) + TO_FINISH;
        let status = loop {
            if let Some(status) = running.0.try_wait()? {
                break status;
            }
            ensure!(Instant::now() < end, "pgbench does not come to an end");
            interrupt.sleep(GLANCE)?;
        };
        let used = ended_children_cpu().saturating_sub(children_before);
        let (text, said) = (reader.join(), listener.join());
        let (text, said) = (text.unwrap_or_default(), said.unwrap_or_default());
        if !status.success() {
            bail!("pgbench failed ({status}): {}", said.trim());
        }
        let summary = Summary::parse(&text)
            .with_context(|| format!("pgbench's summary is not understood: {text}"))?;
        let (warm_up, cpu_before) = hear
            .try_iter()
            .next()
            .context("pgbench did not report its first second")?;
        let (committed, seconds) = summary.after(&warm_up).ok_or_else(|| {
            anyhow!(
                "pgbench did nothing after its first second: {}",
                said.trim()
            )
        })?;
        Ok(Done {
            processed: summary.processed,
            figures: Figures {
                committed,
                errors: summary.failed,
                seconds,
                cpu_seconds: cpu_before.map(|before| used.saturating_sub(before) as f64 / 1e9),
            },
        })
    }

    fn command(&self, task: &Task<'_>, script: &Path) -> Result<Command> {
        let server = Url::parse(task.target.url.expose()).context("The server's URL")?;
        let connection = program::connection(&server);
        let mut command = Command::new(self.path());
        command
            .args(["--no-vacuum", "--protocol=prepared"])
            .arg(format!("--progress={WARM_UP}"))
            .arg(format!("--client={}", task.clients))
            .arg(format!("--jobs={}", task.threads))
            .arg(format!("--time={}", task.seconds + WARM_UP))
            .arg("--file")
            .arg(script)
            .arg(connection.without_password)
            .env(
                "PGOPTIONS",
                format!(
                    "{} -c synchronous_commit={} -c lock_timeout={LOCK_TIMEOUT_MS}",
                    connection.options, task.target.synchronous_commit
                )
                .trim_start(),
            )
            // Messages and numbers as they are parsed here.
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C at the terminal is for the parent, which ends it.
            .process_group(0);
        if let Some(password) = connection.password {
            command.env("PGPASSWORD", password);
        }
        Ok(command)
    }
}

/// Writes the script: a random key and the statement of the workload.
fn script(task: &Task<'_>) -> Result<std::path::PathBuf> {
    let keys = increment::keys_of(task.workload).context("pgbench is held against increments")?;
    let path = task.directory.join("pgbench.sql");
    let text = format!(
        "\\set key random(1, {keys})\n{};\n",
        counters::INCREMENT.replace("$1", ":key")
    );
    fs::write(&path, text).with_context(|| format!("Cannot write {}", path.display()))?;
    Ok(path)
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
