//! Containers that wait for something to run in them, and the load balancer before them. They outlast a
//! trial: five containers take longer to start and to remove than most trials.

use anyhow::{Context as _, Result, bail};
use futures::future::try_join_all;
use testcontainers::bollard::Docker;
use testcontainers::bollard::exec::{CreateExecOptions, StartExecOptions};
use testcontainers::bollard::models::{ContainerInspectResponse, HostConfig, HostConfigLogConfig};
use testcontainers::bollard::query_parameters::InspectContainerOptions;
use testcontainers::core::{AccessMode, IntoContainerPort as _, Mount};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt as _};
use tokio::runtime::Handle;

use super::super::STOP;
use super::{Containers, nginx};
use crate::subject::server::docker::{Image, sweep, tail};

/// The port of the app in its container.
pub const PORT: u16 = 3000;

/// Has nginx read its configuration again, with workers that know nothing yet (nginx.org/en/docs/control.html).
const RELOAD: &str = "kill -HUP 1";

/// How long the log of a container may become, and how many files of it are kept: the app writes a line
/// for each request.
const LOG: [(&str, &str); 2] = [("max-size", "10m"), ("max-file", "2")];

/// Containers with nothing in them yet, and a load balancer that knows them. Dropping it removes them.
pub struct Fleet {
    pub(super) docker: Docker,
    pub(super) runtime: Handle,
    /// The label that tells its containers from all others.
    label: String,
    /// One for each instance.
    pub(super) containers: Vec<Container>,
    /// Where the load balancer is reached, `host:port`.
    pub(super) entrance: String,
    balancer: String,
}

/// A container, and where its port is reached, `host:port`.
#[derive(Debug, Clone)]
pub struct Container {
    pub(super) id: String,
    pub(super) address: String,
}

impl Fleet {
    /// Starts so many containers, and the load balancer.
    pub fn start(containers: &Containers, instances: u32) -> Result<Fleet> {
        let label = format!("{}-{:08x}", containers.network, rand::random::<u32>());
        let mut fleet = Fleet {
            docker: containers.docker.clone(),
            runtime: containers.runtime().handle().clone(),
            label,
            containers: Vec::new(),
            entrance: String::new(),
            balancer: String::new(),
        };
        let apps = (0..instances).map(|_| {
            let request = fleet
                .request(containers, &containers.app, "sleep", PORT)
                .with_cmd(["infinity"])
                .with_mount(shared(containers));
            fleet.run(request, PORT)
        });
        fleet.containers = fleet.runtime.block_on(try_join_all(apps))?;
        let balancer = fleet.balance(containers)?;
        fleet.entrance = balancer.address;
        fleet.balancer = balancer.id;
        Ok(fleet)
    }

    /// Starts the load balancer.
    fn balance(&self, containers: &Containers) -> Result<Container> {
        let inside = self.containers.iter().map(async |one| {
            let address = own_address(&self.inspect(&one.id).await?);
            let address = address.context("A container has no address in its network")?;
            anyhow::Ok(format!("{address}:{PORT}"))
        });
        let inside = self.runtime.block_on(try_join_all(inside))?;
        let file = containers.scratch().join(format!("{}.conf", self.label));
        std::fs::write(&file, nginx::configuration(&inside))
            .with_context(|| format!("Cannot write {}", file.display()))?;
        let request = self
            .request(containers, &containers.nginx, "nginx", nginx::PORT)
            .with_cmd(["-e", "stderr", "-g", "daemon off;"])
            .with_mount(
                Mount::bind_mount(file.display().to_string(), "/etc/nginx/nginx.conf")
                    .with_access_mode(AccessMode::ReadOnly),
            );
        self.runtime.block_on(self.run(request, nginx::PORT))
    }

    /// A container of this fleet, from this image, with what all of them have.
    fn request(
        &self,
        containers: &Containers,
        image: &Image,
        program: &str,
        port: u16,
    ) -> ContainerRequest<GenericImage> {
        let (name, tag) = image.reference();
        let user = (
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        );
        let mut labels = containers.labels.clone();
        labels.push((sweep::STACK.to_owned(), self.label.clone()));
        let mut image = GenericImage::new(name, tag).with_entrypoint(program);
        if !cfg!(target_os = "linux") {
            image = image.with_exposed_port(port.tcp());
        }
        image
            .with_network(&containers.network)
            .with_labels(labels)
            .with_mount(Mount::tmpfs_mount("/tmp"))
            .with_readonly_rootfs(true)
            .with_host_config_modifier(bound_log)
            // As this user, so that this user can remove what it wrote.
            .with_user(format!("{}:{}", user.0, user.1))
    }

