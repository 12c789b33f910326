//! The containers of one system.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use anyhow::{Context as _, Result, bail, ensure};
use futures::future::{join_all, try_join_all};
use testcontainers::bollard::Docker;
use testcontainers::bollard::models::ContainerInspectResponse;
use testcontainers::bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptionsBuilder, StartContainerOptions,
    StopContainerOptionsBuilder,
};
use testcontainers::core::{IntoContainerPort as _, Mount};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt as _};
use tokio::runtime::Handle;

use super::super::{STOP, health, limit};
use super::{Containers, Instances, Setup, nginx};
use crate::subject::server::docker::{Image, sweep, tail};

/// The port of the app in its container.
const PORT: u16 = 3000;

/// Instances that are containers, and the load balancer before them.
pub struct Stack {
    docker: Docker,
    runtime: Handle,
    /// The label that tells its containers from all others.
    label: String,
    instances: Vec<Container>,
    entrance: String,
    /// Those that were killed, with the address that each had in its network.
    killed: Mutex<BTreeMap<usize, Option<String>>>,
    paused: Mutex<BTreeSet<usize>>,
}

#[derive(Debug, Clone)]
struct Container {
    id: String,
    address: String,
}

impl Stack {
    /// Starts the instances, waits until they are healthy, and starts the load balancer.
    pub fn start(
        containers: &Containers,
        setup: &Setup<'_>,
        environment: &[(String, String)],
    ) -> Result<Stack> {
        let label = format!("{}-{:08x}", containers.network, rand::random::<u32>());
        let mut stack = Stack {
            docker: containers.docker.clone(),
            runtime: containers.runtime().handle().clone(),
            label,
            instances: Vec::new(),
            entrance: String::new(),
            killed: Mutex::default(),
            paused: Mutex::default(),
        };
        let apps = (1..=setup.instances).map(|number| {
            let mut request = stack
                .request(containers, &containers.app, "contend", PORT)
                .with_cmd(["serve"])
                .with_env_var("CONTAINER_ID", format!("app-{number}"))
                .with_env_var("HOST", "0.0.0.0")
                .with_env_var("PORT", PORT.to_string())
                .with_mount(shared(containers));
            for (name, value) in environment {
                request = request.with_env_var(name, value);
            }
            stack.run(request, PORT)
        });
        stack.instances = stack.runtime.block_on(try_join_all(apps))?;
        for (index, address) in stack.addresses().iter().enumerate() {
            let ended = || stack.ended(index);
            health::wait(address, super::super::START, setup.interrupt, ended)?;
        }
        stack.entrance = stack.balance(containers, setup)?;
        Ok(stack)
    }

    /// Starts the load balancer and waits until it lets requests through; its address.
    fn balance(&self, containers: &Containers, setup: &Setup<'_>) -> Result<String> {
        let file = containers.scratch().join(format!("{}.conf", self.label));
        let inside: Vec<String> = self
            .runtime
            .block_on(join_all(self.instances.iter().map(async |one| {
                let inspected = self.inspect(&one.id).await.ok()?;
                Some(format!("{}:{PORT}", own_address(&inspected)?))
            })))
            .into_iter()
            .collect::<Option<_>>()
            .context("An instance of the app has no address in its network")?;
        std::fs::write(&file, nginx::configuration(&inside))
            .with_context(|| format!("Cannot write {}", file.display()))?;
        let request = self
            .request(containers, &containers.nginx, "nginx", nginx::PORT)
            .with_cmd(["-e", "stderr", "-g", "daemon off;"])
            .with_mount(
                Mount::bind_mount(file.display().to_string(), "/etc/nginx/nginx.conf")
                    .with_access_mode(testcontainers::core::AccessMode::ReadOnly),
            );
        let balancer = self.runtime.block_on(self.run(request, nginx::PORT))?;
        let ended = || self.end_of(&balancer.id);
        health::wait(
            &balancer.address,
            super::super::START,
            setup.interrupt,
            ended,
        )
        .context("The load balancer lets no request through")?;
        Ok(balancer.address)
    }

    /// A container of this system, from this image, with what all of them have.
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

    async fn inspect(&self, id: &str) -> Result<ContainerInspectResponse> {
        let inspected = self
            .docker
            .inspect_container(id, None::<InspectContainerOptions>);
        inspected
            .await
            .context("Docker does not know the container")
    }

