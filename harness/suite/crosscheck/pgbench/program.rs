//! Which pgbench there is, and how it is told where to connect.

use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;
use url::Url;

use crate::subject::server::binary_directories;

/// There is no pgbench.
#[derive(Debug, Error)]
#[error(
    "There is no pgbench on this machine to hold PostgreSQL's clients against: install it (Debian: apt install \
     postgresql, Fedora: dnf install postgresql-contrib, macOS: brew install postgresql@18), or put its \
     directory on PATH."
)]
pub struct NoPgbench;

/// A pgbench that runs.
#[derive(Debug)]
pub struct Pgbench {
    path: PathBuf,
    version: String,
}

impl Pgbench {
    /// The first on `PATH`, else the newest where packages put it.
    ///
    /// # Errors
    /// If there is none.
    pub fn find() -> Result<Pgbench, NoPgbench> {
        let (on_path, by_packages) = binary_directories();
        let packaged = by_packages
            .iter()
            .filter_map(|directory| Pgbench::in_directory(directory))
            .max_by_key(|found| major(&found.version));
        on_path
            .iter()
            .find_map(|directory| Pgbench::in_directory(directory))
            .or(packaged)
            .ok_or(NoPgbench)
    }

    /// That of a directory, if it runs.
    pub fn in_directory(directory: &Path) -> Option<Pgbench> {
        let path = directory.join("pgbench");
        if !directory.is_absolute() || !path.is_file() {
            return None;
        }
        let output = Command::new(&path).arg("--version").output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said.trim().strip_prefix("pgbench (PostgreSQL) ")?;
        Some(Pgbench {
            path,
            version: version.to_owned(),
        })
    }

    /// The program.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version, e.g. `15.13 (Debian 15.13-0+deb12u1)`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

fn major(version: &str) -> u32 {
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// Where to connect, as libpq wants to be told.
#[derive(Debug, PartialEq, Eq)]
pub struct Connection {
    /// The URL, for the command line, which every user of the machine may read.
    pub without_password: String,
    /// The password, for the environment.
    pub password: Option<String>,
    /// Settings of the session that the URL asks for, for the environment.
    pub options: String,
}

/// Takes a URL as the driver reads it apart for libpq, which knows other names of parameters, and
/// refuses those that it does not know.
pub fn connection(url: &Url) -> Connection {
    let mut bare = url.clone();
    let (mut password, mut options, mut kept) = (None, String::new(), Vec::new());
    if let Some(encoded) = url.password() {
        let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy();
        password = Some(decoded.into_owned());
        // A URL that has a password has a host, and can lose it.
        let _ = bare.set_password(None);
    }
    for (key, value) in url.query_pairs() {
        let name = match key.as_ref() {
            "password" => {
                password = Some(value.into_owned());
                continue;
            }
            "options" => {
                options = value.into_owned();
                continue;
            }
            "sslmode" | "ssl-mode" => "sslmode",
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "sslrootcert",
            "sslcert" | "ssl-cert" => "sslcert",
            "sslkey" | "ssl-key" => "sslkey",
            "host" => "host",
            "hostaddr" => "hostaddr",
            "port" => "port",
            "user" => "user",
            "dbname" => "dbname",
            _ => continue,
        };
        kept.push((name, value.into_owned()));
    }
    bare.set_query(None);
    if !kept.is_empty() {
        bare.query_pairs_mut().extend_pairs(kept);
    }
    Connection {
        without_password: bare.to_string(),
        password,
        options,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(url: &str) -> Connection {
        connection(&Url::parse(url).unwrap())
    }

    #[test]
    fn no_way_to_give_a_password_leads_to_the_command_line() {
        for url in [
            "postgres://me:hunter%32@host:5433/db?sslmode=disable",
            "postgres://me@host/db?password=hunter2&sslmode=disable",
            "postgres://me@host/db?pass%77ord=hunter2",
        ] {
            let found = taken_apart(url);
            assert!(!found.without_password.contains("hunter"), "{found:?}");
            assert_eq!(found.password.as_deref(), Some("hunter2"));
        }
    }

    #[test]
    fn what_libpq_does_not_know_is_left_out_or_renamed() {
        let found = taken_apart(
            "postgres://me@host/db?statement-cache-capacity=5&ssl-mode=require&options=-c%20a%3Db",
        );
        assert_eq!(
            found.without_password,
            "postgres://me@host/db?sslmode=require"
        );
        assert_eq!(found.options, "-c a=b");
        assert_eq!(found.password, None);
        let plain = taken_apart("postgres://me@host:5433/db");
        assert_eq!(plain.without_password, "postgres://me@host:5433/db");
    }

    #[test]
    fn the_major_version_decides_which_is_newer() {
        assert_eq!(major("15.13 (Debian 15.13-0+deb12u1)"), 15);
        assert_eq!(major("18beta2"), 18);
        assert_eq!(major("devel"), 0);
    }

    #[test]
    fn a_program_of_that_name_that_is_another_is_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Pgbench::in_directory(directory.path()).is_none());
        std::fs::write(directory.path().join("pgbench"), "no program").unwrap();
        assert!(Pgbench::in_directory(directory.path()).is_none());
        assert!(NoPgbench.to_string().contains("apt install postgresql"));
    }
}
