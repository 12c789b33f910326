//! Drives the real binary: a place of its own for each test, and what every run must leave behind.

use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use contend::measure::{Run, store};
use rustix::process::{Pid, Signal, kill_process};

use super::server::processes_in;
use super::system::entries;

/// What a test uses unless it says otherwise: as little as can be measured.
const SMALL: [(&str, &str); 4] = [
    ("--rounds", "1"),
    ("--seconds", "0.05"),
    ("--clients", "1,2"),
    ("--workloads", "increment-hot"),
];

/// How long a test waits for something that must happen, on however slow a machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A place on a disk for the files of one test, which every user may pass through.
pub struct Bench {
    root: tempfile::TempDir,
}

/// What a run said, and how it ended.
pub struct Ended {
    /// The exit code, unless a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// From the signal, or the start, to the end.
    pub took: Duration,
}

/// A run that goes on while the test watches it.
pub struct Running<'b> {
    bench: &'b Bench,
    child: Child,
}

impl Bench {
    pub fn new() -> Bench {
        // Not where temporary files may lie in memory.
        let root = tempfile::tempdir_in("/var/tmp").unwrap();
        std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        for name in ["databases", "desk"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        Bench { root }
    }

    /// A path below the place.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Where the databases go.
    pub fn databases(&self) -> PathBuf {
        self.path("databases")
    }

    /// Where the results go.
    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// The options of `contend bench`: those given, and the smallest of every other.
    pub fn options(&self, given: &[&str]) -> Vec<String> {
        let mut options = vec!["bench".to_owned()];
        options.extend(given.iter().map(|option| (*option).to_owned()));
        let databases = self.databases().display().to_string();
        let out = self.out().display().to_string();
        let own = [("--dir", databases.as_str()), ("--out", out.as_str())];
        for (name, value) in SMALL.into_iter().chain(own) {
            if !given.contains(&name) {
                options.extend([name.to_owned(), value.to_owned()]);
            }
        }
        options
    }

    /// `contend bench` with these options, in a working directory of its own.
    pub fn command(&self, given: &[&str]) -> Command {
        let mut command = contend();
        command
            .args(self.options(given))
            .current_dir(self.path("desk"));
        command
    }

    /// The same, after `setup` has run in a mount namespace of its own, which ends with the run.
    pub fn command_after(&self, setup: &str, given: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-ec"])
            .arg(format!("{setup}\nexec \"$@\""))
            .arg("sh")
            .arg(env!("CARGO_BIN_EXE_contend"))
            .args(self.options(given))
            .current_dir(self.path("desk"));
        command
    }

    /// Runs to the end.
    pub fn run(&self, given: &[&str]) -> Ended {
        self.start(self.command(given)).end()
    }

    /// Starts a command whose output goes to files.
    pub fn start(&self, mut command: Command) -> Running<'_> {
        let file = |name| Stdio::from(File::create(self.path(name)).unwrap());
        let child = command
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        Running { bench: self, child }
    }

    /// The run file that was kept.
    pub fn kept(&self) -> Run {
        store::read(&self.out().join("run.json")).unwrap()
    }

    /// The page of the run that was kept, as text.
    pub fn page(&self) -> String {
        let page = std::fs::read_to_string(self.out().join("index.html")).unwrap();
        super::html::text(&page)
    }

    /// The processes that work here: `contend`, its workers, and servers.
    pub fn processes(&self) -> Vec<String> {
        processes_in(self.root.path())
    }

    /// The worker processes.
    pub fn workers(&self) -> Vec<String> {
        let is_worker = |process: &String| {
            let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0)
                .nth(1)
                .is_some_and(|word| word == b"worker")
        };
        let processes = processes_in(&self.path("desk"));
        processes.into_iter().filter(is_worker).collect()
    }

    /// Whether trial number `number` of the run, or a later one, has begun on an SQLite file.
    pub fn has_reached_trial(&self, number: u32) -> bool {
        let scratch = entries(&self.databases());
        let trials = scratch.iter().flat_map(|scratch| entries(scratch));
        trials
            .filter_map(|path| {
                let name = path.file_name()?.to_str()?;
                name.strip_prefix("trial-")?.parse::<u32>().ok()
            })
            .any(|found| found >= number)
    }

    /// No process and no temporary file is left.
    pub fn assert_clean(&self) {
        // A killed worker is gone when its parent, or init, has heard of it.
        eventually("every process has ended", || self.processes().is_empty());
        assert_eq!(entries(&self.databases()), [] as [PathBuf; 0]);
        let temporary: Vec<PathBuf> = entries(&self.out())
            .into_iter()
            .filter(|path| path.file_name().unwrap().as_encoded_bytes()[0] == b'.')
            .collect();
        assert_eq!(temporary, [] as [PathBuf; 0]);
    }
}

impl Running<'_> {
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until something is so while the run goes on.
    pub fn until(&mut self, what: &str, mut so: impl FnMut() -> bool) {
        eventually(what, || {
            let is_so = so();
            if !is_so && let Some(status) = self.child.try_wait().unwrap() {
                panic!("{what}? The run ended ({status}): {}", self.stderr());
            }
            is_so
        });
    }

    pub fn stderr(&self) -> String {
        std::fs::read_to_string(self.bench.path("stderr")).unwrap()
    }

    /// Waits for the end.
    pub fn end(mut self) -> Ended {
        let start = Instant::now();
        eventually("the run ends", || self.child.try_wait().unwrap().is_some());
        let ended = Ended {
            code: self.child.wait().unwrap().code(),
            stdout: std::fs::read_to_string(self.bench.path("stdout")).unwrap(),
            stderr: self.stderr(),
            took: start.elapsed(),
        };
        assert!(!ended.stderr.contains("panicked at"), "{}", ended.stderr);
        ended
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Ended {
    /// The one sentence with which a run ended in vain.
    pub fn complaint(&self) -> &str {
        assert_eq!(self.code, Some(1), "{}", self.stderr);
        self.last_sentence()
    }

    /// What stdout says, without the ends of lines.
    pub fn words(&self) -> String {
        let words: Vec<&str> = self.stdout.split_whitespace().collect();
        words.join(" ")
    }

    /// The one sentence after `error: `, which is the last line.
    pub fn last_sentence(&self) -> &str {
        let errors: Vec<&str> = self
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("error: "))
            .collect();
        assert_eq!(errors.len(), 1, "{}", self.stderr);
        let sentence = errors[0];
        assert!(
            self.stderr.trim_end().ends_with(sentence),
            "{}",
            self.stderr
        );
        assert_sentence(sentence);
        sentence
    }
}

/// A capital letter first (or a path or number), a full stop at the end.
pub fn assert_sentence(sentence: &str) {
    let first = sentence.chars().next().unwrap();
    assert!(!first.is_lowercase(), "{sentence}");
    assert!(
        sentence.ends_with('.') && !sentence.ends_with(".."),
        "{sentence}"
    );
    assert!(!sentence.contains(".: "), "{sentence}");
}

pub fn contend() -> Command {
    Command::new(env!("CARGO_BIN_EXE_contend"))
}

/// Exit code, stdout and stderr of a command.
pub fn told(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), stdout, stderr)
}

/// Waits until something is so, however slow the machine.
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
