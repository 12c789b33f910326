//! Another process that connects where it is told and does what it is told: a child of this
//! executable, one for a whole experiment, that exits when its stdin closes.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::dialogue::{Dialogue, Order, Reply};
use crate::lab::sentence;
use crate::load::worker;
use crate::subject::engine::Target;

/// What it is told, one line of JSON each: a target may hold a password, which belongs into a pipe
/// and not into an argument.
#[derive(Serialize, Deserialize)]
enum Message {
    /// To connect.
    Enter(Target),
    /// To do something.
    Do(Order),
    /// To close the connection.
    Leave,
}

/// What it says.
#[derive(Serialize, Deserialize)]
enum Said {
    /// It is connected, or it has left.
    Ready,
    /// What its order came to.
    Reply(Reply),
    /// It could not connect.
    Failed(String),
}

/// Does what is told on this process's stdin until that closes.
///
/// # Errors
/// If it is told nonsense, or if nobody listens.
pub fn serve() -> Result<()> {
    let mut dialogue = None;
    for line in worker::read_lines_or_exit() {
        let message = serde_json::from_str(&line)
            .context("An actor is started by `contend experiment`, not by hand")?;
        let said = match (message, &mut dialogue) {
            (Message::Enter(target), _) => match Dialogue::open(&target) {
                Ok(opened) => {
                    dialogue = Some(opened);
                    Said::Ready
                }
                Err(error) => Said::Failed(sentence(&error)),
            },
            (Message::Do(order), Some(dialogue)) => Said::Reply(dialogue.obey(&order)),
            (Message::Do(_), None) => bail!("An actor that has not entered cannot act"),
            (Message::Leave, _) => {
                dialogue = None;
                Said::Ready
            }
        };
        worker::say(&said)?;
    }
    Ok(())
}

/// Another process. It ends when the last handle on it is dropped.
#[derive(Clone)]
pub struct Elsewhere(Arc<Mutex<Process>>);

struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Elsewhere {
    /// Starts it: the executable, with the argument `actor`.
    ///
    /// # Errors
    /// If the executable cannot be started.
    pub fn start(executable: &Path) -> Result<Elsewhere> {
        let mut child = Command::new(executable)
            .arg("actor")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C at the terminal is for the parent, which ends it in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("Cannot start an actor from {}", executable.display()))?;
        let stdin = child.stdin.take().expect("stdin is a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Ok(Elsewhere(Arc::new(Mutex::new(Process {
            child,
            stdin,
            stdout,
        }))))
    }

    /// Has it connect, once whoever entered before has left.
    ///
    /// # Errors
    /// If it cannot connect.
    pub fn enter(&self, target: &Target) -> Result<Guest<'_>> {
        let mut process = self.0.lock().expect("nobody panics with it");
        match process.tell(&Message::Enter(target.clone()))? {
            Said::Ready => Ok(Guest(process)),
            Said::Failed(reason) => bail!(reason),
            Said::Reply(_) => bail!("An actor spoke out of turn"),
        }
    }
}

impl Process {
    fn tell(&mut self, message: &Message) -> Result<Said> {
        let mut line = serde_json::to_string(message)?;
        line.push('\n');
        self.stdin
            .write_all(line.as_bytes())
            .context("An actor's process is gone")?;
        let mut answer = String::new();
        self.stdout.read_line(&mut answer)?;
        ensure!(!answer.is_empty(), "An actor's process ended");
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has exited already is not an error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other process while it is connected; it leaves when this is dropped.
pub struct Guest<'e>(MutexGuard<'e, Process>);

impl Guest<'_> {
    /// Has it do something, and waits for what that comes to.
    ///
    /// # Errors
    /// If the process is gone. What the engine refused is a reply.
    pub fn ask(&mut self, order: impl Into<Order>) -> Result<Reply> {
        match self.0.tell(&Message::Do(order.into()))? {
            Said::Reply(reply) => Ok(reply),
            _ => bail!("An actor spoke out of turn"),
        }
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        // A process that is gone has left.
        let _ = self.0.tell(&Message::Leave);
    }
}
