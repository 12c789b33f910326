//! The app as local processes, where no Docker runs.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use super::{Instances, STOP, Setup};
use crate::lab::limit;
use crate::load::processes::keep_end;

/// Instances that are processes.
pub struct Processes {
    instances: Vec<Instance>,
}

struct Instance {
    address: String,
    state: Mutex<State>,
    said: Arc<Mutex<Vec<u8>>>,
    command: Start,
}

struct State {
    process: Child,
    /// Whether it was killed on purpose.
    killed: bool,
    paused: bool,
}

/// What it takes to start an instance.
struct Start {
    executable: std::path::PathBuf,
    environment: Vec<(String, String)>,
}

/// The first line of an instance.
#[derive(Deserialize)]
struct Listening {
    listening: String,
}

impl Processes {
    /// Starts every instance; they listen, and may not be healthy yet.
    pub fn start(setup: &Setup<'_>) -> Result<Processes> {
        let mut instances = Vec::new();
        for number in 1..=setup.instances {
            let mut environment: Vec<(String, String)> = setup
                .environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            environment.push(("CONTAINER_ID".to_owned(), format!("app-{number}")));
            let start = Start {
                executable: setup.executable.to_owned(),
                environment,
            };
            let said = Arc::default();
            let (process, address) = start.start(0, &said)?;
            instances.push(Instance {
                address,
                state: Mutex::new(State::running(process)),
                said,
                command: start,
            });
        }
        Ok(Processes { instances })
    }
}

impl State {
    fn running(process: Child) -> State {
        State {
            process,
            killed: false,
            paused: false,
        }
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, signal).context("Cannot signal an instance of the app")
    }
}

impl Start {
    /// Starts an instance on a port, 0 for any; its address.
    fn start(&self, port: u16, said: &Arc<Mutex<Vec<u8>>>) -> Result<(Child, String)> {
        let mut process = Command::new(&self.executable)
            .arg("serve")
            .arg("--while-stdin-is-open")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            // It ends with its parent, whatever way that ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C at the terminal is for the parent.
            .process_group(0)
            .spawn()
            .with_context(|| format!("Cannot start the app from {}", self.executable.display()))?;
        let stdout = process.stdout.take().context("stdout is a pipe")?;
        let stderr = process.stderr.take().context("stderr is a pipe")?;
        let kept = Arc::clone(said);
        let errors = std::thread::spawn(move || keep_end(stderr, &kept));
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let first = stdout.read_line(&mut line);
        let listening = first.ok().and_then(|_| serde_json::from_str(&line).ok());
        let Some(Listening { listening }) = listening else {
            let _ = process.kill();
            let status = process.wait()?;
            let _ = errors.join();
            bail!(
                "An instance of the app does not listen: {}",
                describe(status, said)
            );
        };
        // The log of its requests would fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        Ok((process, listening))
    }
}

impl Instance {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with it")
    }
}

impl Instances for Processes {
    fn entrances(&self) -> Vec<String> {
        self.addresses()
    }

    fn addresses(&self) -> Vec<String> {
        self.instances
            .iter()
            .map(|instance| instance.address.clone())
            .collect()
    }

    fn ended(&self, index: usize) -> Option<String> {
        let instance = &self.instances[index];
        let status = instance.lock().process.try_wait().ok()??;
        Some(describe(status, &instance.said))
    }

    fn kill(&self, index: usize) -> Result<()> {
        let mut state = self.instances[index].lock();
        state.killed = true;
        state.process.kill()?;
        state.process.wait()?;
        Ok(())
    }

    fn pause(&self, index: usize) -> Result<()> {
        let mut state = self.instances[index].lock();
        state.paused = true;
        state.signal(Signal::STOP)
    }

    fn resume(&self, index: usize) -> Result<()> {
        let mut state = self.instances[index].lock();
        state.signal(Signal::CONT)?;
        state.paused = false;
        Ok(())
    }

    fn limit_files(&self, index: usize, bytes: Option<u64>) -> Result<()> {
        limit::files(
            Pid::from_child(&self.instances[index].lock().process),
            bytes,
        )
    }

    fn restart(&self, index: usize) -> Result<()> {
        let instance = &self.instances[index];
        let port = instance.address.rsplit(':').next().unwrap_or_default();
        let port = port.parse().context("An address ends with a port")?;
        let (process, _) = instance.command.start(port, &instance.said)?;
        *instance.lock() = State::running(process);
        Ok(())
    }

    fn stop(self: Box<Self>) -> Result<()> {
        let deadline = Instant::now() + STOP;
        for index in 0..self.instances.len() {
            if self.instances[index].lock().paused {
                self.resume(index)?;
            }
            let state = self.instances[index].lock();
            if !state.killed {
                state.signal(Signal::TERM)?;
            }
        }
        for instance in &self.instances {
            let mut state = instance.lock();
            let status = loop {
                if let Some(status) = state.process.try_wait()? {
                    break status;
                }
                if Instant::now() > deadline {
                    bail!(
                        "An instance of the app did not end within {} s of SIGTERM.",
                        STOP.as_secs()
                    );
                }
                std::thread::sleep(Duration::from_millis(2));
            };
            if !status.success() && !state.killed {
                bail!(
                    "An instance of the app did not end well: {}",
                    describe(status, &instance.said)
                );
            }
        }
        Ok(())
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for instance in &self.instances {
            let mut state = instance.lock();
            // One that has ended already is not an error.
            let _ = state.process.kill();
            let _ = state.process.wait();
        }
    }
}

fn describe(status: ExitStatus, said: &Mutex<Vec<u8>>) -> String {
    let said = said.lock().expect("no thread panics with it");
    match String::from_utf8_lossy(&said).trim() {
        "" => format!("{status}; it wrote nothing to stderr."),
        text => format!("{status}; its stderr: {text}"),
    }
}
