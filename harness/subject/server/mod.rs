//! How a PostgreSQL server is provided: one given by URL, a container of its own, or a throwaway
//! cluster from the binaries on this machine.
//!
//! [`provide`] finds one in that order and hands out a [`Server`], which creates and drops databases
//! and takes everything down when it is dropped. All of it blocks and must not be called from
//! asynchronous code.

mod admin;
mod databases;
mod docker;
mod local;
mod readback;
mod secret;
mod url;
mod wanted;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::lab::{Interrupt, Interrupted, Scratch};
use crate::measure::{Place, Provision, ServerInfo};

pub use admin::ServerError;
pub use databases::Database;
pub use docker::DockerError;
pub use local::LocalError;
pub use secret::Secret;
pub use url::{ServerUrl, UrlError, redact};
pub use wanted::{UnknownServer, Wanted};

use admin::Admin;
use readback::Readback;

/// Connections that a run needs beside those of its clients: the suite's own, and a few to look at the
/// server with.
pub const SPARE_CONNECTIONS: u32 = 4;

/// The image of a container when no other is named.
pub const DEFAULT_IMAGE: &str = "postgres:18";

/// How long taking a server down may last.
const STOP: Duration = Duration::from_secs(3);

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// Which way.
    pub wanted: &'a Wanted,
    /// The image of a container.
    pub image: &'a str,
    /// Where its data goes. It must outlive the [`Server`].
    pub scratch: &'a Scratch,
    /// What ends the wait.
    pub interrupt: &'a Interrupt,
    /// How many connections the run needs at once: its clients and [`SPARE_CONNECTIONS`].
    pub connections: u32,
    /// Hears what happens meanwhile.
    pub tell: &'a dyn Fn(Progress),
}

/// What happens while a server is being provided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A way is being tried.
    Trying(Provision),
    /// An image is being pulled.
    Pulling {
        /// The image.
        image: String,
        /// Bytes of its layers that have come so far.
        bytes: u64,
        /// Bytes of its layers as far as they are known.
        total: u64,
    },
    /// A way is passed over; the sentence says why.
    PassedOver(String),
    /// A server is ready; the text is its version.
    Ready(Provision, String),
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MB: u64 = 1_000_000;
        match self {
            Progress::Trying(provision) => write!(f, "PostgreSQL: trying {provision}"),
            Progress::Pulling {
                image,
                bytes,
                total,
            } => write!(f, "Pulling {image}: {} of {} MB", bytes / MB, total / MB),
            Progress::PassedOver(sentence) => f.write_str(sentence),
            Progress::Ready(provision, version) => {
                write!(f, "PostgreSQL {version} is ready: {provision}")
            }
        }
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ProvideError {
    /// A signal came meanwhile.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The server cannot be used.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The URL cannot be used.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// No container.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// No throwaway cluster.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// No way led to a server.
    #[error(
        "There is no PostgreSQL server. Give one by URL (--postgres postgres://user@host/database), \
         or mend one of the other two ways. --postgres docker: {docker} --postgres local: {local}"
    )]
    None {
        /// Why there is no container.
        docker: DockerError,
        /// Why there is no throwaway cluster.
        local: LocalError,
    },
    /// The system refused a runtime for the connections.
    #[error("Cannot start the runtime for the connections to PostgreSQL: {0}.")]
    Runtime(#[source] std::io::Error),
}

/// What keeps a server running.
enum Keeper {
    /// Somebody else.
    Elsewhere,
    Docker(docker::Container),
    Local(local::Cluster),
}

/// A server before it was looked at.
struct Found {
    keeper: Keeper,
    provision: Provision,
    url: ServerUrl,
    transport: String,
    image: Option<String>,
    data: Option<Place>,
}

/// A PostgreSQL server that is fit for the run. Dropping it drops the databases created on it and takes
/// it down if the suite brought it up, within 3 s.
pub struct Server {
    info: ServerInfo,
    url: ServerUrl,
    scratch_id: String,
    created: Mutex<BTreeSet<String>>,
    admin: Mutex<Admin>,
    keeper: Keeper,
    /// `None` once stopped.
    runtime: Option<Runtime>,
}

/// Provides the server that is asked for, ready and fit for the run.
///
/// # Errors
///
/// One sentence that says why there is none and what to do.
pub fn provide(order: &Order<'_>) -> Result<Server, ProvideError> {
    order.interrupt.check()?;
    // Workers of its own keep a connection to Docker moving while nothing is awaited here.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("contend-postgres")
        .enable_all()
        .build()
        .map_err(ProvideError::Runtime)?;
    let mut passed_over = Vec::new();
    let found = match order.wanted {
        Wanted::Url(url) => given(order, url),
        Wanted::Docker => docker::start(order, &runtime)?,
        Wanted::Local => local::start(order)?,
        Wanted::Auto => match docker::start(order, &runtime) {
            Ok(found) => found,
            Err(docker::Failed::Interrupted(interrupted)) => return Err(interrupted.into()),
            Err(docker::Failed::Docker(docker)) => {
                let sentence = format!("No container was used. {docker}");
                (order.tell)(Progress::PassedOver(sentence.clone()));
                passed_over.push(sentence);
                match local::start(order) {
                    Ok(found) => found,
                    Err(local::Failed::Interrupted(interrupted)) => return Err(interrupted.into()),
                    Err(local::Failed::Local(local)) => {
                        return Err(ProvideError::None { docker, local });
                    }
                }
            }
        },
    };
    Server::ready(order, runtime, found, passed_over)
}

