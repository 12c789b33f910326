//! The system in containers, by testcontainers: a network of its own, the app so often, nginx in
//! front of it, and the directory of the databases shared by all of them.

mod fleet;
mod nginx;
mod stack;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use testcontainers::bollard::Docker;
use testcontainers::bollard::models::NetworkCreateRequest;
use tokio::runtime::Runtime;

use super::{Instances, Setup};
use crate::lab::{Interrupt, Scratch};
use crate::subject::server::docker::{self, Image, sweep};
use crate::subject::server::{Entrance, Server};

/// The image of the app when no other is named.
pub const APP_IMAGE: &str = "contend-app";

/// The images of the load balancer that are looked for when none is named, in this order: nginx's own,
/// and those that docker/airgap/build.sh makes where no registry answers.
pub const NGINX_IMAGES: [&str; 3] = [
    "nginx:alpine",
    "contend-nginx:trixie",
    "contend-nginx:bookworm",
];

/// What containers are made of, and for whom.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The image of the app.
    pub app_image: &'a str,
    /// The image of the load balancer; `None` for the first of [`NGINX_IMAGES`] that Docker has.
    pub nginx_image: Option<&'a str>,
    /// The directory that all instances share. It must outlive the [`Containers`].
    pub scratch: &'a Scratch,
    /// The server that they shall reach.
    pub server: Option<&'a Server>,
    /// Whether the user wants it to end.
    pub interrupt: &'a Interrupt,
}

/// A Docker daemon with all that the system takes, and a network of its own. Dropping it removes the
/// network.
pub struct Containers {
    docker: Docker,
    /// `None` once stopped.
    runtime: Option<Runtime>,
    network: String,
    labels: Vec<(String, String)>,
    app: Image,
    nginx: Image,
    scratch: PathBuf,
    postgres: Option<Entrance>,
    /// Containers that wait for the next system.
    free: stack::Free,
}

impl Containers {
    /// Looks for Docker and the images and makes the network. No image is pulled.
    ///
    /// # Errors
    /// What is missing, in one sentence that says how to get it.
    pub fn provide(order: &Order<'_>) -> Result<Containers> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("contend-containers")
            .enable_all()
            .build()?;
        let network = format!("contend-{:016x}", rand::random::<u64>());
        let labels: Vec<(String, String)> = sweep::labels(order.scratch, &network)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let (docker, app, nginx) = runtime.block_on(async {
            let docker = docker::daemon().await?;
            sweep::sweep(&docker, order.scratch).await;
            let app = Image::find(order.app_image, &docker).await?;
            let app = app.with_context(|| {
                format!(
                    "Docker has no image {} of the app: make it with `just app-image`",
                    order.app_image
                )
            })?;
            let nginx = nginx(order, &docker).await?;
            let request = NetworkCreateRequest {
                name: network.clone(),
                labels: Some(labels.iter().cloned().collect()),
                ..NetworkCreateRequest::default()
            };
            docker
                .create_network(request)
                .await
                .context("Docker makes no network")?;
            anyhow::Ok((docker, app, nginx))
        })?;
        let mut containers = Containers {
            docker,
            runtime: Some(runtime),
            network,
            labels,
            app,
            nginx,
            scratch: order.scratch.path().to_owned(),
            postgres: None,
            free: stack::Free::default(),
        };
        if let Some(server) = order.server {
            let entrance = server.entrance(&containers.network);
            containers.postgres = Some(entrance.context("PostgreSQL cannot join the network")?);
        }
        Ok(containers)
    }

    /// The images, by what they are for, each with its digest or id.
    pub fn images(&self) -> BTreeMap<String, String> {
        let images = [("app", &self.app), ("load balancer", &self.nginx)];
        images
            .map(|(what, image)| (what.to_owned(), image.described()))
            .into()
    }

    /// Why PostgreSQL cannot be reached from a container, if it cannot.
    pub fn without_postgres(&self) -> Option<&'static str> {
        matches!(self.postgres, Some(Entrance::Closed)).then_some(
            "PostgreSQL listens on this machine's loopback interface only, which containers do not reach: give it a container, too (--postgres docker).",
        )
    }

    pub(super) fn start(&self, setup: &Setup<'_>) -> Result<Box<dyn Instances>> {
        let environment = setup
            .environment
            .iter()
            .map(|(name, value)| Ok(((*name).to_owned(), self.seen_inside(name, value)?)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Box::new(stack::Stack::start(self, setup, &environment)?))
    }

    /// A value of the environment as it must be inside: the server has another address there.
    fn seen_inside(&self, name: &str, value: &str) -> Result<String> {
        if name != "DATABASE_URL" {
            return Ok(value.to_owned());
        }
        match &self.postgres {
            Some(Entrance::Address(address)) => {
                // Not shown if it is no URL, since it holds a password.
                let mut url = url::Url::parse(value)
                    .ok()
                    .context("The server has no URL")?;
                let moved = url.set_host(Some(address)).is_ok() && url.set_port(Some(5432)).is_ok();
                anyhow::ensure!(moved, "The server's URL takes no other address");
                Ok(url.into())
            }
            Some(Entrance::AsGiven) => Ok(value.to_owned()),
            _ => bail!(
                self.without_postgres()
                    .unwrap_or("There is no PostgreSQL server.")
            ),
        }
    }

    fn runtime(&self) -> &Runtime {
        self.runtime
            .as_ref()
            .expect("it has its runtime until it is dropped")
    }

    fn scratch(&self) -> &Path {
        &self.scratch
    }
}

async fn nginx(order: &Order<'_>, docker: &Docker) -> Result<Image> {
    let names = match &order.nginx_image {
        Some(name) => std::slice::from_ref(name),
        None => &NGINX_IMAGES[..],
    };
    for name in names {
        if let Some(image) = Image::find(name, docker).await? {
            return Ok(image);
        }
    }
    bail!(
        "Docker has no image {} for the load balancer: pull one (`docker pull nginx:alpine`) or make one (see docker/README.md)",
        names.join(" and no image ")
    )
}

impl Drop for Containers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            let free = std::mem::take(&mut *self.free.lock().expect("no thread panics with it"));
            let end = || {
                drop(free);
                runtime.block_on(async {
                    let removal = async {
                        if let Some((_, server)) = self.labels.first() {
                            sweep::remove_own(&self.docker, server).await;
                        }
                        // PostgreSQL may still be in it, and goes on without.
                        sweep::remove_network(&self.docker, &self.network).await;
                    };
                    drop(tokio::time::timeout(super::STOP, removal).await);
                });
            };
            // On a thread of its own, because the caller may be in a runtime or in a panic already.
            std::thread::scope(|scope| drop(scope.spawn(end).join()));
            runtime.shutdown_background();
        }
    }
}
