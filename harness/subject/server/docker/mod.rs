//! A container of its own, by testcontainers.

mod image;
mod pull;
mod sweep;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::LogsOptionsBuilder;
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::{IntoContainerPort as _, Mount};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt as _};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::lab::{Interrupted, place_of};
use crate::measure::Provision;

use super::admin::{self, ServerError};
use super::url::one_line;
use super::{Found, Keeper, Order, Progress, ProvideError, STOP, Secret, ServerUrl};
use image::Image;

/// PostgreSQL's port inside the container.
const PORT: u16 = 5432;
/// How long the daemon may take to answer a simple question.
const DAEMON: Duration = Duration::from_secs(3);
/// How long a fresh container may take until PostgreSQL answers.
const START: Duration = Duration::from_secs(60);

/// Why there is no container. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// No daemon socket.
    #[error("Docker is not installed, or its daemon is not running (see `docker info`).")]
    NotRunning,
    /// The socket is closed to this user.
    #[error("This user may not use Docker: add it to the group docker and log in again.")]
    NotAllowed,
    /// The daemon does not answer, or refuses.
    #[error("The Docker daemon does not do as asked ({0}): see `docker info`.")]
    Daemon(String),
    /// The registry is silent.
    #[error(
        "The registry of {image} gave no answer within {} s: pull the image where there is a network, \
         or name one that Docker has with --postgres-image.",
        pull::ANSWER.as_secs()
    )]
    SilentRegistry {
        /// The image.
        image: String,
    },
    /// The registry has no such image, or cannot be reached.
    #[error(
        "The image {image} could not be pulled ({reason}): name one that Docker has with \
         --postgres-image, or see docker/README.md for making one without a registry."
    )]
    NotPulled {
        /// The image.
        image: String,
        /// What Docker said.
        reason: String,
    },
    /// The directory for the data cannot be made.
    #[error("Cannot create the directory {} for the container's data: {source}.", path.display())]
    Data {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Docker did not start it.
    #[error("Docker did not start a container from {image}: {reason}.")]
    NotStarted {
        /// The image.
        image: String,
        /// What Docker said.
        reason: String,
    },
    /// PostgreSQL ended inside.
    #[error("PostgreSQL ended in its container from {image}; its last words: {log}")]
    Ended {
        /// The image.
        image: String,
        /// The tail of its log.
        log: String,
    },
    /// PostgreSQL never answered.
    #[error("PostgreSQL in its container from {image} was not ready within {} s: {reason}", START.as_secs())]
    NotReady {
        /// The image.
        image: String,
        /// What the last attempt to connect said.
        reason: String,
    },
}

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

/// The container of a run, known by its label.
pub(super) struct Container {
    docker: Docker,
    scratch_id: String,
}

impl Container {
    /// Removes it with its volumes, within 3 s.
    pub(super) fn remove(self, runtime: &Runtime) {
        let removal = sweep::remove_own(&self.docker, &self.scratch_id);
        drop(runtime.block_on(async { timeout(STOP, removal).await }));
    }
}

/// Starts a container and waits until PostgreSQL in it answers.
pub(super) fn start(order: &Order<'_>, runtime: &Runtime) -> Result<Found, Failed> {
    (order.tell)(Progress::Trying(Provision::Docker));
    let docker = runtime.block_on(or_interrupted(order, daemon()))?;
    let container = Container {
        docker: docker.clone(),
        scratch_id: order.scratch.id().to_owned(),
    };
    match runtime.block_on(run(order, &docker)) {
        Ok(run) => Ok(run.found(container)),
        Err(failed) => {
            container.remove(runtime);
            Err(failed)
        }
    }
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
async fn daemon() -> Result<Docker, DockerError> {
    let docker = docker_client_instance()
        .await
        .map_err(|error| unreachable(&error))?;
    match timeout(DAEMON, docker.ping()).await {
        Ok(Ok(_)) => Ok(docker),
        Ok(Err(error)) => Err(unreachable(&error)),
        Err(_) => Err(DockerError::Daemon(format!(
            "no answer within {} s",
            DAEMON.as_secs()
        ))),
    }
}

/// Which sentence fits a daemon that cannot be reached: the system's own error lies below several others.
fn unreachable(error: &(dyn std::error::Error + 'static)) -> DockerError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                return DockerError::NotRunning;
            }
            Some(io::ErrorKind::PermissionDenied) => return DockerError::NotAllowed,
            _ => cause = error.source(),
        }
    }
    let text = one_line(error);
    if text.contains("Socket not found") {
        DockerError::NotRunning
    } else {
        DockerError::Daemon(text)
    }
}

