//! The URL of a PostgreSQL server, which never shows its password, and command lines without theirs.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use sqlx::postgres::PgConnectOptions;
use url::Url;

use super::Secret;

/// Stands where a password stood.
const HIDDEN: &str = "***";

/// Where a PostgreSQL server is, with whatever it takes to connect.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

/// Why a text is not the URL of a PostgreSQL server. It repeats nothing of the text, which may hold a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "The server's URL cannot be read ({0}): write it as postgres://user:password@host:5432/database, \
     with %XX for characters such as @, / and # in the password."
)]
pub struct UrlError(String);

impl ServerUrl {
    /// A server on this machine or in a container, without TLS.
    pub(super) fn plain(
        host: &str,
        port: u16,
        user: &str,
        password: &Secret,
    ) -> Result<Self, UrlError> {
        let password = password.expose();
        format!("postgres://{user}:{password}@{host}:{port}/postgres?sslmode=disable").parse()
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        let mut url = self.0.clone();
        // A `dbname` parameter would win over the path.
        let others: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(key, _)| key != "dbname")
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        if others.is_empty() {
            url.set_query(None);
        } else {
            url.query_pairs_mut().clear().extend_pairs(others);
        }
        url.set_path(&format!("/{database}"));
        Self(url)
    }

    /// Host, port and database, without who connects.
    ///
    /// # Errors
    /// If the driver cannot read the URL.
    pub fn place(&self) -> Result<String, UrlError> {
        let options = self.options()?;
        let database = options.get_database().unwrap_or(options.get_username());
        let (host, port) = (options.get_host(), options.get_port());
        Ok(format!("{host}:{port}/{database}"))
    }

    /// The whole text, password and all, for who connects.
    #[must_use]
    pub fn secret(&self) -> Secret {
        Secret::new(self.0.to_string())
    }

    /// How sqlx connects to it.
    pub(super) fn options(&self) -> Result<PgConnectOptions, UrlError> {
        self.0
            .as_str()
            .parse()
            .map_err(|error: sqlx::Error| UrlError(one_line(&error)))
    }
}

impl FromStr for ServerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text).map_err(|error| UrlError(error.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(UrlError("it does not begin with postgres://".into()));
        }
        let url = Self(url);
        url.options()?;
        Ok(url)
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(self.0.as_str()))
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({self})")
    }
}

/// `argument` without any password, for recording a command line.
///
/// It rather hides too much than too little: a password with an unencoded `@`, `/` or `?` makes the URL
/// ambiguous, so everything from the user's name to the last `@` is taken for the password.
#[must_use]
pub fn redact(argument: &str) -> String {
    let argument = redact_parameters(argument);
    let Some((before, rest)) = argument.split_once("://") else {
        return redact_without_scheme(argument);
    };
    let Some((userinfo, host)) = rest.rsplit_once('@') else {
        return argument;
    };
    match userinfo.split_once(':') {
        Some((user, _)) => format!("{before}://{user}:{HIDDEN}@{host}"),
        // A colon may be percent-encoded by mistake; then the password hides in the user's name.
        None if decode(userinfo).contains(':') => format!("{before}://{HIDDEN}@{host}"),
        None => argument,
    }
}

/// Hides what stands where a password does in a URL whose scheme was forgotten: `user:password@host`.
fn redact_without_scheme(argument: String) -> String {
    match argument.rsplit_once('@') {
        Some((userinfo, host)) if !userinfo.contains('/') => match userinfo.split_once(':') {
            Some((user, _)) => format!("{user}:{HIDDEN}@{host}"),
            None => argument,
        },
        _ => argument,
    }
}

