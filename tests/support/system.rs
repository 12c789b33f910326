//! What tests of the binary ask of the system: mounts, signals, and what is in a directory.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

/// Sends a signal to processes.
pub fn signal_all(processes: &[String], signal: Signal) {
    for process in processes {
        let pid = process.parse().ok().and_then(Pid::from_raw).unwrap();
        // One that has ended meanwhile needs no signal.
        let _ = kill_process(pid, signal);
    }
}

/// Whether this user may mount file systems, in a namespace of the test's own.
pub fn need_mounts() -> Option<()> {
    let can = Command::new("unshare")
        .args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
        .output()
        .is_ok_and(|output| output.status.success());
    can.then_some(())
        .or_else(|| super::skip("this user may not mount file systems"))
}

/// Whether a program can be started; `how` to get it.
pub fn need_program(program: &str, how: &str) -> Option<()> {
    let there = Command::new(program).arg("--version").output().is_ok();
    there
        .then_some(())
        .or_else(|| super::skip(&format!("there is no {program}: {how}")))
}

/// What is in a directory; nothing if it is not there.
pub fn entries(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

/// Every file below a directory that holds `needle`.
pub fn files_with(directory: &Path, needle: &str) -> Vec<PathBuf> {
    let output = Command::new("grep")
        .args([OsStr::new("-rlF"), OsStr::new(needle), OsStr::new("--")])
        .arg(directory)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(PathBuf::from)
        .collect()
}
