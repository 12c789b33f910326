//! Options about where things happen, which several subcommands share: a directory for the
//! databases, and a PostgreSQL server.

use std::path::PathBuf;

use clap::Args;

use crate::lab::directory::{self, DirectoryError};
use crate::subject::server::{self, UnknownServer, Wanted};

/// Where databases go.
#[derive(Args)]
pub struct Place {
    /// Put databases here [default: /var/tmp or target/, whichever is on a disk]
    #[arg(long, value_name = "PATH")]
    pub dir: Option<PathBuf>,

    /// Measure even where files are kept in memory, though durability costs nothing there
    #[arg(long)]
    pub allow_memory: bool,
}

impl Place {
    /// The directory where databases go.
    ///
    /// # Errors
    /// If databases cannot go there; the sentence says what to do.
    pub fn choose(&self) -> Result<PathBuf, DirectoryError> {
        directory::choose(self.dir.as_deref(), self.allow_memory)
    }
}

/// Which PostgreSQL server is used.
#[derive(Args)]
pub struct Server {
    /// PostgreSQL: a URL, docker, or local [default: docker, else local]
    // Read by hand: a message of the parser would repeat the password.
    #[arg(long, value_name = "URL|docker|local")]
    postgres: Option<String>,

    /// The image of a PostgreSQL container
    #[arg(long, value_name = "NAME", default_value = server::DEFAULT_IMAGE)]
    pub postgres_image: String,
}

impl Server {
    /// The way to a server that was asked for.
    ///
    /// # Errors
    /// If what follows `--postgres` names none: the command line was not understood.
    pub fn wanted(&self) -> Result<Wanted, UnknownServer> {
        self.postgres
            .as_deref()
            .map_or_else(|| Ok(Wanted::default()), str::parse)
    }
}
