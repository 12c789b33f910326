//! What is wrong with a server, in one sentence.

use std::io;

use sqlx::postgres::PgConnectOptions;

use super::admin::ANSWER;
use super::url::one_line;
use crate::lab::Interrupted;

/// Why a server cannot be used. One sentence each, no password in any.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A signal came meanwhile.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// Nothing answers.
    #[error("{server} gives no answer within {} s: check the host and port, and that no firewall is between.", ANSWER.as_secs())]
    Silent {
        /// Host and port, or the socket.
        server: String,
    },
    /// The port is closed.
    #[error(
        "{server} refuses connections: start a PostgreSQL server there, or check the host and port."
    )]
    Refused {
        /// Host and port, or the socket.
        server: String,
    },
    /// The network failed, or the connection broke.
    #[error("{server} cannot be reached: {reason}.")]
    Unreachable {
        /// Host and port, or the socket.
        server: String,
        /// What the system said.
        reason: String,
    },
    /// Wrong user or password.
    #[error("{server} does not accept user \"{user}\" with this password: check both in the URL.")]
    Password {
        /// Host and port, or the socket.
        server: String,
        /// The user's name.
        user: String,
    },
    /// The database to connect to is not there.
    #[error(
        "{server} has no database \"{database}\": name one that exists at the end of the URL, e.g. /postgres."
    )]
    UnknownDatabase {
        /// Host and port, or the socket.
        server: String,
        /// The database of the URL.
        database: String,
    },
    /// The server wants encryption, or cannot offer it.
    #[error(
        "{server} and the URL do not agree on TLS: {reason}; set sslmode in the URL (disable, prefer, require or verify-full)."
    )]
    Tls {
        /// Host and port, or the socket.
        server: String,
        /// What was said.
        reason: String,
    },
    /// Something else listens there.
    #[error("{server} does not answer as PostgreSQL does ({reason}): check the port.")]
    NotPostgres {
        /// Host and port, or the socket.
        server: String,
        /// What it said.
        reason: String,
    },
    /// The server is older than the suite supports.
    #[error("{server} runs PostgreSQL {version}, and the suite needs version 14 or newer.")]
    TooOld {
        /// Host and port, or the socket.
        server: String,
        /// What `server_version` says.
        version: String,
    },
    /// The user may not create databases.
    #[error(
        "User \"{user}\" of {server} may not create databases: let an administrator run ALTER ROLE \"{user}\" CREATEDB, or connect as another user."
    )]
    NoCreateDb {
        /// Host and port, or the socket.
        server: String,
        /// The user's name.
        user: String,
    },
    /// The run needs more connections than the server gives.
    #[error(
        "{server} has {free} of its {max} connections free for this run, which needs {needed}: {advice}."
    )]
    TooFewConnections {
        /// Host and port, or the socket.
        server: String,
        /// What is left.
        free: i64,
        /// The limit.
        max: i64,
        /// What the run needs.
        needed: u32,
        /// What to do.
        advice: String,
    },
    /// The server refused for another reason.
    #[error("{server} refused: {reason}.")]
    Refusal {
        /// Host and port, or the socket.
        server: String,
        /// What the server said.
        reason: String,
    },
}

/// Host and port, or the socket.
pub(super) fn name(options: &PgConnectOptions) -> String {
    let port = options.get_port();
    match options.get_socket() {
        Some(socket) => format!("The server at {} (port {port})", socket.display()),
        None if options.get_host().contains(':') => {
            format!("The server at [{}]:{port}", options.get_host())
        }
        None => format!("The server at {}:{port}", options.get_host()),
    }
}

/// Makes a sentence of what sqlx says.
pub(super) fn explain(options: &PgConnectOptions, error: &sqlx::Error) -> ServerError {
    let server = name(options);
    let reason = one_line(error);
    match error {
        sqlx::Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => ServerError::Refused { server },
            io::ErrorKind::TimedOut => ServerError::Silent { server },
            // The server hung up in the middle of a greeting or of a query.
            io::ErrorKind::UnexpectedEof => ServerError::Unreachable {
                server,
                reason: "it closed the connection".into(),
            },
            _ => ServerError::Unreachable {
                server,
                reason: one_line(error),
            },
        },
        sqlx::Error::Tls(source) => ServerError::Tls {
            server,
            reason: one_line(source.as_ref()),
        },
        sqlx::Error::Protocol(_) | sqlx::Error::Decode(_) => {
            ServerError::NotPostgres { server, reason }
        }
        sqlx::Error::Database(database) => {
            let reason = database.message().trim_end_matches('.').to_owned();
            match database.code().as_deref() {
                Some("28P01") => ServerError::Password {
                    server,
                    user: options.get_username().to_owned(),
                },
                // pg_hba.conf refuses: for want of encryption if it names that, else this user or host.
                Some("28000") if reason.contains("no encryption") || reason.contains("SSL off") => {
                    ServerError::Tls { server, reason }
                }
                Some("3D000") => ServerError::UnknownDatabase {
                    server,
                    database: options
                        .get_database()
                        .unwrap_or(options.get_username())
                        .to_owned(),
                },
                _ => ServerError::Refusal { server, reason },
            }
        }
        _ => ServerError::Refusal { server, reason },
    }
}
