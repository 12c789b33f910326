//! Ends a PostgreSQL server that a killed run left behind, or one that a run kills on purpose.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// How deep below a scratch directory a data directory may lie.
const DEPTH: u8 = 4;

/// Ends every server that still runs from a data directory below `directory`.
///
/// A pid file alone proves nothing, because numbers are given again: the process must be a
/// `postgres` whose working directory is that data directory.
pub(super) fn end_servers(directory: &Path) {
    for data in data_directories(directory, DEPTH) {
        end_postmaster(&data);
        // A server's children have process groups of their own and end when they notice that the
        // postmaster is gone, but one that is stopped or stuck notices nothing.
        for pid in processes_of(&data) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Kills every process of the server whose data is in `data` with SIGKILL, the postmaster first, so
/// that it starts no other, and waits until they are gone. How many there were; where there is no
/// `/proc`, the postmaster alone, whose children end by themselves when they notice.
pub(crate) fn kill_server(data: &Path) -> usize {
    let postmaster = pid_in(&data.join("postmaster.pid")).filter(|pid| runs_from(*pid, data));
    let mut processes = processes_of(data);
    processes.retain(|pid| Some(*pid) != postmaster);
    processes.splice(0..0, postmaster);
    let killed = processes.len();
    let end = Instant::now() + Duration::from_secs(5);
    while !processes.is_empty() && Instant::now() < end {
        for pid in &processes {
            let _ = kill_process(*pid, Signal::KILL);
        }
        thread::sleep(Duration::from_millis(5));
        // One that was being started when the list was made is on the next.
        processes = processes_of(data);
    }
    killed
}

fn end_postmaster(data: &Path) {
    let Some(pid) = pid_in(&data.join("postmaster.pid")) else {
        return;
    };
    // SIGQUIT is PostgreSQL's immediate shutdown: it ends its children, too.
    for signal in [Signal::QUIT, Signal::KILL] {
        if !runs_from(pid, data) || kill_process(pid, signal).is_err() {
            break;
        }
        wait_for_end(pid, Duration::from_secs(2));
    }
}

/// Every process of the server whose data is in `data`.
#[cfg(target_os = "linux")]
pub(crate) fn processes_of(data: &Path) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?))
        .filter(|pid| runs_from(*pid, data))
        .collect()
}

/// Elsewhere a child does not tell where it works.
#[cfg(not(target_os = "linux"))]
pub(crate) fn processes_of(_data: &Path) -> Vec<Pid> {
    Vec::new()
}

/// Every directory from `directory` down that holds a `postmaster.pid`.
fn data_directories(directory: &Path, depth: u8) -> Vec<PathBuf> {
    if directory.join("postmaster.pid").is_file() {
        return vec![directory.to_owned()];
    }
    let (Some(depth), Ok(entries)) = (depth.checked_sub(1), fs::read_dir(directory)) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .flat_map(|entry| data_directories(&entry.path(), depth))
        .collect()
}

/// The first line of `postmaster.pid` is the postmaster's process id; while initdb works, the negative
/// one of a `postgres` without a postmaster.
fn pid_in(file: &Path) -> Option<Pid> {
    let text = fs::read_to_string(file).ok()?;
    let number: i32 = text.lines().next()?.trim().parse().ok()?;
    Pid::from_raw(number.checked_abs()?)
}

/// Whether `pid` is a postmaster of `data`: it changes into its data directory when it starts.
#[cfg(target_os = "linux")]
fn runs_from(pid: Pid, data: &Path) -> bool {
    let process = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
    let is_postgres = fs::read_link(process.join("exe")).is_ok_and(|exe| {
        // The kernel adds " (deleted)" when the binary was upgraded meanwhile.
        exe.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("postgres"))
    });
    let is_there = match (fs::read_link(process.join("cwd")), data.canonicalize()) {
        (Ok(directory), Ok(data)) => directory == data,
        _ => false,
    };
    is_postgres && is_there
}

/// Without `/proc` the command line tells: the harness starts `postgres -D <data>`.
#[cfg(not(target_os = "linux"))]
fn runs_from(pid: Pid, data: &Path) -> bool {
    let output = std::process::Command::new("ps")
        .args(["-ww", "-o", "command=", "-p"])
        .arg(pid.as_raw_nonzero().to_string())
        .output();
    output.is_ok_and(|output| {
        let command = String::from_utf8_lossy(&output.stdout).into_owned();
        command.contains("postgres") && command.contains(&format!("-D {}", data.display()))
    })
}

fn wait_for_end(pid: Pid, limit: Duration) {
    let end = Instant::now() + limit;
    while Instant::now() < end && test_kill_process(pid).is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_read_whatever_it_holds() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("postmaster.pid");
        for (text, pid) in [
            ("4711\n/data\n", Some(4711)),
            ("-4711\n/data\n", Some(4711)),
            ("0\n", None),
            ("-2147483648\n", None),
            ("", None),
        ] {
            fs::write(&file, text).unwrap();
            assert_eq!(
                pid_in(&file).map(|pid| pid.as_raw_nonzero().get()),
                pid,
                "{text}"
            );
        }
    }

    #[test]
    fn a_process_that_is_no_postgres_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let mut bystander = std::process::Command::new("sleep")
            .arg("60")
            .current_dir(directory.path())
            .spawn()
            .unwrap();
        fs::write(
            directory.path().join("postmaster.pid"),
            format!("{}\n", bystander.id()),
        )
        .unwrap();
        end_servers(directory.path());
        assert!(bystander.try_wait().unwrap().is_none());
        bystander.kill().unwrap();
        bystander.wait().unwrap();
    }
}
