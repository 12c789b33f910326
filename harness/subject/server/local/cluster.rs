//! The server's process, kept by a thread that lives as long as it.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::super::child::die_with_parent;

/// How long a fast shutdown (SIGINT) may take; then an immediate one (SIGQUIT), then SIGKILL.
const FAST: Duration = Duration::from_secs(2);
/// How long each of the two others may take.
const HARD: Duration = Duration::from_millis(300);

/// A running postmaster. Dropping it shuts the server down, within 3 s.
pub(super) struct Cluster {
    /// Closing it tells the keeper to stop the server.
    stop: Option<SyncSender<()>>,
    keeper: Option<JoinHandle<()>>,
    pid: u32,
    ended: Arc<AtomicBool>,
}

impl Cluster {
    /// Starts `command` as a postmaster in its own process group, so that Ctrl-C in the terminal does
    /// not reach it before the run has ended.
    ///
    /// It is started by a thread that waits for its end: Linux tells a child that its parent died when
    /// the *thread* that started it ends, whatever becomes of the process.
    pub(super) fn spawn(mut command: Command) -> io::Result<Self> {
        command.process_group(0);
        die_with_parent(&mut command, Signal::QUIT);
        let ended = Arc::new(AtomicBool::new(false));
        let (stop, stopped) = sync_channel(0);
        let (tell, told) = sync_channel(1);
        let keeper = thread::Builder::new()
            .name("contend-keeper".into())
            .spawn({
                let ended = Arc::clone(&ended);
                move || {
                    match command.spawn() {
                        Ok(child) => {
                            drop(tell.send(Ok(child.id())));
                            keep(child, &stopped, &ended);
                        }
                        Err(error) => drop(tell.send(Err(error))),
                    }
                    ended.store(true, Ordering::SeqCst);
                }
            })?;
        let pid = told
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the keeper's thread ended")))?;
        Ok(Self {
            stop: Some(stop),
            keeper: Some(keeper),
            pid,
            ended,
        })
    }

    /// The postmaster's process id.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the postmaster is gone.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(keeper) = self.keeper.take() {
            drop(keeper.join());
        }
    }
}

/// Waits until the server ends by itself or is to be stopped.
fn keep(mut child: Child, stopped: &Receiver<()>, ended: &AtomicBool) {
    loop {
        if matches!(child.try_wait(), Ok(Some(_))) {
            ended.store(true, Ordering::SeqCst);
        }
        match stopped.recv_timeout(Duration::from_millis(20)) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    for (signal, limit) in [(Signal::INT, FAST), (Signal::QUIT, HARD)] {
        if ends_within(&mut child, Duration::ZERO) {
            return;
        }
        let _ = kill_process(pid, signal);
        if ends_within(&mut child, limit) {
            return;
        }
    }
    let _ = kill_process_group(pid, Signal::KILL);
    ends_within(&mut child, HARD);
}

fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let end = Instant::now() + limit;
    loop {
        // An error means that there is no such child: it has ended, too.
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
