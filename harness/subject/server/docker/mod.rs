//! A container of its own, by testcontainers.

mod crash;
mod error;
mod full;
mod image;
mod pull;
mod reach;
pub(crate) mod sweep;

use std::path::PathBuf;
use std::time::Duration;

use testcontainers::bollard::Docker;
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::{IntoContainerPort as _, Mount};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt as _};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::lab::{Interrupted, place_of};
use crate::measure::Provision;

use super::url::one_line;
use super::{Found, Keeper, Order, Progress, ProvideError, STOP, Secret, ServerUrl};
pub use error::DockerError;
use error::unreachable;
pub(crate) use image::Image;
use reach::ready;
pub(crate) use reach::{tail, tail_since};

/// PostgreSQL's port inside the container.
const PORT: u16 = 5432;
/// How long the daemon may take to answer a simple question.
const DAEMON: Duration = Duration::from_secs(3);
/// How long a fresh container may take until PostgreSQL answers.
const START: Duration = Duration::from_secs(60);

/// Why [`start`] came back without a server.
pub(super) enum Failed {
    Interrupted(Interrupted),
    Docker(DockerError),
}

impl From<DockerError> for Failed {
    fn from(error: DockerError) -> Self {
        Self::Docker(error)
    }
}

impl From<Failed> for ProvideError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Interrupted(interrupted) => interrupted.into(),
            Failed::Docker(error) => error.into(),
        }
    }
}

/// The container of a server, known by its label.
pub(super) struct Container {
    docker: Docker,
    server: String,
}

impl Container {
    /// Lets it join a network; its address there.
    pub(super) fn join(&self, network: &str, runtime: &Runtime) -> Result<String, DockerError> {
        let joined = runtime.block_on(async {
            sweep::join(&self.docker, &self.server, network)
                .await
                .map_err(|error| DockerError::Daemon(one_line(&error)))
        })?;
        joined.ok_or_else(|| DockerError::Daemon("the container has no address".to_owned()))
    }

    /// Removes it with its volumes, within 3 s.
    pub(super) fn remove(self, runtime: &Runtime) {
        let removal = sweep::remove_own(&self.docker, &self.server);
        drop(runtime.block_on(async { timeout(STOP, removal).await }));
    }
}

/// Starts a container and waits until PostgreSQL in it answers.
pub(super) fn start(order: &Order<'_>, runtime: &Runtime) -> Result<Found, Failed> {
    (order.tell)(Progress::Trying(Provision::Docker));
    let docker = runtime.block_on(or_interrupted(order, daemon()))?;
    let container = Container {
        docker: docker.clone(),
        server: format!("{:016x}", rand::random::<u64>()),
    };
    match runtime.block_on(run(order, &docker, &container.server)) {
        Ok(run) => Ok(run.found(container)),
        Err(failed) => {
            container.remove(runtime);
            Err(failed)
        }
    }
}

/// Which Docker there is, and whether it has the image or could pull it. Nothing is started.
pub(super) async fn inspect(image: &str, offline: bool) -> Result<String, DockerError> {
    let docker = daemon().await?;
    let version = match timeout(DAEMON, docker.version()).await {
        Ok(Ok(answer)) => answer.version,
        _ => None,
    };
    let docker_version = match version {
        Some(version) => format!("Docker {version}"),
        None => "Docker of an unknown version".to_owned(),
    };
    let found = timeout(DAEMON, Image::find(image, &docker)).await;
    match found.unwrap_or_else(|_| Err(silent()))? {
        Some(image) => Ok(format!("{docker_version}, which has {}", image.described())),
        None if offline => Err(DockerError::Offline {
            image: image.to_owned(),
        }),
        None => {
            pull::ask(image, &docker).await?;
            Ok(format!("{docker_version}, which would pull {image}"))
        }
    }
}

fn silent() -> DockerError {
    DockerError::Daemon(format!("no answer within {} s", DAEMON.as_secs()))
}

/// A container in which PostgreSQL answers.
struct Running {
    url: ServerUrl,
    transport: &'static str,
    image: String,
    data: Option<PathBuf>,
}

impl Running {
    fn found(self, container: Container) -> Found {
        Found {
            keeper: Keeper::Docker(container),
            provision: Provision::Docker,
            url: self.url,
            transport: self.transport.to_owned(),
            image: Some(self.image),
            package: None,
            data: self.data.and_then(|data| place_of(&data).ok()),
        }
    }
}

