//! A container that is killed on purpose, and started again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use testcontainers::bollard::errors::Error;
use testcontainers::bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptionsBuilder, StartContainerOptions, TopOptions,
};

use super::reach::{answers, tail};
use super::{Container, DockerError, Failed, START, sweep};
use crate::lab::Interrupt;
use crate::subject::server::url::one_line;
use crate::subject::server::{Crash, ServerUrl};

/// How long between two looks whether it answers again.
const AGAIN: Duration = Duration::from_millis(20);

impl Container {
    /// Kills every process of the server and starts the container again; its data stays.
    pub(in crate::subject::server) async fn crash(
        &self,
        url: &ServerUrl,
        interrupt: &Interrupt,
    ) -> Result<Crash, Failed> {
        let gone = || DockerError::Daemon("the container is gone".to_owned());
        let found = sweep::of_server(&self.docker, &self.server).await;
        let id = found.ok_or_else(gone)?;
        let refused = |error: Error| DockerError::Daemon(one_line(&error));
        let running = self.docker.top_processes(&id, None::<TopOptions>).await;
        let processes = running.map_err(refused)?.processes.unwrap_or_default();
        let before = self.places(&id, url).await.map_err(refused)?;
        let kill = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let killed = self.docker.kill_container(&id, Some(kill)).await;
        killed.map_err(refused)?;
        Ok(Crash {
            processes: processes.len(),
            recovery: self.start_again(&id, &before, url, interrupt).await?,
        })
    }

    /// Starts the container again, which was at these places; how long it took until it answered.
    pub(super) async fn start_again(
        &self,
        id: &str,
        before: &BTreeSet<String>,
        url: &ServerUrl,
        interrupt: &Interrupt,
    ) -> Result<Duration, Failed> {
        let refused = |error: Error| DockerError::Daemon(one_line(&error));
        let began = Instant::now();
        let start = self
            .docker
            .start_container(id, None::<StartContainerOptions>);
        start.await.map_err(refused)?;
        // Docker gives the first addresses that are free, which are its old ones unless another
        // container took them meanwhile; but any port of this machine.
        if self.places(id, url).await.map_err(refused)? != *before {
            return Err(DockerError::Moved.into());
        }
        while !answers(url).await {
            interrupt.check().map_err(Failed::Interrupted)?;
            if began.elapsed() > START {
                return Err(DockerError::Daemon(format!(
                    "PostgreSQL does not answer since it was killed: {}",
                    tail(&self.docker, id).await
                ))
                .into());
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(began.elapsed())
    }

    /// Its addresses in its networks; and the ports of this machine, if it is reached by one.
    pub(super) async fn places(
        &self,
        id: &str,
        url: &ServerUrl,
    ) -> Result<BTreeSet<String>, Error> {
        let inspected = self
            .docker
            .inspect_container(id, None::<InspectContainerOptions>);
        let settings = inspected.await?.network_settings.unwrap_or_default();
        let networks = settings.networks.unwrap_or_default().into_values();
        let mut places: BTreeSet<String> = networks.filter_map(|one| one.ip_address).collect();
        let host = url.options().map(|options| options.get_host().to_owned());
        if !host.is_ok_and(|host| places.contains(&host)) {
            let ports = settings.ports.unwrap_or_default().into_values();
            let ports = ports.flatten().flatten();
            places.extend(ports.filter_map(|port| port.host_port));
        }
        Ok(places)
    }
}