/// Hides the value of every parameter whose name, decoded, ends in `password`.
fn redact_parameters(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    for piece in text.split_inclusive(['?', '&', ' ', ';']) {
        let end = piece
            .strip_suffix(['?', '&', ' ', ';'])
            .map_or(piece.len(), str::len);
        let (pair, separator) = piece.split_at(end);
        match pair.split_once('=') {
            Some((key, _)) if is_password(key) => {
                redacted.push_str(key);
                redacted.push('=');
                redacted.push_str(HIDDEN);
            }
            _ => redacted.push_str(pair),
        }
        redacted.push_str(separator);
    }
    redacted
}

fn is_password(key: &str) -> bool {
    decode(key).to_ascii_lowercase().ends_with("password")
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What sqlx says of an error, without its line breaks.
pub(super) fn one_line(error: &dyn std::error::Error) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_hidden_where_the_scheme_was_forgotten_and_an_image_is_not() {
        assert_eq!(
            redact("postgres=me:secret@db/x"),
            format!("postgres=me:{HIDDEN}@db/x")
        );
        for image in [
            "registry:5000/postgres@sha256:12ab",
            "postgres@sha256:12ab",
            "postgres:18",
        ] {
            assert_eq!(redact(image), image);
        }
    }

    #[test]
    fn no_way_to_write_a_password_survives_redaction() {
        for argument in [
            "postgres://me:hunter2@host/db",
            "--postgres=postgresql://me:hunter2@host:5432/db?sslmode=require",
            "postgres://me:hun%40ter2hunter2@host",
            "postgres://me:x@hunter2@host/db",
            "postgres://me:x/hunter2@host/db",
            "postgres://me:x?hunter2@host/db",
            "postgres://me:x#hunter2@host/db",
            "postgres://me%3Ahunter2@host/db",
            "postgres://host/db?user=me&password=hunter2",
            "postgres://host/db?pass%77ord=hunter2&sslmode=disable",
            "postgres://host/db?password=a@hunter2",
            "postgres://me@host/db?PASSWORD=hunter2",
            "postgres://host/db?sslpassword=hunter2",
            "host=h password=hunter2 dbname=d",
            "PGPASSWORD=hunter2",
        ] {
            let redacted = redact(argument);
            assert!(!redacted.contains("hunter2"), "{redacted}");
            assert!(redacted.contains(HIDDEN), "{redacted}");
        }
    }

    #[test]
    fn what_holds_no_password_stays_as_it_is() {
        for argument in [
            "--clients=8",
            "docker",
            "postgres://me@host:5432/db?sslmode=require",
            "reports/run.json",
        ] {
            assert_eq!(redact(argument), argument);
        }
    }

    #[test]
    fn a_url_shows_everything_but_its_password() {
        let url: ServerUrl = "postgres://me:hunter2@host:5433/db".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://me:***@host:5433/db");
        assert_eq!(
            format!("{url:?}"),
            "ServerUrl(postgres://me:***@host:5433/db)"
        );
        assert_eq!(url.secret().expose(), "postgres://me:hunter2@host:5433/db");
    }

    #[test]
    fn the_place_of_a_database_names_nobody() {
        let place = |url: &str| url.parse::<ServerUrl>().unwrap().place().unwrap();
        assert_eq!(place("postgres://me:hunter2@host:5433/db"), "host:5433/db");
        assert_eq!(place("postgres://me@host/?dbname=db"), "host:5432/db");
    }

    #[test]
    fn another_database_wins_over_both_places_that_name_one() {
        let url: ServerUrl = "postgres://me@host/a?dbname=b&sslmode=disable"
            .parse()
            .unwrap();
        let options = url.with_database("c").options().unwrap();
        assert_eq!(options.get_database(), Some("c"));
        assert_eq!(
            url.with_database("c").to_string(),
            "postgres://me@host/c?sslmode=disable"
        );
    }

    #[test]
    fn an_unreadable_url_is_refused_without_repeating_it() {
        for text in [
            "postgres://me:hunter2@host:port/db",
            "mysql://me:hunter2@host/db",
            "hunter2",
        ] {
            let error = text.parse::<ServerUrl>().unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