/// Finds the image, starts a container from it, and waits until it answers.
async fn run(order: &Order<'_>, docker: &Docker) -> Result<Running, Failed> {
    or_interrupted(order, async {
        sweep::sweep(docker, order.scratch).await;
        Ok(())
    })
    .await?;
    let image = or_interrupted(order, Image::find_or_pull(order, docker)).await?;
    let data = or_interrupted(order, data_directory(order, docker)).await?;
    let password = Secret::random();
    let request = request(order, &image, data.as_ref(), &password);
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
    let path = order.scratch.path().join("docker");
    fs::create_dir(&path)
        // The image's user has to pass through it to what it owns inside.
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o711)))
        .map_err(|source| DockerError::Data {
            path: path.clone(),
            source,
        })?;
    Ok(Some(path))
}

/// A server with the image's defaults, labelled so that a later run can sweep it.
fn request(
    order: &Order<'_>,
    image: &Image,
    data: Option<&PathBuf>,
    password: &Secret,
) -> ContainerRequest<GenericImage> {
    let (name, tag) = image.reference();
    let mut request = GenericImage::new(name, tag)
        .with_exposed_port(PORT.tcp())
        .with_env_var("POSTGRES_PASSWORD", password.expose())
        .with_labels(sweep::labels(order.scratch))
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

/// Waits until PostgreSQL answers over TCP. While the image prepares itself it listens on a socket inside
/// only, so an answer means that it is done.
async fn ready(
    docker: &Docker,
    container: &ContainerAsync<GenericImage>,
    image: &Image,
    password: &Secret,
) -> Result<(ServerUrl, &'static str), DockerError> {
    let ways = ways(docker, container, image, password).await?;
    let mut looked = Instant::now();
    loop {
        for (index, (url, _)) in ways.iter().enumerate() {
            if !answers(url).await {
                continue;
            }
            // It may have become ready between two attempts: the first way is the better one.
            let best = if index > 0 && answers(&ways[0].0).await {
                0
            } else {
                index
            };
            return Ok(ways[best].clone());
        }
        if looked.elapsed() > Duration::from_millis(500) {
            looked = Instant::now();
            if let Ok(false) = container.is_running().await {
                return Err(DockerError::Ended {
                    image: image.name.clone(),
                    log: tail(docker, container.id()).await,
                });
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How the server may be reached, the best way first: Docker's proxy on a mapped port costs time per
/// packet, and only Linux routes to a container's own address.
async fn ways(
    docker: &Docker,
    container: &ContainerAsync<GenericImage>,
    image: &Image,
    password: &Secret,
) -> Result<Vec<(ServerUrl, &'static str)>, DockerError> {
    let mut ways = Vec::new();
    let mut add = |host: &str, port: u16, transport| {
        if let Ok(url) = ServerUrl::plain(host, port, "postgres", password) {
            ways.push((url, transport));
        }
    };
    if cfg!(target_os = "linux")
        && let Ok(address) = container.get_bridge_ip_address().await
    {
        add(
            &address.to_string(),
            PORT,
            "TCP to the container's own address",
        );
    }
    if let (Ok(host), Ok(port)) = (
        container.get_host().await,
        container.get_host_port_ipv4(PORT.tcp()).await,
    ) {
        add(&host.to_string(), port, "TCP to the port that Docker maps");
    }
    if ways.is_empty() {
        // A container that ended at once has neither address nor port.
        return match container.is_running().await {
            Ok(true) => Err(DockerError::NotStarted {
                image: image.name.clone(),
                reason: "it has neither an address nor a mapped port".to_owned(),
            }),
            _ => Err(DockerError::Ended {
                image: image.name.clone(),
                log: tail(docker, container.id()).await,
            }),
        };
    }
    Ok(ways)
}

/// Whether the server answers there, now.
async fn answers(url: &ServerUrl) -> bool {
    let Ok(options) = url.options() else {
        return false;
    };
    let select = async {
        let mut admin = admin::Admin::connect(options).await?;
        admin.execute("SELECT 1".to_owned()).await?;
        admin.close().await;
        Ok::<_, ServerError>(())
    };
    matches!(timeout(Duration::from_secs(1), select).await, Ok(Ok(())))
}

/// The last lines that a container wrote, as one.
async fn tail(docker: &Docker, id: &str) -> String {
    let options = LogsOptionsBuilder::new()
        .stdout(true)
        .stderr(true)
        .tail("5")
        .build();
    let lines: Vec<String> = docker
        .logs(id, Some(options))
        .filter_map(async |line| line.ok().map(|line| line.to_string().trim().to_owned()))
        .filter(|line| std::future::ready(!line.is_empty()))
        .collect()
        .await;
    if lines.is_empty() {
        "it wrote nothing".to_owned()
    } else {
        lines.join(" / ")
    }
}
