//! A server that is ready: looked at, and taken down at the end.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::runtime::Runtime;

use crate::lab::Interrupt;
use crate::measure::{Place, Provision, ServerInfo};

use super::admin::{Admin, while_alive};
use super::readback::{self, Readback};
use super::{
    Crash, Found, Keeper, LocalError, Order, Progress, ProvideError, STOP, ServerError, ServerUrl,
    databases,
};

/// A PostgreSQL server that is fit for the run. Dropping it drops the databases created on it and takes
/// it down if the suite brought it up, within 3 s.
pub struct Server {
    info: ServerInfo,
    pub(super) url: ServerUrl,
    pub(super) scratch_id: String,
    pub(super) created: Mutex<BTreeSet<String>>,
    admin: Mutex<Admin>,
    interrupt: Interrupt,
    keeper: Keeper,
    /// `None` once stopped.
    runtime: Option<Runtime>,
}

/// A server whose disk is full: where it was before, if it runs in a container.
#[derive(Debug, Default)]
pub struct FullDisk(BTreeSet<String>);

/// How containers on a network reach a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entrance {
    /// At this address, on PostgreSQL's own port.
    Address(String),
    /// As the user who gave the URL reaches it.
    AsGiven,
    /// Not at all: it listens on this machine's loopback interface.
    Closed,
}

impl Server {
    /// Connects to what was found, sees whether it is fit, and reads its settings.
    pub(super) fn ready(
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
                found.package,
                found.data,
                passed_over,
            ),
            url: found.url,
            scratch_id: order.scratch.id().to_owned(),
            created: Mutex::default(),
            admin: Mutex::new(admin),
            interrupt: order.interrupt.clone(),
            keeper: found.keeper,
            runtime: Some(runtime),
        })
    }

    /// What a run file says of it.
    #[must_use]
    pub fn info(&self) -> &ServerInfo {
        &self.info
    }

    /// Whether it still answers; a server that does not is known within a few seconds. After a
    /// signal nobody asks it any more.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.with_admin(async |admin| Ok(admin.is_alive().await))
            .unwrap_or(false)
    }

    /// Lets containers on this Docker network reach the server.
    ///
    /// # Errors
    ///
    /// If it runs in a container, too, and Docker does not let that join the network.
    pub fn entrance(&self, network: &str) -> Result<Entrance, ProvideError> {
        match &self.keeper {
            Keeper::Elsewhere => Ok(Entrance::AsGiven),
            Keeper::Local(_) => Ok(Entrance::Closed),
            Keeper::Docker(container) => {
                Ok(Entrance::Address(container.join(network, self.runtime())?))
            }
        }
    }

    /// Kills every process of the server with SIGKILL and starts it again, which recovers it. Who was
    /// connected finds the connection broken.
    ///
    /// # Errors
    ///
    /// If it is not this run's own, if it does not start again, or not at the same address, or if a
    /// signal comes meanwhile.
    pub fn crash(&self) -> Result<Crash, ProvideError> {
        match &self.keeper {
            Keeper::Local(server) => Ok(server.crash(&self.interrupt)?),
            Keeper::Docker(container) => {
                let crash = container.crash(&self.url, &self.interrupt);
                Ok(self.runtime().block_on(crash)?)
            }
            Keeper::Elsewhere => Err(LocalError::NotThrowaway.into()),
        }
    }

    /// Lets no process of the server write a file beyond so many bytes, as if its disk were full, until
    /// [`Server::free_disk`].
    ///
    /// # Errors
    ///
    /// If it is not this run's own; or [`CannotLimit`](crate::lab::CannotLimit) where that cannot be done.
    pub fn fill_disk(&self, bytes: u64) -> anyhow::Result<FullDisk> {
        match &self.keeper {
            Keeper::Local(server) => {
                let filled = server.fill_disk(bytes);
                if filled.is_err() {
                    // Some of its processes may be limited already.
                    server
                        .free_disk(&self.interrupt)
                        .map_err(ProvideError::from)?;
                }
                filled.map(|()| FullDisk::default())
            }
            Keeper::Docker(container) => {
                let filling = container.fill_disk(bytes, &self.url);
                Ok(FullDisk(self.runtime().block_on(filling)?))
            }
            Keeper::Elsewhere => Err(ProvideError::from(LocalError::NotThrowaway).into()),
        }
    }

    /// Starts the server again after its disk was full, for which it has ended by then, or is killed.
    ///
    /// # Errors
    ///
    /// As [`Server::crash`].
    pub fn free_disk(&self, full: &FullDisk) -> Result<(), ProvideError> {
        match &self.keeper {
            Keeper::Local(server) => Ok(server.free_disk(&self.interrupt)?),
            Keeper::Docker(container) => {
                let freeing = container.free_disk(&full.0, &self.url, &self.interrupt);
                Ok(self.runtime().block_on(freeing)?)
            }
            Keeper::Elsewhere => Err(LocalError::NotThrowaway.into()),
        }
    }

    fn runtime(&self) -> &Runtime {
        self.runtime
            .as_ref()
            .expect("a server has its runtime until it is dropped")
    }

    /// Awaits work in a database of the server, however long it takes while the server lives and no
    /// signal comes.
    pub(crate) fn wait_for<T>(&self, work: impl Future<Output = T>) -> Result<T, ServerError> {
        self.with_admin(async |admin| while_alive(admin.options(), work).await)
    }

    pub(super) fn with_admin<T>(
        &self,
        work: impl AsyncFnOnce(&mut Admin) -> Result<T, ServerError>,
    ) -> Result<T, ServerError> {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        self.runtime().block_on(async {
            tokio::select! {
                result = work(&mut admin) => result,
                interrupted = self.interrupt.raised() => Err(interrupted.into()),
            }
        })
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
        Keeper::Local(server) => drop(server),
    }
}

fn info(
    readback: &Readback,
    provision: Provision,
    mut transport: String,
    image: Option<String>,
    package: Option<String>,
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
        package,
        built_without: readback.built_without.clone(),
        data,
        settings: readback.settings.clone(),
        changed_settings: readback.changed_settings.clone(),
        passed_over,
    }
}