    /// How a container ended, if it did.
    fn end_of(&self, id: &str) -> Option<String> {
        self.runtime.block_on(async {
            let state = self.inspect(id).await.ok()?.state?;
            if state.running == Some(true) {
                return None;
            }
            let last = tail(&self.docker, id).await;
            let code = state.exit_code.unwrap_or_default();
            Some(format!("exit code {code}; its last words: {last}"))
        })
    }

    fn id(&self, index: usize) -> &str {
        &self.instances[index].id
    }

    fn killed(&self) -> MutexGuard<'_, BTreeMap<usize, Option<String>>> {
        self.killed.lock().expect("no thread panics with it")
    }

    fn paused(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.paused.lock().expect("no thread panics with it")
    }
}

impl Instances for Stack {
    fn entrances(&self) -> Vec<String> {
        vec![self.entrance.clone()]
    }

    fn addresses(&self) -> Vec<String> {
        let addresses = self.instances.iter().map(|one| one.address.clone());
        addresses.collect()
    }

    fn ended(&self, index: usize) -> Option<String> {
        self.end_of(self.id(index))
    }

    fn kill(&self, index: usize) -> Result<()> {
        let inspected = self.runtime.block_on(self.inspect(self.id(index)))?;
        self.killed().insert(index, own_address(&inspected));
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let killing = self.docker.kill_container(self.id(index), Some(options));
        Ok(self.runtime.block_on(killing)?)
    }

    fn pause(&self, index: usize) -> Result<()> {
        self.paused().insert(index);
        let pausing = self.docker.pause_container(self.id(index));
        Ok(self.runtime.block_on(pausing)?)
    }

    fn resume(&self, index: usize) -> Result<()> {
        let resuming = self.docker.unpause_container(self.id(index));
        self.runtime.block_on(resuming)?;
        self.paused().remove(&index);
        Ok(())
    }

    fn limit_files(&self, index: usize, bytes: Option<u64>) -> Result<()> {
        let id = self.id(index);
        let state = self.runtime.block_on(self.inspect(id))?.state;
        let process = state.and_then(|state| state.pid).unwrap_or_default();
        limit::files(limit::process_of(process, id)?, bytes)
    }

    fn restart(&self, index: usize) -> Result<()> {
        let starting = self
            .docker
            .start_container(self.id(index), None::<StartContainerOptions>);
        self.runtime.block_on(starting)?;
        let inspected = self.runtime.block_on(self.inspect(self.id(index)))?;
        // Docker gives it the first address that is free, which is its old one unless another container
        // took that meanwhile; and the load balancer knows no other.
        let before = self.killed().remove(&index).flatten();
        ensure!(
            own_address(&inspected) == before,
            "Docker gave an instance of the app another address when it was started again"
        );
        Ok(())
    }

    fn stop(self: Box<Self>) -> Result<()> {
        // A paused one hears no signal.
        let paused = self.paused().clone();
        for index in paused {
            self.resume(index)?;
        }
        let seconds = STOP.as_secs() as i32;
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        let stopping = self
            .instances
            .iter()
            .map(|one| self.docker.stop_container(&one.id, Some(options.clone())));
        for stopped in self.runtime.block_on(join_all(stopping)) {
            stopped.context("Docker did not stop an instance of the app")?;
        }
        for (index, one) in self.instances.iter().enumerate() {
            let inspected = self.runtime.block_on(self.inspect(&one.id))?;
            let code = inspected.state.and_then(|state| state.exit_code);
            if code != Some(0) && !self.killed().contains_key(&index) {
                let how = self.end_of(&one.id).unwrap_or_default();
                bail!("An instance of the app did not end well: {how}");
            }
        }
        Ok(())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let paused = std::mem::take(&mut *self.paused());
        let removal = async {
            // Some versions of Docker do not end a paused one.
            for index in paused {
                let _ = self.docker.unpause_container(self.id(index)).await;
            }
            sweep::remove_stack(&self.docker, &self.label).await;
        };
        self.runtime
            .block_on(async { drop(tokio::time::timeout(STOP, removal).await) });
    }
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
fn own_address(inspected: &ContainerInspectResponse) -> Option<String> {
    let networks = inspected.network_settings.as_ref()?.networks.as_ref()?;
    let addresses = networks
        .values()
        .filter_map(|network| network.ip_address.clone());
    addresses.into_iter().find(|address| !address.is_empty())
}
