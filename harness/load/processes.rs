//! Instances as processes of their own: starting them, hearing them, and never leaving one behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail};

use super::protocol::{Answer, Done, Job};
use super::recorder::Schedule;
use crate::lab::interrupt::Interrupt;
use crate::subject::engine::Settings;

/// How much of a worker's stderr is kept, from its end, in bytes.
const STDERR_KEPT: usize = 4_096;

/// How often a wait looks whether the user interrupted it.
const GLANCE: Duration = Duration::from_millis(50);

/// The workers of one trial. Dropping them kills those that still run.
pub struct Workers {
    workers: Vec<Worker>,
    answers: mpsc::Receiver<(usize, Option<String>)>,
    /// Workers that have closed their stdout, which they do when they end.
    ended: Vec<usize>,
    interrupt: Interrupt,
}

struct Worker {
    process: Child,
    stdin: Option<ChildStdin>,
    stderr: Arc<Mutex<Vec<u8>>>,
}

impl Workers {
    /// Starts a worker for each job: the executable, with the argument `worker`.
    pub fn start(executable: &Path, jobs: &[Job], interrupt: &Interrupt) -> Result<Workers> {
        Workers::start_as("worker", executable, jobs, interrupt)
    }

    /// The same with another hidden subcommand, which speaks the protocol of workers.
    pub fn start_as(
        subcommand: &str,
        executable: &Path,
        jobs: &[Job],
        interrupt: &Interrupt,
    ) -> Result<Workers> {
        let (sender, answers) = mpsc::channel();
        let mut workers = Workers {
            workers: Vec::new(),
            answers,
            ended: Vec::new(),
            interrupt: interrupt.clone(),
        };
        for (index, job) in jobs.iter().enumerate() {
            let mut process = Command::new(executable)
                .arg(subcommand)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                // A Ctrl-C at the terminal is for the parent, which ends its workers in order.
                .process_group(0)
                .spawn()
                .with_context(|| format!("Cannot start a worker from {}", executable.display()))?;
            let stdout = process.stdout.take().expect("stdout is a pipe");
            let stderr = process.stderr.take().expect("stderr is a pipe");
            let stdin = process.stdin.take();
            let said = Arc::new(Mutex::new(Vec::new()));
            workers.workers.push(Worker {
                process,
                stdin,
                stderr: Arc::clone(&said),
            });
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if sender.send((index, Some(line))).is_err() {
                        return;
                    }
                }
                let _ = sender.send((index, None));
            });
            std::thread::spawn(move || keep_end(stderr, &said));
            workers.workers[index].tell(job)?;
        }
        Ok(workers)
    }

    /// Waits until every worker is ready; their settings as read back, which must be the same.
    pub fn ready(&mut self, within: Duration) -> Result<Settings> {
        let all = self.hear_all(within, "to connect", |answer| match answer {
            Answer::Ready { settings } => Ok(settings),
            other => Err(other),
        })?;
        // Where nothing is stored, or nobody was let in, there is nothing to read back.
        let mut all = all.into_iter().filter(|settings| !settings.is_empty());
        let first = all.next().unwrap_or_default();
        match all.find(|settings| *settings != first) {
            None => Ok(first),
            Some(other) => {
                bail!("Two workers read back different settings: {first:?} and {other:?}.")
            }
        }
    }

    /// Tells every worker when to start.
    pub fn begin(&mut self, schedule: &Schedule) -> Result<()> {
        self.workers
            .iter_mut()
            .try_for_each(|worker| worker.tell(schedule))
    }

    /// Waits until every worker is through and has exited; what each did, in the order of the jobs.
    pub fn done(mut self, within: Duration) -> Result<Vec<Done>> {
        let all = self.hear_all(within, "to finish", |answer| match answer {
            Answer::Done(done) => Ok(*done),
            other => Err(other),
        })?;
        // Each now closes its connections; the last one of an SQLite file may make a checkpoint.
        let deadline = Instant::now() + within;
        for index in 0..self.workers.len() {
            let status = loop {
                if let Some(status) = self.workers[index].process.try_wait()? {
                    break status;
                }
                self.interrupt.check()?;
                if Instant::now() > deadline {
                    bail!(self.describe(index, "is through with its clients but does not exit"));
                }
                std::thread::sleep(Duration::from_millis(1));
            };
            if !status.success() {
                let what = format!("died as it closed its connections ({status})");
                bail!(self.describe(index, &what));
            }
        }
        self.workers.clear();
        Ok(all)
    }

    /// Waits for one answer of each worker.
    fn hear_all<T>(
        &mut self,
        within: Duration,
        what_for: &str,
        accept: impl Fn(Answer) -> Result<T, Answer>,
    ) -> Result<Vec<T>> {
        let deadline = Instant::now() + within;
        let mut heard: Vec<Option<T>> = self.workers.iter().map(|_| None).collect();
        while heard.iter().any(Option::is_none) {
            self.interrupt.check()?;
            if let Some(dead) = self.ended.iter().find(|index| heard[**index].is_none()) {
                return Err(self.died(*dead, what_for));
            }
            let (index, line) = match self.answers.recv_timeout(GLANCE) {
                Ok(answer) => answer,
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => continue,
                Err(_) => {
                    let silent = heard.iter().position(Option::is_none).unwrap_or_default();
                    bail!(self.describe(
                        silent,
                        &format!(
                            "did not answer within {} s when asked {what_for}",
                            within.as_secs()
                        )
                    ));
                }
            };
            let Some(line) = line else {
                // One that has said all it had to say may end while others are still at work.
                self.ended.push(index);
                continue;
            };
            let answer: Answer = serde_json::from_str(&line).map_err(|_| {
                anyhow!(self.describe(index, &format!("answered nonsense: {line}")))
            })?;
            match accept(answer) {
                Ok(accepted) => heard[index] = Some(accepted),
                Err(Answer::Failed { reason }) => bail!(reason),
                Err(_) => bail!(self.describe(index, "answered out of turn")),
            }
        }
        Ok(heard.into_iter().flatten().collect())
    }

    fn died(&mut self, index: usize, what_for: &str) -> Error {
        // Its stderr may still be on its way. One that closed its stdout and lives on is of no use.
        std::thread::sleep(GLANCE);
        let _ = self.workers[index].process.kill();
        let status = match self.workers[index].process.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        anyhow!(self.describe(index, &format!("died when asked {what_for} ({status})")))
    }

    fn describe(&self, index: usize, what: &str) -> String {
        let stderr = self.workers[index]
            .stderr
            .lock()
            .expect("no thread panics with it");
        let stderr = String::from_utf8_lossy(&stderr);
        let number = index + 1;
        match stderr.trim() {
            "" => format!("Worker {number} {what} and wrote nothing to stderr."),
            text => format!("Worker {number} {what}; its stderr: {text}"),
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            // One that has exited already is not an error.
            let _ = worker.process.kill();
            let _ = worker.process.wait();
        }
    }
}

impl Worker {
    fn tell<T: serde::Serialize>(&mut self, message: &T) -> Result<()> {
        let mut line = serde_json::to_string(message)?;
        line.push('\n');
        let stdin = self.stdin.as_mut().context("The worker was let go")?;
        match stdin
            .write_all(line.as_bytes())
            .and_then(|()| stdin.flush())
        {
            // A worker that died says so by closing its stdout, with its status and stderr.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("Cannot write to a worker"),
        }
    }
}

/// Reads to the end, keeping the last part.
pub(super) fn keep_end(mut from: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1_024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let mut kept = kept.lock().expect("no thread panics with it");
        kept.extend_from_slice(&buffer[..read]);
        let excess = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..excess);
    }
}
