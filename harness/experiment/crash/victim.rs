//! A writer, seen from the process that starts and kills it and survives.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::writer::{Job, Said};
use crate::experiment::Lab;

/// How often a wait looks whether the user interrupted it.
const GLANCE: Duration = Duration::from_millis(50);

/// How long a writer may take for anything it is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A writer that is alive. Dropping it kills it.
pub struct Victim {
    process: Child,
    /// It exits when this closes.
    stdin: ChildStdin,
    said: mpsc::Receiver<Said>,
    ending: Ending,
}

/// How a writer ended.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// The signal that ended it; `None` if it exited by itself.
    pub signal: Option<i32>,
    /// The number of its last acknowledged transaction; the one before its first if there is none.
    pub acknowledged: i64,
    /// Why it could not go on, if it said so.
    pub failed: Option<String>,
}

impl Victim {
    /// Starts a writer, which is then connected and waits.
    pub fn start(lab: &Lab<'_>, job: &Job) -> Result<Victim> {
        let mut process = Command::new(lab.executable)
            .arg("crash-writer")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C at the terminal is for the parent, which ends its writers in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("Cannot start a writer from {}", lab.executable.display()))?;
        let stdout = process.stdout.take().expect("stdout is a pipe");
        let stdin = process.stdin.take().expect("stdin is a pipe");
        let (sender, said) = mpsc::channel();
        std::thread::spawn(move || {
            // What a killed writer left is read to its end; it says each line in one write.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let said = serde_json::from_str(&line)
                    .unwrap_or_else(|_| Said::Failed(format!("It said \"{line}\".")));
                if sender.send(said).is_err() {
                    return;
                }
            }
        });
        let mut victim = Victim {
            process,
            stdin,
            said,
            ending: Ending {
                acknowledged: job.next - 1,
                ..Ending::default()
            },
        };
        victim.tell(&serde_json::to_string(job)?)?;
        victim.hear_until(lab, &Said::Ready)?;
        match victim.ending.failed.take() {
            None => Ok(victim),
            Some(reason) => bail!("A writer could not begin: {reason}"),
        }
    }

    /// Has it write.
    pub fn go(&mut self) -> Result<()> {
        self.tell("\"go\"")
    }

    /// Waits until it says this, fails or ends.
    pub fn hear_until(&mut self, lab: &Lab<'_>, wanted: &Said) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.ending.failed.is_none() {
            lab.check()?;
            match self.said.recv_timeout(GLANCE) {
                Ok(said) => {
                    let heard = said == *wanted;
                    self.note(said);
                    if heard {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let ended = "it ended without a word".to_owned();
                    self.ending.failed = Some(ended);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) => {
                    bail!(
                        "A writer did not say {wanted:?} within {} s",
                        PATIENCE.as_secs()
                    )
                }
            }
        }
        Ok(())
    }

    /// Kills it with SIGKILL, unless it has ended; how it ended, and what it had said until then.
    pub fn kill(mut self) -> Result<Ending> {
        self.process.kill().context("Cannot kill a writer")?;
        self.end()
    }

    /// Waits until it has written what it was to write, or failed.
    pub fn done(mut self, lab: &Lab<'_>) -> Result<Ending> {
        let deadline = Instant::now() + PATIENCE;
        while self.process.try_wait()?.is_none() {
            lab.check()?;
            if Instant::now() > deadline {
                bail!("A writer did not end within {} s", PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.end()
    }

    fn end(&mut self) -> Result<Ending> {
        self.ending.signal = self.process.wait()?.signal();
        while let Ok(said) = self.said.recv() {
            self.note(said);
        }
        Ok(self.ending.clone())
    }

    fn note(&mut self, said: Said) {
        match said {
            Said::Committed(seq) => self.ending.acknowledged = seq,
            Said::Failed(reason) => self.ending.failed = Some(reason),
            Said::Ready | Said::Halted => {}
        }
    }

    fn tell(&mut self, line: &str) -> Result<()> {
        let line = format!("{line}\n");
        self.stdin
            .write_all(line.as_bytes())
            .context("Cannot write to a writer")
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // One that has ended already is not an error.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