/// A server that is there already.
fn given(order: &Order<'_>, url: &ServerUrl) -> Found {
    (order.tell)(Progress::Trying(Provision::Url));
    Found {
        keeper: Keeper::Elsewhere,
        provision: Provision::Url,
        url: url.clone(),
        transport: String::new(),
        image: None,
        data: None,
    }
}

impl Server {
    /// Connects to what was found, sees whether it is fit, and reads its settings.
    fn ready(
        order: &Order<'_>,
        runtime: Runtime,
        found: Found,
        passed_over: Vec<String>,
    ) -> Result<Self, ProvideError> {
        let options = found
            .url
            .options()?
            .application_name(&databases::application(order.scratch.id()));
        let transport = match options.get_socket() {
            _ if !found.transport.is_empty() => found.transport,
            Some(_) => "Unix-domain socket".to_owned(),
            None => "TCP to the host of the URL".to_owned(),
        };
        let looked = runtime.block_on(async {
            let look = async {
                let mut admin = Admin::connect(options).await?;
                let readback = readback::read(&mut admin).await?;
                readback::check_fitness(&mut admin, order.connections).await?;
                if found.provision == Provision::Url {
                    databases::sweep(&mut admin, order.scratch.id()).await?;
                }
                Ok::<_, ServerError>((admin, readback))
            };
            tokio::select! {
                looked = look => looked.map_err(ProvideError::from),
                interrupted = order.interrupt.raised() => Err(interrupted.into()),
            }
        });
        let (admin, readback) = match looked {
            Ok(looked) => looked,
            Err(error) => {
                stop_keeper(found.keeper, &runtime);
                runtime.shutdown_background();
                return Err(error);
            }
        };
        (order.tell)(Progress::Ready(found.provision, readback.version.clone()));
        Ok(Self {
            info: info(
                &readback,
                found.provision,
                transport,
                found.image,
                found.data,
                passed_over,
            ),
            url: found.url,
            scratch_id: order.scratch.id().to_owned(),
            created: Mutex::default(),
            admin: Mutex::new(admin),
            keeper: found.keeper,
            runtime: Some(runtime),
        })
    }

    /// What a run file says of it.
    #[must_use]
    pub fn info(&self) -> &ServerInfo {
        &self.info
    }

    /// Whether it still answers; a server that does not is known within a few seconds.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.with_admin(async |admin| admin.is_alive().await)
    }

    /// Takes it down, as dropping it does.
    pub fn stop(self) {
        drop(self);
    }

    fn with_admin<T>(&self, work: impl AsyncFnOnce(&mut Admin) -> T) -> T {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        self.runtime
            .as_ref()
            .expect("a server has its runtime until it is dropped")
            .block_on(work(&mut admin))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("provision", &self.info.provision)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        let keeper = std::mem::replace(&mut self.keeper, Keeper::Elsewhere);
        let created = std::mem::take(
            self.created
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let admin = self.admin.get_mut().unwrap_or_else(PoisonError::into_inner);
        // On a thread of its own, because the caller may be in a runtime or in a panic already.
        let end = || {
            let goodbye = async {
                if matches!(keeper, Keeper::Elsewhere) {
                    databases::drop_all(admin, created).await;
                }
                admin.close().await;
            };
            drop(runtime.block_on(async { tokio::time::timeout(STOP, goodbye).await }));
            stop_keeper(keeper, &runtime);
            runtime.shutdown_background();
        };
        thread::scope(|scope| drop(scope.spawn(end).join()));
    }
}

/// Takes down what the suite brought up.
fn stop_keeper(keeper: Keeper, runtime: &Runtime) {
    match keeper {
        Keeper::Elsewhere => {}
        Keeper::Docker(container) => container.remove(runtime),
        Keeper::Local(cluster) => drop(cluster),
    }
}

fn info(
    readback: &Readback,
    provision: Provision,
    mut transport: String,
    image: Option<String>,
    data: Option<Place>,
    passed_over: Vec<String>,
) -> ServerInfo {
    if readback.encrypted {
        transport.push_str(", encrypted with TLS");
    }
    ServerInfo {
        provision,
        version: readback.version.clone(),
        version_number: readback.version_number,
        banner: readback.banner.clone(),
        transport,
        image,
        data,
        settings: readback.settings.clone(),
        changed_settings: readback.changed_settings.clone(),
        passed_over,
    }
}