/// Awaits a step; a signal ends the wait.
async fn or_interrupted<T>(
    order: &Order<'_>,
    step: impl Future<Output = Result<T, DockerError>>,
) -> Result<T, Failed> {
    tokio::select! {
        result = step => result.map_err(Failed::Docker),
        interrupted = order.interrupt.raised() => Err(Failed::Interrupted(interrupted)),
    }
}

/// A daemon that answers.
pub(crate) async fn daemon() -> Result<Docker, DockerError> {
    let docker = docker_client_instance()
        .await
        .map_err(|error| unreachable(&error))?;
    match timeout(DAEMON, docker.ping()).await {
        Ok(Ok(_)) => Ok(docker),
        Ok(Err(error)) => Err(unreachable(&error)),
        Err(_) => Err(silent()),
    }
}

/// Finds the image, starts a container from it, and waits until it answers.
async fn run(order: &Order<'_>, docker: &Docker, server: &str) -> Result<Running, Failed> {
    or_interrupted(order, async {
        sweep::sweep(docker, order.scratch).await;
        Ok(())
    })
    .await?;
    let image = or_interrupted(order, Image::find_or_pull(order, docker)).await?;
    let data = or_interrupted(order, data_directory(order, docker)).await?;
    let password = Secret::random();
    let request = request(order, server, &image, data.as_ref(), &password);
    let container = create(order, &image, request).await?;
    let ready = or_interrupted(order, async {
        match timeout(START, ready(docker, &container, &image, &password)).await {
            Ok(ready) => ready,
            Err(_) => Err(DockerError::NotReady {
                image: image.name.clone(),
                reason: tail(docker, container.id()).await,
            }),
        }
    })
    .await;
    // Its own destructor waits for the daemon without a bound. The container is removed by its label.
    std::mem::forget(container);
    let (url, transport) = ready?;
    Ok(Running {
        url,
        transport,
        image: image.described(),
        data,
    })
}

/// A directory in scratch for the container's data, so that it lies on the same disk as SQLite's.
///
/// `None` where users are mapped (rootless Docker, userns-remap): what the container writes would belong
/// to a user that this one cannot clean up after. The image's own volume serves there.
async fn data_directory(
    order: &Order<'_>,
    docker: &Docker,
) -> Result<Option<PathBuf>, DockerError> {
    let daemon = timeout(DAEMON, docker.info()).await;
    let options = match daemon {
        Ok(Ok(info)) => info.security_options.unwrap_or_default(),
        _ => Vec::new(),
    };
    let is_mapped =
        |option: &String| option.contains("name=rootless") || option.contains("name=userns");
    if options.iter().any(is_mapped) {
        return Ok(None);
    }
    order
        .fresh_directory("docker", 0o711)
        .map(Some)
        .map_err(DockerError::Data)
}

/// A server with the image's defaults, labelled so that a later run can sweep it.
fn request(
    order: &Order<'_>,
    server: &str,
    image: &Image,
    data: Option<&PathBuf>,
    password: &Secret,
) -> ContainerRequest<GenericImage> {
    let (name, tag) = image.reference();
    let mut request = GenericImage::new(name, tag)
        .with_exposed_port(PORT.tcp())
        .with_env_var("POSTGRES_PASSWORD", password.expose())
        .with_labels(sweep::labels(order.scratch, server))
        .with_startup_timeout(START);
    if let Some(data) = data {
        let target = image.data_directory();
        request = request.with_mount(Mount::bind_mount(data.display().to_string(), target));
        if !rustix::process::geteuid().is_root() {
            // As this user, so that this user can remove what it wrote.
            let user = (
                rustix::process::geteuid().as_raw(),
                rustix::process::getegid().as_raw(),
            );
            request = request.with_user(format!("{}:{}", user.0, user.1));
        }
    }
    request
}

/// Creates and starts the container. Not cancelled half-way by a signal: one that is created while
/// nobody waits for it would stay.
async fn create(
    order: &Order<'_>,
    image: &Image,
    request: ContainerRequest<GenericImage>,
) -> Result<ContainerAsync<GenericImage>, Failed> {
    let mut starting = tokio::spawn(request.start());
    let started = tokio::select! {
        started = &mut starting => started,
        interrupted = order.interrupt.raised() => {
            drop(timeout(STOP, starting).await);
            return Err(Failed::Interrupted(interrupted));
        }
    };
    let not_started = |reason: String| DockerError::NotStarted {
        image: image.name.clone(),
        reason,
    };
    match started {
        Ok(Ok(container)) => Ok(container),
        Ok(Err(error)) => Err(not_started(one_line(&error)).into()),
        Err(error) => Err(not_started(one_line(&error)).into()),
    }
}
