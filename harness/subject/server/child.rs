//! Programs that are run to their end, and what becomes of them when this one ends first.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::lab::{Interrupt, Interrupted};

/// Runs a program to its end, in a process group of its own, so that Ctrl-C in the terminal reaches it by way of
/// this process only. A signal kills the whole group.
///
/// # Errors
/// Within, what the system said; without, a signal.
pub(super) fn run(
    command: &mut Command,
    interrupt: &Interrupt,
) -> Result<io::Result<ExitStatus>, Interrupted> {
    command.process_group(0);
    // This thread waits for it below, so it ends with the process.
    die_with_parent(command, Signal::TERM);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Ok(status)),
            Ok(None) => {}
            Err(error) => return Ok(Err(error)),
        }
        if let Err(interrupted) = interrupt.sleep(Duration::from_millis(50)) {
            // It may have others do the work.
            if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process_group(group, Signal::KILL);
            }
            drop(child.wait());
            return Err(interrupted);
        }
    }
}

/// Asks Linux to send `signal` when the thread that starts the command ends, even by `kill -9` of the
/// process. Elsewhere the next run's sweep ends what is left.
#[cfg(target_os = "linux")]
pub(super) fn die_with_parent(command: &mut Command, signal: Signal) {
    let parent = rustix::process::getpid();
    let request = move || {
        rustix::process::set_parent_process_death_signal(Some(signal))?;
        // The parent may have died before it was asked for.
        if rustix::process::getppid() == Some(parent) {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(
                rustix::io::Errno::SRCH.raw_os_error(),
            ))
        }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; `request` makes two plain
    // system calls, takes no lock and allocates nothing.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(request);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn die_with_parent(_command: &mut Command, _signal: Signal) {}
