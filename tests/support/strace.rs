//! A run under strace: what it did to its files, as the kernel saw it.

use std::path::Path;
use std::process::Command;

use contend::measure::{Run, store};

use super::bench::Bench;
use super::system::need_program;

/// A run, and every call that wrote to a file or synced one and succeeded.
pub struct Traced {
    pub run: Run,
    /// In the order of time.
    pub calls: Vec<Call>,
}

/// A system call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// When it began, in seconds since 1970.
    pub time: f64,
    /// Its name, e.g. `fdatasync`.
    pub name: String,
    /// The file, or what the system calls a pipe.
    pub path: String,
    /// Its other arguments, the beginning of what was written among them.
    pub arguments: String,
    /// What it returned.
    pub result: u64,
}

/// Runs `contend bench` with these options under strace; `None` if there is none on this machine.
pub fn trace(given: &[&str]) -> Option<Traced> {
    need_program("strace", "apt install strace")?;
    let bench = Bench::new();
    let logs = tempfile::tempdir().unwrap();
    let output = Command::new("strace")
        // A log for each thread, so that no line is cut in two by that of another.
        .args(["-ff", "-ttt", "-qq", "-y", "-s", "16"])
        .args(["-e", "trace=fsync,fdatasync,write,pwrite64", "-o"])
        .arg(logs.path().join("log"))
        .arg(env!("CARGO_BIN_EXE_contend"))
        .args(bench.options(given))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut calls: Vec<Call> = super::system::entries(logs.path())
        .iter()
        .flat_map(|log| calls_in(log))
        .collect();
    calls.sort_by(|one, other| one.time.total_cmp(&other.time));
    let run = store::read(&bench.out().join("run.json")).unwrap();
    Some(Traced { run, calls })
}

fn calls_in(log: &Path) -> Vec<Call> {
    // What is written to a pipe need not be text.
    let log = String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned();
    log.lines().filter_map(parsed).collect()
}

/// `1700000000.123456 fdatasync(7</path/to/file>) = 0`; nothing of a call that failed.
fn parsed(line: &str) -> Option<Call> {
    let (time, call) = line.split_once(' ')?;
    let (name, rest) = call.split_once('(')?;
    let (path, rest) = rest.split_once('<')?.1.split_once('>')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    Some(Call {
        time: time.parse().ok()?,
        name: name.to_owned(),
        path: path.to_owned(),
        arguments: arguments.to_owned(),
        result: result.trim().parse().ok()?,
    })
}

impl Call {
    pub fn is_sync(&self) -> bool {
        self.name.ends_with("sync")
    }

    pub fn is_write(&self) -> bool {
        !self.is_sync()
    }
}

impl Traced {
    /// Increments that were acknowledged in the first trial, those of the warm-up included.
    pub fn increments(&self) -> usize {
        let audit = &self.run.trials[0].comparable().unwrap().audit;
        let sum = audit
            .checks
            .iter()
            .find(|check| check.what.starts_with("sum of all counters"));
        sum.unwrap().found.parse().unwrap()
    }

    /// Calls while the clients of the last trial were at work: from the moment when the last worker was told when to
    /// begin to that when the last one said that it was done.
    pub fn at_work(&self) -> &[Call] {
        let said = |what: &str| {
            let said = |call: &Call| {
                call.path.starts_with("pipe:")
                    && call.arguments.starts_with(&format!(", \"{{\\\"{what}\\\""))
            };
            self.calls.iter().rposition(said).expect("it was said")
        };
        &self.calls[said("start")..said("Done")]
    }
}