    async fn run(&self, request: ContainerRequest<GenericImage>, port: u16) -> Result<Container> {
        let started = tokio::spawn(request.start()).await?;
        let container = started.context("Docker did not start a container of the system")?;
        let address = reach(&self.inspect(container.id()).await?, &container, port).await;
        let id = container.id().to_owned();
        // Its own destructor waits for the daemon without a bound. It is removed by its label.
        std::mem::forget(container);
        match address {
            Some(address) => Ok(Container { id, address }),
            None => bail!(
                "A container of the system ended as it began; its last words: {}",
                tail(&self.docker, &id).await
            ),
        }
    }

    pub(super) async fn inspect(&self, id: &str) -> Result<ContainerInspectResponse> {
        let inspected = self
            .docker
            .inspect_container(id, None::<InspectContainerOptions>);
        inspected
            .await
            .context("Docker does not know the container")
    }

    /// Has the load balancer forget what it saw of the instances before: which of them it leaves out for a
    /// while since a request failed, and its connections.
    pub(super) fn refresh(&self) -> Result<()> {
        let reload = self.exec(&self.balancer, RELOAD, Vec::new());
        self.runtime.block_on(reload).map(drop)
    }

    /// Runs a line of the shell in a container, and does not wait for it; Docker's number for it.
    pub(super) async fn exec(
        &self,
        id: &str,
        line: &str,
        environment: Vec<String>,
    ) -> Result<String> {
        let options = CreateExecOptions {
            cmd: Some(["sh", "-c", line].map(str::to_owned).to_vec()),
            env: Some(environment),
            ..CreateExecOptions::default()
        };
        let run = async {
            let created = self.docker.create_exec(id, options).await?.id;
            let detached = StartExecOptions {
                detach: true,
                ..StartExecOptions::default()
            };
            self.docker.start_exec(&created, Some(detached)).await?;
            anyhow::Ok(created)
        };
        run.await.context("Docker runs nothing in a container")
    }

    /// Why the load balancer has ended, with the last it said; `None` while it runs.
    pub(super) fn balancer_ended(&self) -> Option<String> {
        self.runtime.block_on(async {
            let state = self.inspect(&self.balancer).await.ok()?.state?;
            if state.running == Some(true) {
                return None;
            }
            let last = tail(&self.docker, &self.balancer).await;
            let code = state.exit_code.unwrap_or_default();
            Some(format!("exit code {code}; its last words: {last}"))
        })
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let removal = async {
            // Some versions of Docker do not end a paused one.
            for container in &self.containers {
                let _ = self.docker.unpause_container(&container.id).await;
            }
            sweep::remove_stack(&self.docker, &self.label).await;
        };
        self.runtime
            .block_on(async { drop(tokio::time::timeout(STOP, removal).await) });
    }
}

fn bound_log(config: &mut HostConfig) {
    let options = LOG.map(|(name, value)| (name.to_owned(), value.to_owned()));
    config.log_config = Some(HostConfigLogConfig {
        typ: Some("json-file".to_owned()),
        config: Some(options.into()),
    });
}

/// The directory of the databases, at the same place inside.
fn shared(containers: &Containers) -> Mount {
    let path = containers.scratch().display().to_string();
    Mount::bind_mount(path.clone(), path)
}

/// How this machine reaches a container's port: at its own address where the kernel routes there, which
/// spares Docker's proxy.
async fn reach(
    inspected: &ContainerInspectResponse,
    container: &ContainerAsync<GenericImage>,
    port: u16,
) -> Option<String> {
    if cfg!(target_os = "linux") {
        return Some(format!("{}:{port}", own_address(inspected)?));
    }
    let host = container.get_host().await.ok()?;
    let mapped = container.get_host_port_ipv4(port.tcp()).await.ok()?;
    Some(format!("{host}:{mapped}"))
}

/// A container's address in its network.
pub(super) fn own_address(inspected: &ContainerInspectResponse) -> Option<String> {
    let networks = inspected.network_settings.as_ref()?.networks.as_ref()?;
    let addresses = networks
        .values()
        .filter_map(|network| network.ip_address.clone());
    addresses.into_iter().find(|address| !address.is_empty())
}
