//! Finds the newest PostgreSQL on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::LocalError;

/// The oldest major version that the suite works with.
const OLDEST: u32 = 14;
/// Where packages put the binaries, with one `*` at most.
const PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
];

/// Where PostgreSQL's programs may be: the directories of `PATH`, and where packages put them.
pub fn directories() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let by_packages = PLACES.iter().flat_map(|place| expand(place)).collect();
    (std::env::split_paths(&path).collect(), by_packages)
}

/// One installation.
#[derive(Debug)]
pub(in crate::subject::server) struct Binaries {
    pub(super) initdb: PathBuf,
    pub(super) postgres: PathBuf,
    version: (u32, u32),
}

impl Binaries {
    /// The newest that is found on `PATH` and where packages put it.
    pub(super) fn newest() -> Result<Self, LocalError> {
        let (on_path, by_packages) = directories();
        let newest = on_path
            .iter()
            .chain(&by_packages)
            .filter_map(|directory| Self::in_directory(directory))
            .max_by_key(|binaries| binaries.version);
        match newest {
            Some(binaries) if binaries.version.0 >= OLDEST => Ok(binaries),
            Some(Self { version, .. }) => Err(LocalError::NoBinaries {
                found: format!(" (only {}.{})", version.0, version.1),
            }),
            None => Err(LocalError::NoBinaries {
                found: String::new(),
            }),
        }
    }

    /// Version and place, in words.
    pub(super) fn described(&self) -> String {
        let (major, minor) = self.version;
        let directory = self.postgres.parent().unwrap_or(Path::new("/"));
        format!("PostgreSQL {major}.{minor} in {}", directory.display())
    }

    /// Those in a directory, if they run.
    pub(in crate::subject::server) fn in_directory(directory: &Path) -> Option<Self> {
        let initdb = directory.join("initdb");
        let postgres = directory.join("postgres");
        if !directory.is_absolute() || !initdb.is_file() || !postgres.is_file() {
            return None;
        }
        let output = Command::new(&postgres).arg("--version").output().ok()?;
        let version = parse_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self {
            initdb,
            postgres,
            version,
        })
    }
}

/// Reads `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`; a beta counts as minor version 0.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    let mut numbers = version
        .split(|character: char| !character.is_ascii_digit())
        .map(str::parse);
    let major = numbers.next()?.ok()?;
    let minor = if version.contains(&format!("{major}.")) {
        numbers.next().and_then(Result::ok).unwrap_or(0)
    } else {
        0
    };
    Some((major, minor))
}

/// The directories that fit a pattern with one `*` in one of its parts.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let rest = after.trim_start_matches('/');
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(rest))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_every_packager_writes_them() {
        for (text, version) in [
            (
                "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n",
                (15, 13),
            ),
            ("postgres (PostgreSQL) 18.1\n", (18, 1)),
            ("postgres (PostgreSQL) 18beta2\n", (18, 0)),
            ("postgres (PostgreSQL) 9.6.24\n", (9, 6)),
        ] {
            assert_eq!(parse_version(text), Some(version), "{text}");
        }
        assert_eq!(parse_version("something else"), None);
    }

    #[test]
    fn a_pattern_finds_the_directories_that_fit_it() {
        let root = tempfile::tempdir().unwrap();
        for name in ["pgsql-14/bin", "pgsql-18/bin", "mysql-8/bin"] {
            fs::create_dir_all(root.path().join(name)).unwrap();
        }
        let mut found = expand(&format!("{}/pgsql-*/bin", root.path().display()));
        found.sort();
        assert_eq!(
            found,
            [
                root.path().join("pgsql-14/bin"),
                root.path().join("pgsql-18/bin")
            ]
        );
    }
}
