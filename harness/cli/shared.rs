//! Options that several subcommands take: where things go, and which PostgreSQL server is used.

use std::cell::RefCell;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::lab::{Interrupt, Scratch};
use crate::subject::server::{
    self, Order, ProvideError, SPARE_CONNECTIONS, Server, UnknownServer, Wanted,
};
use crate::suite::progress::Progress;

/// Where databases and results go.
#[derive(Args)]
pub struct Places {
    /// Put databases here [default: /var/tmp or target/, whichever is on a disk]
    #[arg(long, value_name = "PATH")]
    pub dir: Option<PathBuf>,

    /// Measure even where files are kept in memory, though durability costs nothing there
    #[arg(long)]
    pub allow_memory: bool,

    /// Write results here
    #[arg(long, value_name = "PATH", default_value = "reports")]
    pub out: PathBuf,
}

/// Which PostgreSQL server is used.
#[derive(Args)]
pub struct Postgres {
    /// PostgreSQL: a URL, docker, or local [default: docker, else local]
    // Read by hand: a message of the parser would repeat the password.
    #[arg(long, value_name = "URL|docker|local")]
    postgres: Option<String>,

    /// The image of a PostgreSQL container
    #[arg(long, value_name = "NAME", default_value = server::DEFAULT_IMAGE)]
    postgres_image: String,
}

impl Postgres {
    /// Which way to a server is wanted.
    ///
    /// # Errors
    /// If what was given names none.
    pub fn wanted(&self) -> Result<Wanted, UnknownServer> {
        match &self.postgres {
            None => Ok(Wanted::default()),
            Some(text) => text.parse(),
        }
    }

    /// Provides the server for this many clients.
    ///
    /// # Errors
    /// If there is none, or a signal came meanwhile.
    pub fn provide(
        &self,
        wanted: &Wanted,
        clients: u32,
        scratch: &Scratch,
        interrupt: &Interrupt,
        progress: &mut Progress,
    ) -> Result<Server> {
        let progress = RefCell::new(progress);
        let order = Order {
            wanted,
            image: &self.postgres_image,
            scratch,
            interrupt,
            connections: clients + SPARE_CONNECTIONS,
            tell: &|news| progress.borrow_mut().show(&news.to_string()),
        };
        server::provide(&order).map_err(|error| match error {
            // An interrupt must stay recognisable for the exit code.
            ProvideError::Interrupted(interrupted) => interrupted.into(),
            other => other.into(),
        })
    }
}
