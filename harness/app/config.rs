//! What an instance is told when it starts.

use std::path::PathBuf;
use std::time::Duration;

use crate::load::style::Style;
use crate::load::system::Operations;
use crate::subject::engine::{postgres, sqlite};

/// The longest body of a request, in bytes.
pub const LONGEST_BODY: usize = 64 * 1024;

/// What an instance is told when it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its name in answers, logs and metrics.
    pub container: String,
    /// The address it listens on, a name or an IP address.
    pub host: String,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// The database, and the settings of every connection to it.
    pub store: Store,
    /// How it goes about its work.
    pub style: Style,
    /// How often it tries again; `None` as the style does.
    pub retries: Option<u32>,
    /// The pause between reading and writing in an increment.
    pub hold: Duration,
    /// How many connections it keeps.
    pub pool: Pool,
    /// How long a request waits for one of them.
    pub pool_timeout: Duration,
    /// Whose operations it does, if any.
    pub operations: Option<Operations>,
    /// How long a client may take to send the body of a request.
    pub body_timeout: Duration,
}

/// Where an instance stores.
#[derive(Debug, Clone)]
pub enum Store {
    /// In a file that other instances may share.
    Sqlite(sqlite::Target),
    /// On a server.
    Postgres {
        /// How to connect.
        target: postgres::Target,
        /// Host, port and database, for people to read.
        place: String,
    },
}

/// How connections are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// So many; a request waits until one is free.
    Size(u32),
    /// None: each request opens one and closes it.
    None,
}

impl Store {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Store::Sqlite(target) => Some(&target.path),
            Store::Postgres { .. } => None,
        }
    }

    /// Whether all requests share one connection.
    pub fn shared(&self) -> bool {
        matches!(self, Store::Sqlite(target) if target.manner.shared)
    }
}
